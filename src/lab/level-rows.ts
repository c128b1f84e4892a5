import type { ResultRow } from '../core/row.ts'
import type { LevelRequest } from './describe-level.ts'

/** A result as far as its level is described by it. */
export type LevelRow = Pick<
  ResultRow,
  | 'level'
  | 'warmup'
  | 'scheduled_at'
  | 'late_ms'
  | 'started_at'
  | 'queue_ms'
  | 'connect_ms'
  | 'success'
  | 'error_kind'
  | 'ttft_ms'
  | 'ttfa_ms'
  | 'tpot_ms'
  | 'itl_p95_ms'
  | 'total_latency_ms'
  | 'input_tokens'
  | 'output_tokens'
  | 'cost_usd'
  | 'timing_quality'
  | 'lag_p99_ms'
> & {
  /** Which worker made it, by a short name; absent or null if nobody knows. */
  worker?: string | null
}

/** When a level began, by the wall clock in ms: its first result was due, or begun. */
export const originOf = (rows: readonly LevelRow[]): number =>
  rows.reduce(
    (first, { scheduled_at, started_at }) => Math.min(first, Date.parse(scheduled_at ?? started_at)),
    Infinity,
  )

/** The requests of a level that count, with their times counted from when its first was due or begun, warm-ups included. */
export function requestsOf(rows: readonly LevelRow[]): LevelRequest[] {
  const origin = originOf(rows)
  return rows.filter(({ warmup }) => !warmup).map((row) => requestOf(row, origin))
}

/** A result as a request of its level, whose times are counted from `origin`. */
export function requestOf(row: LevelRow, origin: number): LevelRequest {
  const begun = Date.parse(row.started_at) + (row.queue_ms ?? 0) + (row.connect_ms ?? 0) - origin
  const due = row.scheduled_at === null ? null : Date.parse(row.scheduled_at) - origin
  return {
    scheduledAt: due,
    // What was never sent was due at least.
    sentAt: due === null ? begun : due + (row.late_ms ?? Math.max(0, begun - due)),
    success: row.success,
    errorKind: row.error_kind,
    ttftMs: row.ttft_ms,
    ttfaMs: row.ttfa_ms,
    tpotMs: row.tpot_ms,
    itlP95Ms: row.itl_p95_ms,
    totalLatencyMs: row.total_latency_ms,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    costUsd: row.cost_usd,
    timingQuality: row.timing_quality,
    lagP99Ms: row.lag_p99_ms,
  }
}
