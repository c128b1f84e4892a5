import { type PercentileInterval, percentileInterval } from './intervals.ts'

/** The percentiles of a sample with their bounds; null if it is empty. */
export interface Distribution {
  n: number
  p50: PercentileInterval | null
  p90: PercentileInterval | null
  p95: PercentileInterval | null
  p99: PercentileInterval | null
}

/** The distribution of the values that are known. */
export function distributionOf(sample: readonly (number | null)[]): Distribution {
  const values = sample.filter((value) => value !== null)
  return {
    n: values.length,
    p50: percentileInterval(values, 0.5),
    p90: percentileInterval(values, 0.9),
    p95: percentileInterval(values, 0.95),
    p99: percentileInterval(values, 0.99),
  }
}
