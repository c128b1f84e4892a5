import type { ClosedLoad, OpenLoad } from '../core/plan.ts'
import type { RowPage } from '../core/row-page.ts'
import type { Work } from '../core/work.ts'
import type { LevelReport } from '../lab/describe-level.ts'
import type { PercentileInterval } from '../lab/intervals.ts'
import type { Sizes } from '../lab/sizes.ts'
import type { SweptLevel } from './describe-sweep.ts'
import type { SearchOutcome } from './search.ts'
import { withoutTexts } from './sweep-work.ts'

/** A level as JSON documents have it: everything that is known of it, and the usual figures under their short names. */
export const toLevelRow = (level: SweptLevel, place: number): Record<string, unknown> => ({
  level: place,
  ...(snakeKeys(level) as Record<string, unknown>),
  ...Object.fromEntries(Object.entries(figuresOf(level)).map(([name, value]) => [name, value ?? null])),
})

/** What a search found, as JSON documents have it. */
export const toSearchRow = (outcome: SearchOutcome) => snakeKeys(outcome)

/** What the requests of a sweep say, as JSON documents have it; null of what was recorded before that was kept. */
export const toWorkRow = (work: Work | null): unknown =>
  work === null ? null : snakeKeys(withoutTexts(work))

type Cell = string | number | boolean | null | undefined

/** The figures of a level under the names that scripts know: times in ms, rates per second. */
function figuresOf({ report, wallMs }: SweptLevel) {
  const { ttftMs, totalLatencyMs } = timesOf(report)
  return {
    wall: wallMs,
    rps: report?.throughput.requestsPerS,
    tps: report?.throughput.outputTokensPerS,
    ttft_p50: valueOf(ttftMs?.p50),
    ttft_p95: valueOf(ttftMs?.p95),
    dur_p50: valueOf(totalLatencyMs?.p50),
    dur_p95: valueOf(totalLatencyMs?.p95),
  }
}

/** From when requests were due, in an open loop. */
const timesOf = (report: LevelReport | null): Partial<LevelReport['fromSent']> =>
  report === null ? {} : (report.fromScheduled ?? report.fromSent)

const valueOf = (of: PercentileInterval | null | undefined): number | undefined => of?.value

/** A value with its keys, at any depth, as documents spell them. */
export const snakeKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(snakeKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      snakeKeys(field),
    ]),
  )
}

const csvColumns =
  `level provider model context_tokens concurrency think_ms think_seed rate arrivals seed slots duration_ms n warmups not_made
  offered_rate achieved_rate in_flight wall rps tps ttft_p50 ttft_p50_low ttft_p50_high ttft_p95
  dur_p50 dur_p95 sent_ttft_p50 sent_ttft_p95 sent_dur_p50 sent_dur_p95 tpot_p50 errors goodput
  goodput_low goodput_high cost_usd late_p99 loop_lag_p99 queue_free_ttft little_error has_window client_limits interrupted_ms
  input_asked input_counted input_billed input_cached output_limits output_got`.split(/\s+/)

/** Levels as a table for CSV: one row a level. */
export const sweepCsv = (levels: readonly SweptLevel[]): RowPage => ({
  columns: csvColumns,
  rows: levels.map((level, place) => {
    const cells: Record<string, Cell> = {
      level: place,
      provider: level.provider,
      model: level.model,
      context_tokens: level.contextTokens,
      duration_ms: level.durationMs,
      ...loadCells(level.load),
      n: 0,
      warmups: level.warmedUp,
      not_made: level.notMade,
      ...figuresOf(level),
      ...sizeCells(level.sizes),
      ...(level.report && reportCells(level.report)),
    }
    return csvColumns.map((name) => cells[name] ?? null)
  }),
})

const sizeCells = ({ asked, counted, billed, cached, outputLimit, output }: Sizes): Record<string, Cell> => ({
  input_asked: asked,
  input_counted: counted,
  input_billed: billed,
  input_cached: cached,
  output_limits: outputLimit,
  output_got: output,
})

const loadCells = (load: ClosedLoad | OpenLoad): Record<string, Cell> =>
  'rate' in load
    ? { rate: load.rate, arrivals: load.arrivals, seed: load.seed, slots: load.slots }
    : { concurrency: load.concurrency, think_ms: load.thinkMs, think_seed: load.thinkSeed }

function reportCells(report: LevelReport): Record<string, Cell> {
  const { fromSent: sent, goodput, throughput, window, load } = report
  const { ttftMs } = timesOf(report)
  return {
    n: report.n,
    offered_rate: report.offeredRate,
    achieved_rate: report.achievedRate,
    in_flight: throughput.inFlight,
    ttft_p50_low: ttftMs?.p50?.low,
    ttft_p50_high: ttftMs?.p50?.high,
    sent_ttft_p50: valueOf(sent.ttftMs.p50),
    sent_ttft_p95: valueOf(sent.ttftMs.p95),
    sent_dur_p50: valueOf(sent.totalLatencyMs.p50),
    sent_dur_p95: valueOf(sent.totalLatencyMs.p95),
    tpot_p50: valueOf(sent.tpotMs.p50),
    errors: Object.values(report.errors).reduce((sum, count) => sum + count, 0),
    goodput: goodput.share,
    goodput_low: goodput.low,
    goodput_high: goodput.high,
    cost_usd: report.costUsd,
    late_p99: valueOf(report.lateness?.p99),
    loop_lag_p99: valueOf(report.loopLag.p99),
    queue_free_ttft: report.queueFreeTtftMs,
    little_error: throughput.littleError,
    has_window: 'rate' in load ? null : window !== null,
    client_limits: report.clientLimits.join(' '),
    interrupted_ms: report.interruptedMs,
  }
}
