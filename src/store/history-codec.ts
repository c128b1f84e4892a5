import { z } from 'zod'
import { date, fromColumns } from './columns.ts'

// Leaderboards, rollups and pruning.

/**
 * Texts, results, proxy requests and their texts from before these moments are pruned; null keeps them forever. Results are
 * deleted by whole days (UTC).
 */
export interface Retention {
  textsBefore: Date | null
  resultsBefore: Date | null
  proxyBefore: Date | null
  proxyTextsBefore: Date | null
}

/** What a batch deleted: texts, or results, or neither if it made a day final; proxy requests, and their texts. */
export interface PrunedBatch {
  texts: number
  results: number
  proxyRequests: number
  proxyTexts: number
  /** The day that it made final. */
  closed: Date | null
  /**
   * Results before this moment are deleted or about to be, and their rollups are final; null if there are
   * none.
   */
  prunedUntil: Date | null
  done: boolean
}

/** How much pruning would delete. */
export interface Prunable {
  texts: number
  results: number
  proxyRequests: number
  proxyTexts: number
  prunedUntil: Date | null
}

/** Where a refresh of the leaderboards is: only the database reads it. */
export type RefreshStep = z.infer<typeof refreshStep>

/** Which step of a refresh is next. */
export interface RefreshInput {
  /** Leaderboards to make anew; null for those that are due. */
  periods: string[] | null
  /** `next` of the step before; null to begin. */
  after: RefreshStep | null
}

const refreshStep = z.record(z.string(), z.json())

export const refreshedOutput = z.object({ refreshed: z.array(z.string()), next: refreshStep.nullable() })

export const rebuiltOutput = fromColumns(z.object({ rebuiltFrom: date.nullable() }))

export const prunedOutput: z.ZodType<PrunedBatch> = fromColumns(
  z.object({
    texts: z.int(),
    results: z.int(),
    proxyRequests: z.int(),
    proxyTexts: z.int(),
    closed: date.nullable(),
    prunedUntil: date.nullable(),
    done: z.boolean(),
  }),
)

export const prunableOutput: z.ZodType<Prunable> = fromColumns(
  z.object({
    texts: z.int(),
    results: z.int(),
    proxyRequests: z.int(),
    proxyTexts: z.int(),
    prunedUntil: date.nullable(),
  }),
)
