import type { ModelType } from '../core/catalog.ts'
import { asObject } from '../core/json.ts'
import { perMillion, type Price, type RateOverride, type Rates, soundPrice } from '../core/price.ts'
import type { ListSource } from '../core/provider.ts'

type Fields = Record<string, unknown>

/** Reads a rate in dollars per million tokens; null if it is invalid. */
type ReadRate = (value: unknown) => number | null

/**
 * Rates are decimal texts or numbers, per token or per million. Numbers are converted to their shortest text,
 * which is what was written.
 */
const readers: Readonly<Record<'usd_per_token' | 'usd_per_million', ReadRate>> = {
  usd_per_token: (value) => rateOf(value, ''),
  usd_per_million: (value) => rateOf(value, 'e-6'),
}

const rateOf = (value: unknown, exponent: string): number | null =>
  typeof value === 'string' || typeof value === 'number' ? perMillion(`${value}${exponent}`) : null

/** A rate that is an object: in dollars (Venice), or with its amount under one of these names. */
const plainRate = (value: unknown): unknown => {
  const fields = asObject(value)
  return fields === null ? value : (fields['usd'] ?? fields['price'] ?? fields['amount'])
}

/** The unit that a price names itself (Perplexity), else the listing's; null if it is not paid by the token. */
function unitOf(pricing: Fields, usual: ListSource['prices']): ListSource['prices'] {
  const places = [pricing, ...Object.values(pricing).map(asObject)]
  const units = places.map((place) => place?.['unit']).filter((unit) => typeof unit === 'string')
  if (units.length === 0) return usual
  if (units.some((unit) => !/token/i.test(unit))) return null
  return units.every((unit) => /million|1m|mtok|1[_,]?000[_,]?000/i.test(unit))
    ? 'usd_per_million'
    : 'usd_per_token'
}

/** Names of the rates: OpenRouter's, which Groq uses too, and Together's. */
const fieldNames: Readonly<Record<keyof Rates, readonly string[]>> = {
  inputPerM: ['prompt', 'input'],
  outputPerM: ['completion', 'output'],
  cachedPerM: ['input_cache_read', 'cached_input', 'cache_input', 'cache_read'],
  cacheWritePerM: ['input_cache_write', 'cache_write'],
  reasoningPerM: ['internal_reasoning'],
}

/**
 * The price in a row of a listing; null if there is none: a listing without prices, a negative rate
 * (OpenRouter's routers), or a model that is paid by the hour (Together), the request or the image.
 */
export function listedPrice(
  pricing: unknown,
  { type, unit: usual, asOf }: { type: ModelType; unit: ListSource['prices']; asOf: string },
): Price | null {
  const fields = asObject(pricing)
  const unit = fields && unitOf(fields, usual)
  if (fields === null || unit === null) return null
  const {
    inputPerM,
    outputPerM,
    cachedPerM = null,
    cacheWritePerM = null,
    reasoningPerM = null,
  } = ratesIn(fields, readers[unit])
  if (typeof inputPerM !== 'number' || typeof outputPerM !== 'number') return null
  if (inputPerM + outputPerM === 0 && isPaidOtherwise(fields, type)) return null
  const rates: Rates = { inputPerM, outputPerM, cachedPerM, cacheWritePerM, reasoningPerM }
  return soundPrice({
    ...rates,
    overrides: overridesIn(fields['overrides'], readers[unit]),
    source: 'provider',
    asOf,
  })
}

/** Models that write no text are not paid by its tokens. */
const textTypes: readonly ModelType[] = ['chat', 'completion', 'responses']

/** Whether a model that costs nothing by the token is paid by the hour, the request, the image, ... */
const isPaidOtherwise = (pricing: Fields, type: ModelType): boolean =>
  !textTypes.includes(type) || Object.values(pricing).some((rate) => Number(plainRate(rate)) > 0)

/** The rates that are present. */
function ratesIn(fields: Fields, read: ReadRate): { [Name in keyof Rates]?: number | null } {
  const found = Object.entries(fieldNames).flatMap(([name, keys]) => {
    const key = keys.find((each) => fields[each] !== undefined && fields[each] !== null)
    return key === undefined ? [] : [[name, read(plainRate(fields[key]))] as const]
  })
  return Object.fromEntries(found)
}

/** Conditions we can evaluate. */
const conditionNames = ['min_prompt_tokens', 'utc_start', 'utc_end']

/** Rates of features we do not use. */
const foreignRates = [
  'audio',
  'audio_output',
  'image',
  'image_output',
  'input_audio_cache',
  'input_cache_write_1h',
  'web_search',
]

const understood = new Set([...Object.values(fieldNames).flat(), ...conditionNames, ...foreignRates])

/**
 * Context tiers (more input tokens than this) and hours of the day, `HHMM` in UTC. Overrides with any other
 * condition are ignored.
 */
function overridesIn(value: unknown, read: ReadRate): RateOverride[] {
  if (!Array.isArray(value)) return []
  return value
    .map(asObject)
    .filter((each) => each !== null)
    .filter((each) => Object.keys(each).every((name) => understood.has(name)))
    .flatMap((each) => {
      const rates = Object.entries(ratesIn(each, read)).filter(([, rate]) => rate !== null)
      const { min_prompt_tokens: over, utc_start: from, utc_end: to } = each
      const conditions = {
        ...(over !== undefined && { overInputTokens: typeof over === 'number' ? over : NaN }),
        ...(from !== undefined && { fromUtc: timeOf(from) }),
        ...(to !== undefined && { toUtc: timeOf(to) }),
      }
      if (rates.length === 0 || Object.keys(conditions).length === 0) return []
      return [{ ...conditions, ...Object.fromEntries(rates) }]
    })
}

/** `0630` or `06:30` as `06:30`; an empty string if it is invalid. */
function timeOf(value: unknown): string {
  const text = typeof value === 'string' ? value : ''
  const [, hours, minutes] = /^(\d{2}):?(\d{2})/.exec(text) ?? []
  return hours === undefined || minutes === undefined ? '' : `${hours}:${minutes}`
}
