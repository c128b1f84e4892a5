import type { ModelType } from '../core/catalog.ts'
import { asObject } from '../core/json.ts'
import { perMillion, type Price, type RateOverride, type Rates, soundPrice } from '../core/price.ts'
import type { ListSource } from '../core/provider.ts'

type Fields = Record<string, unknown>

/** What rates are counted in. */
type Unit = NonNullable<ListSource['prices']> | 'usd_per_thousand' | 'ticks_per_million'

/** The power of ten that makes dollars per token of a rate. xAI and Novita count in 1/10,000 USD per million. */
const exponents: Readonly<Record<Unit, string>> = {
  usd_per_token: '',
  usd_per_thousand: 'e-3',
  usd_per_million: 'e-6',
  ticks_per_million: 'e-10',
}

/**
 * A rate in dollars per million tokens; null if it is invalid. Rates are decimal texts or numbers. Numbers are
 * converted to their shortest text, which is what was written.
 */
const rateOf = (value: unknown, unit: Unit): number | null => {
  const [digits, exponent = '0'] = String(value).trim().toLowerCase().split('e')
  return typeof value === 'string' || typeof value === 'number'
    ? perMillion(`${digits}e${Number(exponent) + Number(exponents[unit].slice(1) || 0)}`)
    : null
}

/** A rate that is an object: in dollars (Venice), or with its amount under one of these names. */
const plainRate = (value: unknown): unknown => {
  const fields = asObject(value)
  return fields === null ? value : (fields['usd'] ?? fields['price'] ?? fields['amount'])
}

/**
 * The unit that a price names itself (Perplexity; Friendli's `unit_type`), else the listing's, else what its
 * size tells; null if it is not paid by the token, or in another currency.
 */
function unitOf(pricing: Fields, usual: Unit | null): Unit | null {
  const rates = Object.values(fieldNames).flatMap((names) => names.map((name) => asObject(pricing[name])))
  const named = [pricing, ...rates].flatMap((place) => [place?.['unit'], place?.['unit_type']])
  const units = named.filter((unit) => typeof unit === 'string').map(unitIn)
  if (typeof pricing['currency'] === 'string' && !/^usd$/i.test(pricing['currency'])) return null
  const [first = usual ?? unitBySize(pricing)] = units
  return units.every((unit) => unit === first) ? first : null
}

function unitIn(words: string): Unit | null {
  if (/char|second|minute|hour|image|request|video|call|page|pixel/i.test(words)) return null
  if (/million|\dm\b|1m|mtok|1[_,]?000[_,]?000/i.test(words)) return 'usd_per_million'
  if (/thousand|1k|ktok|1[_,]?000/i.test(words)) return 'usd_per_thousand'
  return /token/i.test(words) ? 'usd_per_token' : null
}

/**
 * A dearer token (200 USD for a million), or a cheaper million of them, in dollars, is as likely a rate of
 * another unit, such as a thousand: unknown is better than wrong.
 */
const [dearestToken, cheapestMillion] = [0.0002, 0.02]

function unitBySize(pricing: Fields): Unit | null {
  const { inputPerM, outputPerM } = ratesIn(pricing, 'usd_per_million')
  const largest = Math.max(inputPerM ?? 0, outputPerM ?? 0)
  if (largest >= cheapestMillion) return 'usd_per_million'
  return largest > 0 && largest <= dearestToken ? 'usd_per_token' : null
}

/** Names of the rates: OpenRouter's, which Groq uses too, and Together's. */
const fieldNames: Readonly<Record<keyof Rates, readonly string[]>> = {
  inputPerM: ['prompt', 'input'],
  outputPerM: ['completion', 'output'],
  cachedPerM: ['input_cache_read', 'cached_input', 'cache_input', 'cache_read'],
  cacheWritePerM: ['input_cache_write', 'cache_write'],
  reasoningPerM: ['internal_reasoning'],
}

/** Prices that are fields of the model itself, in 1/10,000 USD per million tokens. */
const flatNames: readonly Fields[] = [
  // docs.x.ai/docs/api-reference: language models.
  {
    input: 'prompt_text_token_price',
    output: 'completion_text_token_price',
    cached_input: 'cached_prompt_text_token_price',
  },
  // novita.ai/docs: list models; Jiekou.
  { input: 'input_token_price_per_m', output: 'output_token_price_per_m' },
]

interface About {
  type: ModelType
  unit: ListSource['prices']
  asOf: string
}

/** The price in fields of the model itself; null if there is none. */
export const flatPrice = (row: Fields, about: About): Price | null =>
  flatNames
    .map((names) => Object.entries(names).map(([name, field]) => [name, row[String(field)]] as const))
    .filter((rates) => rates.every(([, rate]) => rate === undefined || Number.isInteger(rate)))
    .map((rates) => priceOf(Object.fromEntries(rates), 'ticks_per_million', about))
    .find((price) => price !== null) ?? null

/**
 * The price in a row of a listing; null if there is none: a listing without prices, a negative rate
 * (OpenRouter's routers), or a model that is paid by the hour (Together), the request or the image.
 */
export function listedPrice(pricing: unknown, about: About): Price | null {
  const fields = asObject(pricing)
  const unit = fields && unitOf(fields, about.unit)
  return fields === null || unit === null ? null : priceOf(fields, unit, about)
}

function priceOf(fields: Fields, unit: Unit, { type, asOf }: Omit<About, 'unit'>): Price | null {
  const {
    inputPerM,
    outputPerM,
    cachedPerM = null,
    cacheWritePerM = null,
    reasoningPerM = null,
  } = ratesIn(fields, unit)
  if (typeof inputPerM !== 'number' || typeof outputPerM !== 'number') return null
  if (inputPerM + outputPerM === 0 && isPaidOtherwise(fields, type)) return null
  const rates: Rates = { inputPerM, outputPerM, cachedPerM, cacheWritePerM, reasoningPerM }
  const overrides = overridesIn(fields['overrides'], unit)
  return soundPrice({ ...rates, overrides, source: 'provider', asOf })
}

/** Models that write no text are not paid by its tokens. */
const textTypes: readonly ModelType[] = ['chat', 'completion', 'responses']

/** Whether a model that costs nothing by the token is paid by the hour, the request, the image, ... */
const isPaidOtherwise = (pricing: Fields, type: ModelType): boolean =>
  !textTypes.includes(type) || Object.values(pricing).some((rate) => Number(plainRate(rate)) > 0)

const isPlain = (name: string): boolean => name === 'inputPerM' || name === 'outputPerM'

/**
 * The rates that are present. Beside a model that is paid, 0 for cache or reasoning says that the listing has
 * no rate of their own (LLM Gateway, anomalyco/models.dev).
 */
function ratesIn(fields: Fields, unit: Unit): { [Name in keyof Rates]?: number | null } {
  const found = Object.entries(fieldNames).flatMap(([name, keys]) => {
    const key = keys.find((each) => fields[each] !== undefined && fields[each] !== null)
    return key === undefined ? [] : [[name, rateOf(plainRate(fields[key]), unit)] as const]
  })
  const isPaid = found.some(([name, rate]) => isPlain(name) && rate !== 0)
  return Object.fromEntries(found.filter(([name, rate]) => isPlain(name) || rate !== 0 || !isPaid))
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
function overridesIn(value: unknown, unit: Unit): RateOverride[] {
  if (!Array.isArray(value)) return []
  return value
    .map(asObject)
    .filter((each) => each !== null)
    .filter((each) => Object.keys(each).every((name) => understood.has(name)))
    .flatMap((each) => {
      const rates = Object.entries(ratesIn(each, unit)).filter(([, rate]) => rate !== null)
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
