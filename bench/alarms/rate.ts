import type { AlarmRate } from '../../src/alerts/page.ts'

/**
 * How often something happens a day with 50 targets, by its counts of each target over so many days. The interval is over
 * targets; without a single event, one would have been seen in 95 % of cases at `high`.
 */
export function perDayOf50(counts: readonly number[], days: number): AlarmRate {
  const n = counts.length
  const mean = counts.reduce((sum, count) => sum + count, 0) / n
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (n - 1)
  const off = 1.96 * Math.sqrt(variance / n)
  const scale = 50 / days
  return {
    perDay: scale * mean,
    low: scale * Math.max(0, mean - off),
    high: scale * (mean === 0 ? 3 / n : mean + off),
  }
}
