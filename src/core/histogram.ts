/** How many values fell between bounds, and what they come to together. */
export interface Histogram {
  /** Upper bounds of the buckets, rising: a bucket holds what is at most its bound and above the one before. */
  bounds: readonly number[]
  /** How many values each bucket holds; the last one, which has no bound, those above them all. */
  counts: number[]
  sum: number
  /** Infinity and -Infinity while there are no values. */
  min: number
  max: number
}

/** A histogram without values. */
export const emptyHistogram = (bounds: readonly number[]): Histogram => ({
  bounds,
  counts: Array.from({ length: bounds.length + 1 }, () => 0),
  sum: 0,
  min: Infinity,
  max: -Infinity,
})

/** Adds a value, in place: this is done for every request that passes. */
export function observe(histogram: Histogram, value: number): void {
  const { bounds, counts } = histogram
  let at = 0
  while (value > (bounds[at] ?? Infinity)) at += 1
  counts[at] = (counts[at] ?? 0) + 1
  histogram.sum += value
  histogram.min = Math.min(histogram.min, value)
  histogram.max = Math.max(histogram.max, value)
}

/** How many values a histogram holds. */
export const countOf = ({ counts }: Histogram): number => counts.reduce((sum, count) => sum + count, 0)
