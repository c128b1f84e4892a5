/**
 * Percentile by linear interpolation, as Postgres percentile_cont and numpy's default: null for an empty
 * sample. `p` is 0..1.
 */
export function percentile(values: readonly number[], p: number): number | null {
  if (values.length === 0) return null
  // Several times as fast as sorting with a comparison.
  const sorted = Float64Array.from(values).toSorted()
  const position = (sorted.length - 1) * p
  const below = sorted[Math.floor(position)] ?? 0
  const above = sorted[Math.ceil(position)] ?? below
  return below + (above - below) * (position - Math.floor(position))
}

/** The smallest sample whose maximum bounds the percentile with 95 % confidence: ln(0.05) / ln(p). */
export const minimumSample = { p90: 29, p95: 59, p99: 299 } as const

/**
 * Summary statistics of a sample; all but `n` are null if it is empty, `sd` (n - 1) also for a single value.
 */
export interface Summary {
  n: number
  min: number | null
  mean: number | null
  sd: number | null
  p50: number | null
  p95: number | null
  p99: number | null
  max: number | null
}

/** Summarizes a sample, without its null values. */
export function summarize(sample: readonly (number | null)[]): Summary {
  const values = sample.filter((value) => value !== null)
  const n = values.length
  const mean = n === 0 ? null : values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - (mean ?? 0)) ** 2, 0)
  return {
    n,
    min: percentile(values, 0),
    mean,
    sd: n < 2 ? null : Math.sqrt(squares / (n - 1)),
    p50: percentile(values, 0.5),
    p95: percentile(values, 0.95),
    p99: percentile(values, 0.99),
    max: percentile(values, 1),
  }
}

/** The share of n that did not fail, in percent, rounded down to hundredths: 100 means that none failed. Null of none. */
export const flooredPercent = (n: number, failed: number): number | null =>
  n === 0 ? null : Math.floor((10_000 * (n - failed)) / n) / 100
