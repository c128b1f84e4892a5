import type { Metrics, TokenCounts } from '../core/metrics.ts'
import type { Page } from './page.ts'
import type { EncodedTimeline } from './timeline.ts'

/**
 * A row of benchmark_results as the database has it, which may have columns that this version does not know.
 */
export type StoredResult = Record<string, unknown> & { id: string }

/** A page of results. */
export interface ResultPage extends Page<StoredResult> {
  /** The column names of the rows, in the order of the table. */
  columns: string[]
}

/** The metrics of a recorded result, and what they were derived from. */
export interface StoredTimeline {
  id: string
  createdAt: Date
  provider: string | null
  model: string | null
  /** Null in rows that are older than the versions. */
  formulaVersion: number | null
  usage: TokenCounts
  metrics: Metrics
  /** For `decodeTimeline`; null if none was kept. */
  timeline: EncodedTimeline | null
}
