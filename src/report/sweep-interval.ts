import type { PercentileInterval } from '../lab/intervals.ts'
import { formatMs } from './format.ts'

/** A percentile in ms as texts: itself, and its interval with `?` for an end that the sample is too small for. */
export function intervalParts(of: PercentileInterval | null | undefined): {
  value: string
  range: string | null
} {
  if (of === null || of === undefined) return { value: '–', range: null }
  const [low, high] = [of.low, of.high].map((end) => (end === null ? '?' : formatMs(end)))
  return { value: formatMs(of.value), range: spanText(low ?? '', high ?? '') }
}

/** Both in one: `180 ms [170–195 ms]`. */
export function intervalText(of: PercentileInterval | null | undefined): string {
  const { value, range } = intervalParts(of)
  return range === null ? value : `${value} [${range}]`
}

/** From one to the other, with the unit once if they share it: `170–195 ms`. */
function spanText(low: string, high: string): string {
  const [amount = low, unit] = low.split(' ')
  return unit === undefined || high.endsWith(` ${unit}`) ? `${amount}–${high}` : `${low}–${high}`
}
