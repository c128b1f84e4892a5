import { duration, unknown } from '../../format/numbers.ts'
import type { Percentile } from './view.ts'

/** A rate per second without its unit: `0.42`, `4.2`, `42`, `1,240`. */
export const perSecond = (rate: number): string =>
  rate >= 99.5 ? Math.round(rate).toLocaleString('en-US') : rate >= 9.95 ? rate.toFixed(1) : rate.toFixed(2)

/** The interval of a percentile: `298–330 ms`; an end that the sample is too small for is open: `from 298 ms`. */
export function intervalText(percentile: Percentile): string {
  if (percentile === null) return ''
  const { low, high } = percentile
  if (low === null && high === null) return 'too few for an interval'
  if (low === null) return `up to ${duration(high)}`
  if (high === null) return `from ${duration(low)}`
  return between(low, high)
}

/** Two times, in the unit of the larger one. */
function between(low: number, high: number): string {
  if (Math.round(high) < 1000) return `${Math.round(low)}–${Math.round(high)} ms`
  const digits = high < 10_000 ? 2 : high < 100_000 ? 1 : 0
  return `${(low / 1000).toFixed(digits)}–${(high / 1000).toFixed(digits)} s`
}

/** A share in percent: `98 %`, `99.4 %`; all and nothing only if it is. */
export function share(value: number | null): string {
  if (value === null) return unknown
  if (value === 0 || value === 1) return `${value * 100} %`
  const shown = value * 100
  return `${shown > 99 || shown < 1 ? Math.min(99.9, Math.max(0.1, shown)).toFixed(1) : shown.toFixed(0)} %`
}

/** The interval of a share: `85–93 %`. */
export const shareInterval = ({ low, high }: { low: number; high: number }): string =>
  `${share(low).replace(' %', '')}–${share(high)}`
