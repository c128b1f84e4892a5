import type { Usage } from './usage.ts'

/** Rates in USD per million tokens. A rate that is null equals that of plain input or output. */
export interface Rates {
  inputPerM: number
  outputPerM: number
  cachedPerM: number | null
  cacheWritePerM: number | null
  reasoningPerM: number | null
}

/** Rates that replace others if every given condition holds. */
export interface RateOverride extends Partial<Rates> {
  /** For all tokens of calls with more input tokens than this. */
  overInputTokens?: number
  /**
   * For calls that start at or after `fromUtc` and before `toUtc`, both `HH:MM`; a window may cross midnight.
   */
  fromUtc?: string
  toUtc?: string
}

/** The price of a model. */
export interface Price extends Rates {
  /** Context tiers and hours of the day; if several apply, the last one wins, rate by rate. */
  overrides: RateOverride[]
  /**
   * Its source, from most to least trusted: `manual` (a person), `provider` (its listing), `genai-prices`,
   * `models.dev`.
   */
  source: string
  /** The day or moment the source is from, ISO 8601; null if unknown. */
  asOf: string | null
}

/** A price of plain input and output, and whatever else is known. */
export const priceOf = (
  price: Pick<Price, 'inputPerM' | 'outputPerM' | 'source'> & Partial<Price>,
): Price => ({
  cachedPerM: null,
  cacheWritePerM: null,
  reasoningPerM: null,
  overrides: [],
  asOf: null,
  ...price,
})

/** The cost of one call in USD and its source; unknown is null, never 0. */
export interface Cost {
  /** `chargedUsd`, else `computedUsd`. */
  usd: number | null
  source: 'provider' | 'price' | null
  /** The charge the provider reported. */
  chargedUsd: number | null
  /** Usage times price. */
  computedUsd: number | null
}

/**
 * What no call costs, in USD: a million tokens at 600 USD a million, the dearest rate that was ever asked (o1-pro), are a
 * sixteenth of it. A charge or a count that comes to more is wrong, and one such call would use up every budget.
 */
const mostUsd = 10_000

/** What a call can have cost; else null. */
export const soundUsd = (usd: number | null): number | null =>
  usd !== null && usd >= 0 && usd <= mostUsd ? usd : null

/** The cost of a call that started at this moment: the provider's reported charge, else usage times price. */
export function costOf(usage: Usage, price: Price | null, at: Date): Cost {
  const chargedUsd = usage.costUsd
  const computedUsd = price === null ? null : soundUsd(computed(usage, price, at))
  const source = chargedUsd !== null ? 'provider' : computedUsd !== null ? 'price' : null
  return { usd: chargedUsd ?? computedUsd, source, chargedUsd, computedUsd }
}

/** Cached, cache-write and reasoning tokens are parts of input and output with their own rates. */
function computed(usage: Usage, price: Price, at: Date): number | null {
  const { input, output } = usage
  if (input === null || output === null) return null
  const rates = ratesAt(price, { input, at })
  const cached = Math.min(usage.cached ?? 0, input)
  const written = Math.min(usage.cacheWrite ?? 0, input - cached)
  const reasoning = Math.min(usage.reasoning ?? 0, output)
  const total =
    (input - cached - written) * rates.inputPerM +
    cached * (rates.cachedPerM ?? rates.inputPerM) +
    written * (rates.cacheWritePerM ?? rates.inputPerM) +
    (output - reasoning) * rates.outputPerM +
    reasoning * (rates.reasoningPerM ?? rates.outputPerM)
  return total / 1e6
}

/** The rates for a call with this many input tokens that started at this moment. */
function ratesAt(price: Price, call: { input: number; at: Date }): Rates {
  return price.overrides
    .filter((override) => holds(override, call))
    .reduce<Rates>((rates, override) => ({ ...rates, ...override }), price)
}

function holds(
  { overInputTokens, fromUtc, toUtc }: RateOverride,
  call: { input: number; at: Date },
): boolean {
  if (overInputTokens !== undefined && call.input <= overInputTokens) return false
  if (fromUtc === undefined || toUtc === undefined) return true
  const time = call.at.toISOString().slice('2026-11-26T'.length, '2026-11-26T00:00'.length)
  return fromUtc <= toUtc ? fromUtc <= time && time < toUtc : fromUtc <= time || time < toUtc
}

const rateNames = ['inputPerM', 'outputPerM', 'cachedPerM', 'cacheWritePerM', 'reasoningPerM'] as const
const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/
const isAmount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0

/** An untrusted price, without invalid overrides; null if its rates are not valid amounts. */
export function soundPrice(price: Price): Price | null {
  const { inputPerM, outputPerM, ...parts } = price
  if (!isAmount(inputPerM) || !isAmount(outputPerM)) return null
  const rates = [parts.cachedPerM, parts.cacheWritePerM, parts.reasoningPerM]
  if (!rates.every((rate) => rate === null || isAmount(rate))) return null
  return { ...price, overrides: price.overrides.filter(isSoundOverride) }
}

function isSoundOverride(override: RateOverride): boolean {
  const { overInputTokens, fromUtc, toUtc } = override
  const hours = [fromUtc, toUtc].filter((time) => time !== undefined)
  return (
    (overInputTokens === undefined || isAmount(overInputTokens)) &&
    (hours.length === 0 || (hours.length === 2 && fromUtc !== toUtc)) &&
    hours.every((time) => timeOfDay.test(time)) &&
    rateNames.every(
      (name) => override[name] === undefined || override[name] === null || isAmount(override[name]),
    )
  )
}

const dollars = /^(-?\d+(?:\.\d*)?)(?:e([+-]?\d+))?$/i

/**
 * Converts dollars per token, as decimal text, to dollars per million tokens. The decimal point is moved in
 * the text, which loses nothing (`"0.00000045"` is 0.45, but 0.00000045 * 1e6 is 0.44999999999999996). Null
 * if it is not a price: not a number, or negative, as for OpenRouter's routers (`"-1"`).
 */
export function perMillion(text: string): number | null {
  const [, digits, exponent = '0'] = dollars.exec(text.trim()) ?? []
  const value = digits === undefined ? NaN : Number(`${digits}e${Number(exponent) + 6}`)
  return Number.isFinite(value) && value >= 0 ? value : null
}

const overrideNames = ['overInputTokens', 'fromUtc', 'toUtc', ...rateNames] as const

/** Whether two prices charge the same, whatever their source. */
export function sameRates(a: Price, b: Price): boolean {
  const chargesOf = (price: Price) => [
    rateNames.map((name) => price[name]),
    price.overrides.map((override) => overrideNames.map((name) => override[name] ?? String(override[name]))),
  ]
  return JSON.stringify(chargesOf(a)) === JSON.stringify(chargesOf(b))
}

/** The larger of the gaps in input and output rate, as a fraction of the larger rate. */
export const priceGap = (a: Rates, b: Rates): number =>
  Math.max(gap(a.inputPerM, b.inputPerM), gap(a.outputPerM, b.outputPerM))

const gap = (a: number, b: number): number => (a === b ? 0 : Math.abs(a - b) / Math.max(a, b))
