import { percentile } from '../core/statistics.ts'

/** A figure of values, and of those at some of their places, each as often as it is named: for drawing them again. */
export interface Drawn {
  /** Null for no values. */
  ofAll: number | null
  ofPlaces: (places: Uint32Array) => number
}

/** The percentile, by counting how often each rank is drawn: ten times as fast as sorting what was drawn. `p` is 0..1. */
export function drawnPercentile(values: readonly number[], p: number): Drawn {
  const order = [...values.keys()].toSorted((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const ranks = new Uint32Array(values.length)
  for (const [rank, place] of order.entries()) ranks[place] = rank
  const counts = new Uint32Array(values.length)
  const sorted = Float64Array.from(order, (place) => values[place] ?? 0)
  const valueAt = (rank: number): number => sorted[rank] ?? 0
  return {
    ofAll: percentile(values, p),
    ofPlaces: (places) => {
      counts.fill(0)
      for (const place of places) {
        const rank = ranks[place] ?? 0
        counts[rank] = (counts[rank] ?? 0) + 1
      }
      const position = (places.length - 1) * p
      const lower = Math.floor(position)
      let rank = -1
      let drawn = 0
      const upTo = (n: number): number => {
        while (drawn <= n) drawn += counts[++rank] ?? Infinity
        return valueAt(rank)
      }
      const below = upTo(lower)
      return position === lower ? below : below + (upTo(lower + 1) - below) * (position - lower)
    },
  }
}

/** The mean. */
export function drawnMean(values: readonly number[]): Drawn {
  const meanOf = (places: Iterable<number>, n: number): number => {
    let sum = 0
    for (const place of places) sum += values[place] ?? 0
    return sum / n
  }
  return {
    ofAll: values.length === 0 ? null : meanOf(values.keys(), values.length),
    ofPlaces: (places) => meanOf(places, places.length),
  }
}
