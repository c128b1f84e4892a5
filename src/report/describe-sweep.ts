import { asObject } from '../core/json.ts'
import { isTimed, type Level } from '../core/plan.ts'
import type { ResultRow } from '../core/row.ts'
import { describeLevel, type LevelReport, type LevelRequest } from '../lab/describe-level.ts'
import { type Objectives, parseObjectives } from '../lab/goodput.ts'
import { interruptedMs } from '../lab/interruption.ts'
import { requestsOf } from '../lab/level-rows.ts'
import { type Failures, failuresOf } from './failures.ts'
import { type Sized, type Sizes, sizesOf } from '../lab/sizes.ts'

export { parseObjectives }

const needed = [
  'level',
  'iteration',
  'series',
  'warmup',
  'scheduled_at',
  'late_ms',
  'started_at',
  'queue_ms',
  'connect_ms',
  'success',
  'error_kind',
  'ttft_ms',
  'ttfa_ms',
  'tpot_ms',
  'itl_p95_ms',
  'total_latency_ms',
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'context_tokens',
  'context_tokens_counted',
  'parameters',
  'prompt_hash',
  'cost_usd',
  'timing_quality',
  'lag_p99_ms',
] as const satisfies (keyof ResultRow)[]

/** What a report shows besides, if it is known. */
const moreColumns = ['region', 'itl_p50_ms', 'error_message'] as const satisfies (keyof ResultRow)[]

/** What a sweep is described by: columns of a result, and which worker made it. */
export const sweepColumns = [...needed, ...moreColumns, 'worker'] as const

/** What is needed of a result of a sweep, as an event or the database has it. */
export type SweepRow = Pick<ResultRow, (typeof needed)[number]> &
  Partial<Pick<ResultRow, (typeof moreColumns)[number]>> & {
    /** A short name, which the database alone knows. */
    worker?: string | null
  }

/** A result without the rest of it, such as its text: small enough to keep until the sweep ends. */
export const sweepRowOf = (row: SweepRow): SweepRow =>
  Object.fromEntries(sweepColumns.map((name) => [name, row[name]])) as SweepRow

/** A level of a sweep and what came of it. */
export interface SweptLevel extends Level {
  /** Null if none of its calls that count was made. */
  report: LevelReport | null
  sizes: Sizes
  /** From when the first call was due or sent to the last end, in ms, warm-ups left out; null without a call. */
  wallMs: number | null
  /** Calls that warmed up and were made, and those of all planned that were not. */
  warmedUp: number
  notMade: number
  failures: Failures[]
}

/** What a sweep is judged by. */
export interface SweepContext {
  objectives: Objectives
  /** For each level how busy this machine's threads were, as a level's `cpuShare`; none if it is not known. */
  cpuShares: ReadonlyMap<number, number>
}

/** The objectives that a run was started with, by its settings; none if it had none. */
export function keptObjectives({ objectives }: Record<string, unknown>): Objectives {
  const kept = Object.entries(asObject(objectives) ?? {}).map(([name, ms]) => `${name}=${String(ms)}ms`)
  const parsed = parseObjectives(kept.join(','))
  return 'objectives' in parsed ? parsed.objectives : {}
}

/** Describes the levels of a sweep by its results. */
export function describeSweep(
  levels: readonly Level[],
  rows: readonly SweepRow[],
  { objectives, cpuShares }: SweepContext,
): SweptLevel[] {
  const byLevel = Map.groupBy(rows, ({ level }) => level)
  return levels.map((level, place) => {
    const all = byLevel.get(place) ?? []
    const requests = requestsOf(all)
    const { load } = level
    const cpuShare = cpuShares.get(place) ?? null
    return {
      ...level,
      report: describeLevel(requests, { load, objectives, cpuShare, interruptedMs: interruptedMs(all) }),
      sizes: sizesOf(all.filter(({ warmup }) => !warmup).map(sizedOf)),
      wallMs: wallOf(requests),
      warmedUp: all.length - requests.length,
      // How many are sent within a duration nobody knows before.
      notMade: isTimed(level) && all.length > 0 ? 0 : level.warmups + level.total - all.length,
      failures: failuresOf(all),
    }
  })
}

/** A result with its sizes. */
const sizedOf = (row: SweepRow): Sized => ({
  success: row.success,
  contextTokens: row.context_tokens,
  contextTokensCounted: row.context_tokens_counted,
  inputTokens: row.input_tokens,
  cachedTokens: row.cached_tokens,
  outputLimit: outputLimitOf(row.parameters),
  outputTokens: row.output_tokens,
})

/** The output limit as it was sent, under whichever name the provider takes. */
function outputLimitOf({
  max_completion_tokens: most,
  max_tokens: older,
}: SweepRow['parameters']): number | null {
  const limit = most ?? older
  return typeof limit === 'number' ? limit : null
}

function wallOf(requests: readonly LevelRequest[]): number | null {
  if (requests.length === 0) return null
  const begin = Math.min(...requests.map(({ scheduledAt, sentAt }) => scheduledAt ?? sentAt))
  return Math.max(...requests.map(({ sentAt, totalLatencyMs }) => sentAt + totalLatencyMs)) - begin
}
