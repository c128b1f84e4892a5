import { percentile } from '../core/statistics.ts'
import { blockLength, drawBlocks } from './blocks.ts'
import type { Interval } from './intervals.ts'

/** A metric of two runs, by request in the order of arrivals; null if the request has none, as if it failed. */
export interface Compared {
  before: readonly (number | null)[]
  after: readonly (number | null)[]
  /** Whether the same place is the same request: both runs sent the same seeded arrivals. */
  paired: boolean
  better: 'lower' | 'higher'
}

/** What is asked of a comparison. */
export interface Question {
  /** The percentile that is compared, 0..1. */
  p: number
  /** From which relative change on it counts as worse; 0.02 is 2 %. */
  over: number
  random: () => number
}

/** How a percentile of a run differs from that of the run before. */
export interface Comparison extends Interval {
  /** Requests of each side that were compared. */
  n: number
  before: number
  after: number
  /** How much worse it is, relative: 0.1 is 10 % slower, or 10 % less of what should be high. With its bounds. */
  change: number
  verdict: Verdict
  /** About how many requests more a side would decide it; 0 if it is decided. Null if no number would. */
  needs: number | null
}

/** `unknown`: the interval holds the threshold, so neither can be said. */
type Verdict = 'worse' | 'not_worse' | 'unknown'

const resamples = 1000
/** Fewer values than these beyond a percentile say nothing of it: 20 requests for p50, 200 for p95, 1,000 for p99. */
const leastBeyond = 10

/**
 * Compares a percentile of two runs by a block bootstrap with 95 %: consecutive requests stay together, because
 * waits in a queue resemble their neighbours. Requests that are paired are drawn together, so that what the
 * arrivals did to both cancels out: of runs of one server at a load of 0.8 Mann-Whitney calls 57 to 72 % different,
 * a bootstrap of unpaired blocks 16 %. Null if a side has no request with that metric.
 */
export function compareSamples(compared: Compared, { p, over, random }: Question): Comparison | null {
  const { a, b } = compared.paired
    ? pairsOf(compared)
    : { a: present(compared.before), b: present(compared.after) }
  const before = percentile(a, p)
  const after = percentile(b, p)
  if (before === null || after === null) return null
  const worsening = (from: number, to: number) =>
    compared.better === 'lower' ? to / from - 1 : from / to - 1
  const draw = drawer({ a, b }, compared.paired, random)
  const changes = Array.from({ length: resamples }, () => {
    const drawn = draw()
    return worsening(percentile(drawn.a, p) ?? 0, percentile(drawn.b, p) ?? 0)
  })
  const n = Math.min(a.length, b.length)
  const found = {
    n,
    before,
    after,
    change: worsening(before, after),
    low: percentile(changes, 0.025) ?? 0,
    high: percentile(changes, 0.975) ?? 0,
  }
  const least = Math.ceil(leastBeyond / Math.min(p, 1 - p))
  if (n < least) return { ...found, verdict: 'unknown', needs: least - n }
  const verdict = found.low > over ? 'worse' : found.high <= over ? 'not_worse' : 'unknown'
  return { ...found, verdict, needs: verdict === 'unknown' ? requestsMore(found, over) : 0 }
}

const present = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null)

/** The requests that have the metric in both runs. */
function pairsOf({ before, after }: Compared): Sides {
  const pairs = before.flatMap((from, index) => {
    const to = after[index] ?? null
    return from === null || to === null ? [] : [{ from, to }]
  })
  return { a: pairs.map(({ from }) => from), b: pairs.map(({ to }) => to) }
}

interface Sides {
  a: readonly number[]
  b: readonly number[]
}

const take = (values: readonly number[], places: readonly number[]): number[] =>
  places.map((place) => values[place] ?? 0)

/** Draws both sides again, together if they are paired. */
function drawer({ a, b }: Sides, paired: boolean, random: () => number): () => Sides {
  if (paired) {
    const length = blockLength(a.map((value, index) => (b[index] ?? 0) - value))
    return () => {
      const places = drawBlocks(a.length, length, random)
      return { a: take(a, places), b: take(b, places) }
    }
  }
  const lengths = { a: blockLength(a), b: blockLength(b) }
  return () => ({
    a: take(a, drawBlocks(a.length, lengths.a, random)),
    b: take(b, drawBlocks(b.length, lengths.b, random)),
  })
}

/** An interval narrows with the root of the number of requests; none decides a change that is the threshold itself. */
function requestsMore(
  { n, change, low, high }: Omit<Comparison, 'verdict' | 'needs'>,
  over: number,
): number | null {
  const distance = Math.abs(change - over)
  const reach = change > over ? change - low : high - change
  return distance === 0 ? null : Math.max(1, Math.ceil(n * (reach / distance) ** 2) - n)
}
