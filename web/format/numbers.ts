// One function a unit, so that a column never mixes them. Unknown is an en dash; it is never 0.

export const unknown = '–'

type Figure = number | null | undefined

const isKnown = (value: Figure): value is number =>
  value !== null && value !== undefined && Number.isFinite(value)

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** A value and its unit apart, so that a table can dim the unit. */
export interface Parts {
  value: string
  unit: string
}

const none: Parts = { value: unknown, unit: '' }

/** Milliseconds: `842 ms`, `1.84 s` from a second on, `132 s` from a hundred. */
export function durationParts(ms: Figure): Parts {
  if (!isKnown(ms)) return none
  if (Math.round(ms) < 1000) return { value: String(Math.round(ms)), unit: 'ms' }
  const s = ms / 1000
  return { value: significant(s, 3), unit: 's' }
}

/** Three digits that count, none of them an exponent. */
const significant = (value: number, digits: number): string => {
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(value)))
  const rounded = value.toFixed(decimals)
  // 9.996 becomes 10.00, which has a digit too many.
  return Number(rounded) >= 10 ** (digits - decimals) && decimals > 0 ? value.toFixed(decimals - 1) : rounded
}

/** Tokens per second: one decimal below 10. */
export function rateParts(tps: Figure): Parts {
  if (!isKnown(tps)) return none
  return { value: tps < 9.95 ? tps.toFixed(1) : grouped.format(tps), unit: 'tok/s' }
}

/** US dollars: `$0`, two digits that count below a cent, four decimals below a dollar, else two. */
export function usd(value: Figure): string {
  if (!isKnown(value)) return unknown
  if (value === 0) return '$0'
  const size = Math.abs(value)
  const sign = value < 0 ? '−' : ''
  if (size < 0.01) return `${sign}$${significant(size, 2)}`
  if (size < 1) return `${sign}$${size.toFixed(4)}`
  return `${sign}$${cents.format(size)}`
}

/** A price per million tokens in and out: `$0.15 / $0.60 per M`. */
export const pricePerM = (input: Figure, output: Figure): string => `${price(input)} / ${price(output)} per M`

/** A price alone: two decimals, up to four where it has them, or two digits that count below a cent. */
export const price = (value: Figure): string => {
  if (!isKnown(value)) return unknown
  if (value > 0 && value < 0.01) return `$${significant(value, 2)}`
  return `$${value.toFixed(4).replace(/0{1,2}$/, '')}`
}

/** A size on disk: `8.2 kB`, `31.5 MB`, in powers of a thousand. */
export function bytes(n: Figure): string {
  if (!isKnown(n)) return unknown
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const place = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(n) / 3 + 1e-9))
  const value = n / 1000 ** place
  if (place === 0) return `${value} B`
  // 999.9 kB is 1.00 MB, not 1000 kB.
  return value >= 999.5 && place < units.length - 1
    ? `1.00 ${units[place + 1]}`
    : `${significant(value, 3)} ${units[place]}`
}

/** A share in percent, rounded down to two decimals: 100 % only if nothing failed. */
export function percent(n: number, of: number): string {
  if (of === 0) return unknown
  if (n === of) return '100 %'
  return `${(Math.floor((n / of) * 10_000 + 1e-9) / 100).toFixed(2)} %`
}

/** Share of checks that did not fail. */
export const uptime = (failed: number, checks: number): string => percent(checks - failed, checks)

/** A count: `12,480`. */
export const count = (n: number): string => grouped.format(n)

/** An interval in one unit: `398–431`. */
export const range = (low: Figure, high: Figure, digits = 0): string =>
  isKnown(low) && isKnown(high) ? `${low.toFixed(digits)}–${high.toFixed(digits)}` : unknown

/** A rank, or the ranks that cannot be told apart: `2`, `2–4`. */
export const ranks = (from: number, to: number): string => (from === to ? String(from) : `${from}–${to}`)

/** What changed, with its sign, and as a share: `+38 ms, +9 %`. */
export function delta(before: Figure, after: Figure, unit: string): string {
  if (!isKnown(before) || !isKnown(after)) return unknown
  const difference = Math.round(after - before)
  const share = before === 0 ? '' : `, ${signed(Math.round((difference / before) * 100))} %`
  return `${signed(difference)} ${unit}${share}`
}

const signed = (n: number): string => (n > 0 ? `+${n}` : n < 0 ? `−${-n}` : '±0')

/** A value with its unit as one text. */
const joined = ({ value, unit }: Parts): string => (unit === '' ? value : `${value} ${unit}`)

export const duration = (ms: Figure): string => joined(durationParts(ms))
export const tokenRate = (tps: Figure): string => joined(rateParts(tps))
