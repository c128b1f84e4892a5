import { percentile } from '../core/statistics.ts'

/** Bounds with 95 % confidence. */
export interface Interval {
  low: number
  high: number
}

/** Two-sided 95 % of the normal distribution. */
const z = 1.959_964

/** Wilson's interval (1927) of a share: `k` of `n`. All of 0 to 1 for n = 0. */
export function wilson(k: number, n: number): Interval {
  if (n === 0) return { low: 0, high: 1 }
  const share = k / n
  const middle = share + z ** 2 / (2 * n)
  const half = z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))
  const whole = 1 + z ** 2 / n
  return { low: k === 0 ? 0 : (middle - half) / whole, high: k === n ? 1 : (middle + half) / whole }
}

/** A percentile with its bounds: `low` or `high` is null if the sample is too small to have that end. */
export interface PercentileInterval {
  value: number
  low: number | null
  high: number | null
}

/**
 * A percentile of a sample with the order statistics that enclose it with 95 % confidence, whatever the
 * distribution: the number of values below it is binomial. Null for an empty sample. `p` is 0..1. It takes the
 * values as independent, which waits in a queue are not.
 */
export function percentileInterval(values: readonly number[], p: number): PercentileInterval | null {
  const value = percentile(values, p)
  if (value === null) return null
  const sorted = values.toSorted((a, b) => a - b)
  const { below, above } = enclosing(values.length, p)
  return {
    value,
    low: below === null ? null : (sorted[below - 1] ?? null),
    high: above === null ? null : (sorted[above - 1] ?? null),
  }
}

/** At most this much of the distribution beyond each end. */
const tail = 0.025

/** The places, from 1, of the order statistics that enclose a percentile; null if there is none. */
export function enclosing(n: number, p: number): { below: number | null; above: number | null } {
  let below: number | null = null
  let above: number | null = null
  let cumulated = 0
  // P(B = k) by logarithms: the powers of a large sample are smaller than any number.
  let logProbability = n * Math.log(1 - p)
  for (let k = 0; k < n; k++) {
    cumulated += Math.exp(logProbability)
    // The value at place k + 1 is above the percentile if at most k values are below it.
    if (cumulated <= tail) below = k + 1
    if (cumulated >= 1 - tail) {
      above = k + 1
      break
    }
    logProbability += Math.log((n - k) / (k + 1)) + Math.log(p / (1 - p))
  }
  return { below, above }
}
