import { percentile } from '../core/statistics.ts'
import { blockLength, drawBlocks } from './blocks.ts'
import { type Drawn, drawnMean, drawnPercentile } from './drawn.ts'
import type { Interval } from './intervals.ts'

/** A metric of two runs, by request in the order of arrivals or by stretch of time; null if one has none, as if it failed. */
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

/** How a figure of a run differs from that of the run before. */
export interface Comparison extends Interval {
  /** Values of each side that were compared. */
  n: number
  before: number
  after: number
  /** How much worse it is, relative: 0.1 is 10 % slower, or 10 % less of what should be high. With its bounds. */
  change: number
  verdict: Verdict
  /** About how many values more a side would decide it; 0 if it is decided. Null if no number would. */
  needs: number | null
}

/** `unknown`: the interval holds the threshold, so neither can be said. */
export type Verdict = 'worse' | 'not_worse' | 'unknown'

const resamples = 1000
/** Fewer values than these beyond a percentile say nothing of it: 20 requests for p50, 200 for p95, 1,000 for p99. */
const leastBeyond = 10

/**
 * Compares a percentile of two runs by a block bootstrap with 95 %: consecutive requests stay together, because
 * waits in a queue resemble their neighbours. Requests that are paired are drawn together, so that what the
 * arrivals did to both cancels out: of runs of one server at a load of 0.8 Mann-Whitney calls 57 to 72 % different,
 * a bootstrap of unpaired blocks 16 %. Null if a side has no request with that metric.
 */
export const compareSamples = (compared: Compared, { p, ...question }: Question): Comparison | null =>
  compare(compared, {
    ...question,
    drawnOf: (values) => drawnPercentile(values, p),
    least: Math.ceil(leastBeyond / Math.min(p, 1 - p)),
    lengthOf: blockLength,
  })

/** Compares the means of two runs, whose values are drawn singly: they are blocks already, such as stretches of time. */
export const compareMeans = (compared: Compared, question: Omit<Question, 'p'>): Comparison | null =>
  compare(compared, { ...question, drawnOf: drawnMean, least: 1, lengthOf: () => 1 })

/** How a figure is made of values, and how these are drawn again. */
interface Figure extends Omit<Question, 'p'> {
  drawnOf: (values: readonly number[]) => Drawn
  /** Fewer values say nothing. */
  least: number
  lengthOf: (values: readonly number[]) => number
}

function compare(compared: Compared, figure: Figure): Comparison | null {
  const { drawnOf, over, least } = figure
  const sides = compared.paired
    ? pairsOf(compared)
    : { a: present(compared.before), b: present(compared.after) }
  const [a, b] = [drawnOf(sides.a), drawnOf(sides.b)]
  const { ofAll: before } = a
  const { ofAll: after } = b
  // Nothing is so many times as much as nothing.
  if (before === null || after === null || before === 0) return null
  const worsening = (from: number, to: number) =>
    from === 0 ? 0 : (compared.better === 'lower' ? 1 : -1) * (to / from - 1)
  const draw = drawer(sides, compared.paired, figure)
  const changes = Array.from({ length: resamples }, () => {
    const places = draw()
    return worsening(a.ofPlaces(places.a), b.ofPlaces(places.b))
  })
  const n = Math.min(sides.a.length, sides.b.length)
  const found = {
    n,
    before,
    after,
    change: worsening(before, after),
    low: percentile(changes, 0.025) ?? 0,
    high: percentile(changes, 0.975) ?? 0,
  }
  if (n < least) return { ...found, verdict: 'unknown', needs: least - n }
  const verdict = verdictOf(found, over)
  return { ...found, verdict, needs: verdict === 'unknown' ? valuesMore(found, over) : 0 }
}

/** What an interval of worsening says about a threshold. */
export const verdictOf = ({ low, high }: Interval, over: number): Verdict =>
  low > over ? 'worse' : high <= over ? 'not_worse' : 'unknown'

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

/** Draws places of both sides, the same if they are paired. */
function drawer(
  { a, b }: Sides,
  paired: boolean,
  { random, lengthOf }: Pick<Figure, 'random' | 'lengthOf'>,
): () => { a: Uint32Array; b: Uint32Array } {
  if (paired) {
    const length = lengthOf(a.map((value, index) => (b[index] ?? 0) - value))
    return () => {
      const places = drawBlocks(a.length, length, random)
      return { a: places, b: places }
    }
  }
  const lengths = { a: lengthOf(a), b: lengthOf(b) }
  return () => ({
    a: drawBlocks(a.length, lengths.a, random),
    b: drawBlocks(b.length, lengths.b, random),
  })
}

/** An interval narrows with the root of the number of values; none decides a change that is the threshold itself. */
function valuesMore(
  { n, change, low, high }: Omit<Comparison, 'verdict' | 'needs'>,
  over: number,
): number | null {
  const distance = Math.abs(change - over)
  const reach = change > over ? change - low : high - change
  return distance === 0 ? null : Math.max(1, Math.ceil(n * (reach / distance) ** 2) - n)
}
