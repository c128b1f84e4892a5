import { seededRandom } from '../core/random.ts'
import { correlationWithNext } from './blocks.ts'
import { compareRates } from './compare-rates.ts'
import { type Comparison, compareSamples, type Verdict } from './compare-samples.ts'
import { compareShares } from './compare-shares.ts'
import { type LevelReport, type LevelRequest, sinceDue } from './describe-level.ts'
import { isGood, type Objectives, type Times } from './goodput.ts'
import type { Interval } from './intervals.ts'
import { metrics, type MetricName, type Thresholds } from './thresholds.ts'

/** A request of a level that may be compared. */
interface ComparedRequest extends LevelRequest {
  /** Its place among the arrivals of its level, warm-ups among them. */
  arrival: number
}

/** A level of a run. */
export interface ComparedLevel {
  /** Those that count, at least one. */
  requests: readonly ComparedRequest[]
  report: LevelReport
}

/** How a metric changed. */
export interface MetricComparison {
  metric: MetricName
  /** Requests of each side that were compared; 0 if one side had none with the metric. */
  n: number
  /** In ms, per second, or a share of 0..1. */
  before: number | null
  after: number | null
  /** After by before, less 1: 0.1 is 10 % more. Of a share the difference: 0.1 is 10 percentage points more. */
  change: ({ value: number } & Interval) | null
  /** How much worse it may become. */
  over: number
  verdict: Verdict
  /** About how many requests more a side would decide it; null if none would, 0 if it is decided. */
  needs: number | null
  /** Whether it decides if the run is worse. */
  gates: boolean
}

/** What is asked of a comparison of levels. */
export interface LevelQuestion {
  thresholds: Thresholds
  objectives: Objectives
}

/** How a level changed. */
export interface LevelComparison {
  /** Whether each request was compared with the one of the same arrival. */
  paired: boolean
  /** How much the TTFT of a request resembles that of the next, -1..1; null if they were compared in pairs. */
  resemblance: number | null
  metrics: MetricComparison[]
}

/** A p99 says nothing of fewer requests, and never decides. */
const leastOfP99 = 1000

/**
 * Compares a level of two runs: in pairs if both sent the same arrivals, so that what these did to a queue cancels
 * out, else by blocks. The same runs give the same intervals.
 */
export function compareLevels(
  before: ComparedLevel,
  after: ComparedLevel,
  { thresholds, objectives }: LevelQuestion,
): LevelComparison {
  const pairs = pairsOf(before.requests, after.requests)
  const sides: Sides = {
    before: (pairs?.map(({ from }) => from) ?? inOrder(before.requests)).map(sinceDue),
    after: (pairs?.map(({ to }) => to) ?? inOrder(after.requests)).map(sinceDue),
    paired: pairs !== null,
    windows: { before: before.report.window, after: after.report.window },
  }
  const judged = Object.entries(thresholds.over) as [MetricName, number][]
  return {
    paired: sides.paired,
    resemblance: sides.paired
      ? null
      : Math.max(...[sides.before, sides.after].map((side) => correlationWithNext(known(side, 'ttftMs')))),
    metrics: judged
      .filter(([metric]) => metric !== 'goodput' || Object.keys(objectives).length > 0)
      .map(([metric, over]) => {
        const found = compareMetric(metric, sides, { over, objectives })
        return { ...rowOf(metric, found, over), gates: isGate(metric, found?.n ?? 0, thresholds) }
      }),
  }
}

/** Both sides of a level, whose times count from when requests were due. */
interface Sides {
  before: readonly LevelRequest[]
  after: readonly LevelRequest[]
  paired: boolean
  windows: { before: LevelReport['window']; after: LevelReport['window'] }
}

const inOrder = (requests: readonly ComparedRequest[]): ComparedRequest[] =>
  requests.toSorted((a, b) => a.sentAt - b.sentAt)

/** Due times of one arrival in two runs differ by less than this, in ms: the database keeps whole microseconds. */
const sameArrivalMs = 2

/** The requests of the arrivals that both sides have; null if these are not the same arrivals, or of a closed loop. */
function pairsOf(
  before: readonly ComparedRequest[],
  after: readonly ComparedRequest[],
): { from: ComparedRequest; to: ComparedRequest }[] | null {
  const others = new Map(after.map((request) => [request.arrival, request]))
  const pairs = before
    .toSorted((a, b) => a.arrival - b.arrival)
    .flatMap((from) => {
      const to = others.get(from.arrival)
      return to === undefined ? [] : [{ from, to }]
    })
  const [first] = pairs
  if (first === undefined) return null
  const shift = (first.to.scheduledAt ?? 0) - (first.from.scheduledAt ?? 0)
  const areSame = pairs.every(
    ({ from, to }) =>
      from.scheduledAt !== null &&
      to.scheduledAt !== null &&
      Math.abs(to.scheduledAt - from.scheduledAt - shift) < sameArrivalMs,
  )
  return areSame ? pairs : null
}

const known = (requests: readonly LevelRequest[], of: keyof Times): number[] =>
  requests.map((request) => valueOf(request, of)).filter((value) => value !== null)

/** Percentiles are of what succeeded. */
const valueOf = (request: LevelRequest, of: keyof Times): number | null =>
  request.success ? request[of] : null

function compareMetric(
  name: MetricName,
  sides: Sides,
  { over, objectives }: { over: number; objectives: Objectives },
): Comparison | null {
  const { before, after, paired, windows } = sides
  const metric = metrics[name]
  const question = { over, random: seededRandom(1) }
  if (metric.kind === 'percentile') {
    const values = (side: readonly LevelRequest[]) => side.map((request) => valueOf(request, metric.of))
    const compared = { before: values(before), after: values(after), paired, better: 'lower' as const }
    return compareSamples(compared, { ...question, p: metric.p })
  }
  if (metric.kind === 'rate') {
    const brought = (side: readonly LevelRequest[]) =>
      side.map((request) => ({ ...occupied(request), amount: amountOf(request, metric.of) }))
    const spans = { before: windows.before ?? spanOf(before), after: windows.after ?? spanOf(after) }
    return compareRates({ before: brought(before), after: brought(after), spans, paired }, question)
  }
  const counted = (side: readonly LevelRequest[]) =>
    side
      .map((request) => (metric.of === 'failed' ? !request.success : isGood(request, objectives)))
      .filter((is) => is !== null)
  return compareShares({ before: counted(before), after: counted(after), better: metric.better }, question)
}

const amountOf = ({ success, outputTokens }: LevelRequest, of: 'answers' | 'tokens'): number => {
  if (!success) return 0
  return of === 'answers' ? 1 : (outputTokens ?? 0)
}

/** From when a request was due to its end. Its latency counts from then. */
const occupied = ({ scheduledAt, sentAt, totalLatencyMs }: LevelRequest) => {
  const from = scheduledAt ?? sentAt
  return { from, to: from + totalLatencyMs }
}

function spanOf(requests: readonly LevelRequest[]) {
  const all = requests.map(occupied)
  return {
    from: all.reduce((first, { from }) => Math.min(first, from), Infinity),
    to: all.reduce((last, { to }) => Math.max(last, to), -Infinity),
  }
}

function rowOf(metric: MetricName, found: Comparison | null, over: number): Omit<MetricComparison, 'gates'> {
  if (found === null)
    return { metric, n: 0, before: null, after: null, change: null, over, verdict: 'unknown', needs: null }
  const { n, before, after, change, low, high, verdict, needs } = found
  const measured =
    metrics[metric].better === 'lower'
      ? { value: change, low, high }
      : { value: -change, low: -high, high: -low }
  return { metric, n, before, after, change: measured, over, verdict, needs }
}

const isGate = (name: MetricName, n: number, { gates }: Thresholds): boolean => {
  const metric = metrics[name]
  const isP99 = metric.kind === 'percentile' && metric.p > 0.95
  return gates.includes(name) && (!isP99 || n >= leastOfP99)
}
