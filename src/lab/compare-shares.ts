import { correlationWithNext } from './blocks.ts'
import { type Comparison, verdictOf } from './compare-samples.ts'
import { type Interval, wilson } from './intervals.ts'

/** Whether each request of two runs was one of those that are counted, in the order of arrivals. */
export interface ComparedShares {
  before: readonly boolean[]
  after: readonly boolean[]
  better: 'lower' | 'higher'
}

/**
 * Compares two shares by the difference of them, 0.01 being a percentage point, with Newcombe's interval (1998,
 * method 10) of their Wilson intervals. Failures come in bursts: requests that resemble the next say less, as much as
 * (1 - r) / (1 + r) of them would. Null if a side has no request.
 */
export function compareShares(
  { before, after, better }: ComparedShares,
  { over }: { over: number },
): Comparison | null {
  if (before.length === 0 || after.length === 0) return null
  const [a, b] = [shareOf(before), shareOf(after)]
  const worsening = (times: number): Interval =>
    better === 'lower' ? differenceOf(a, b, times) : differenceOf(b, a, times)
  const n = Math.min(before.length, after.length)
  const rise = b.share - a.share
  const verdict = verdictOf(worsening(1), over)
  return {
    n,
    before: a.share,
    after: b.share,
    change: better === 'lower' ? rise : -rise,
    ...worsening(1),
    verdict,
    needs: verdict === 'unknown' ? requestsMore(n, (times) => verdictOf(worsening(times), over)) : 0,
  }
}

/** A share, and of how many independent requests it is. */
interface Share {
  share: number
  n: number
}

function shareOf(counted: readonly boolean[]): Share {
  const r = Math.max(0, correlationWithNext(counted.map(Number)))
  return {
    share: counted.filter(Boolean).length / counted.length,
    n: (counted.length * (1 - r)) / (1 + r),
  }
}

/** By how much a share is above another, if so many times as many requests were alike. */
function differenceOf(lower: Share, upper: Share, times: number): Interval {
  const [a, b] = [lower, upper].map(({ share, n }) => wilson(share * n * times, n * times)) as [
    Interval,
    Interval,
  ]
  const difference = upper.share - lower.share
  return {
    low: difference - Math.hypot(upper.share - b.low, a.high - lower.share),
    high: difference + Math.hypot(b.high - upper.share, lower.share - a.low),
  }
}

const step = 1.05
/** More requests than this nobody sends. */
const most = 10_000_000

/** About how many more would decide it; null if that is more than anybody sends. */
function requestsMore(n: number, verdictWith: (times: number) => string): number | null {
  for (let times = step; n * times < most; times *= step)
    if (verdictWith(times) !== 'unknown') return Math.ceil(n * times) - n
  return null
}
