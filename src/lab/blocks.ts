/** Correlation with the next value, -1..1: 0 for fewer than three values, or all the same. */
export function correlationWithNext(values: readonly number[]): number {
  if (values.length < 3) return 0
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let variance = 0
  let covariance = 0
  let previous: number | null = null
  for (const value of values) {
    const off = value - mean
    variance += off ** 2
    if (previous !== null) covariance += off * previous
    previous = off
  }
  return variance === 0 ? 0 : covariance / variance
}

/**
 * How many consecutive values are to be drawn together so that a bootstrap keeps their resemblance: five times the
 * correlation length of a first-order process, (1 + r) / (1 - r), and at most a fifth of them.
 */
export function blockLength(values: readonly number[]): number {
  const r = Math.max(0, correlationWithNext(values))
  const most = Math.max(1, Math.floor(values.length / 5))
  return Math.min(most, Math.ceil((5 * (1 + r)) / (1 - r)))
}

/** As many places of a list as it has, drawn in blocks of consecutive ones, around its end too (circular bootstrap). */
export function drawBlocks(n: number, length: number, random: () => number): Uint32Array {
  const places = new Uint32Array(n)
  for (let from = 0; from < n; from += length) {
    const start = Math.floor(random() * n)
    const to = Math.min(n, from + length)
    for (let at = from, place = start; at < to; at++) {
      places[at] = place
      if (++place === n) place = 0
    }
  }
  return places
}
