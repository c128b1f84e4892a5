import { isDeepStrictEqual } from 'node:util'
import type { ListedModel, ModelType } from '../core/catalog.ts'
import { asObject, storable } from '../core/json.ts'
import type { Price } from '../core/price.ts'
import type { ListSource } from '../core/provider.ts'
import { cut } from '../core/text.ts'
import { limitedTexts, textLimits } from '../store/text-limits.ts'
import { flatPrice, listedPrice } from './listed-price.ts'
import { modelType } from './model-type.ts'

type Fields = Record<string, unknown>

/**
 * A page of a listing: its models, the number of unreadable rows, and the cursor of the next page. `isCut` if
 * there is more, but no cursor.
 */
export interface ListingPage {
  models: ListedModel[]
  unreadable: number
  next: string | null
  isCut: boolean
}

/** Reads a page of any provider's listing; null if it is not one. */
export function readListing(body: unknown, source: ListSource, asOf: string): ListingPage | null {
  const rows = rowsOf(body)
  if (rows === null) return null
  const offered = rows.map(asObject).filter((row) => row === null || isOffered(row))
  const models = offered
    .map((row) => (row === null ? null : readModel(row, source, asOf)))
    .filter((model) => model !== null)
  const next = nextOf(body)
  const isCut = next === null && asObject(body)?.['has_more'] === true
  return { models, unreadable: offered.length - models.length, next, isCut }
}

/** The rows: the body itself (Together), `data` (OpenAI and most) or `models` (Gemini, LM Studio). */
function rowsOf(body: unknown): unknown[] | null {
  const { data, models } = asObject(body) ?? {}
  const rows = [body, data, models].find((place) => Array.isArray(place))
  return rows === undefined ? null : (rows as unknown[])
}

/** Groq lists models it no longer serves as inactive; Bedrock has a status. */
const isOffered = ({ active, status }: Fields): boolean =>
  active !== false &&
  !(typeof status === 'string' && /^(unavailable|disabled|retired|deleted)$/i.test(status))

/** Anthropic continues after the last id, Gemini with a token. */
function nextOf(body: unknown): string | null {
  const { has_more: more, last_id: last, nextPageToken: token } = asObject(body) ?? {}
  return (more === true ? textOf(last) : null) ?? textOf(token)
}

/** A longer id, in bytes, is invalid, and would not fit an index. The longest one seen has 83. */
const longestId = 500

function readModel(row: Fields, source: ListSource, asOf: string): ListedModel | null {
  const id = storable(textOf(row['id']) ?? textOf(row['name'])?.replace(/^models\//, '') ?? '')
  if (id === '' || Buffer.byteLength(id) > longestId) return null
  const hosts = hostsIn(row)
  const limits = asObject(row['capabilities'])?.['limits']
  const { architecture, top_provider: top, model_spec: spec, meta } = row
  const about = [row, architecture, top, limits, spec, meta, ...hosts]
    .map(asObject)
    .filter((place) => place !== null)
  const find = <Value>(names: readonly string[], read: (value: unknown) => Value | null): Value | null =>
    about.flatMap((place) => names.map((name) => read(place[name]))).find((value) => value !== null) ?? null
  const outputs = find(fieldNames.outputModalities, textsOf)
  const type = modelType(row, { id, outputs }, source)
  return {
    model: id,
    displayName: find(fieldNames.displayName, nameOf),
    type,
    contextWindow: find(fieldNames.contextWindow, tokensOf),
    outputLimit: find(fieldNames.outputLimit, tokensOf),
    inputModalities: find(fieldNames.inputModalities, textsOf),
    outputModalities: outputs,
    supportedParameters: find(fieldNames.supportedParameters, textsOf),
    deprecatedOn: find(fieldNames.deprecatedOn, dayOf),
    shutdownOn: find(fieldNames.shutdownOn, dayOf),
    price: priceIn(row, hosts, { type, unit: source.prices, asOf }),
  }
}

/** The hosts behind a router's model that answer (Hugging Face). */
const hostsIn = (row: Fields): Fields[] =>
  Array.isArray(row['providers'])
    ? row['providers']
        .map(asObject)
        .filter((host) => host !== null)
        .filter(({ status }) => status === undefined || status === 'live')
    : []

/** The price of a row: its own, that of Venice in `model_spec`, or that on which all hosts agree. */
function priceIn(
  row: Fields,
  hosts: readonly Fields[],
  about: { type: ModelType; unit: ListSource['prices']; asOf: string },
): Price | null {
  // Chutes has both, in dollars; of these `price` also in its own coin.
  const own = listedPrice(row['pricing'], about) ?? listedPrice(row['price'], about) ?? flatPrice(row, about)
  if (own !== null) return own
  const venice = listedPrice(asObject(row['model_spec'])?.['pricing'], { ...about, unit: 'usd_per_million' })
  if (venice !== null) return venice
  const prices = hosts.map(({ pricing }) => listedPrice(pricing, { ...about, unit: 'usd_per_million' }))
  const [first = null, ...others] = prices
  return others.every((price) => isDeepStrictEqual(price, first)) ? first : null
}

/** The names of the same fact in different listings. */
const fieldNames = {
  displayName: ['display_name', 'displayName', 'name'],
  contextWindow: [
    'loaded_context_length',
    'context_window',
    'context_length',
    'max_context_length',
    'max_context_window_tokens',
    'inputTokenLimit',
    'max_input_tokens',
    'max_model_len',
    'max_prompt_length',
    'context_size',
    'availableContextTokens',
    'n_ctx',
    'n_ctx_train',
  ],
  outputLimit: [
    'max_completion_tokens',
    'max_output_tokens',
    'max_output_length',
    'outputTokenLimit',
    'maxCompletionTokens',
    'max_tokens',
  ],
  inputModalities: ['input_modalities'],
  outputModalities: ['output_modalities'],
  supportedParameters: ['supported_parameters', 'supported_sampling_parameters'],
  deprecatedOn: ['deprecation', 'deprecated_at', 'deprecation_date'],
  shutdownOn: ['shutdown_date', 'expiration_date', 'retirement_date', 'sunset_date'],
} as const

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value : null

/** As long as the database keeps it, or every sync would find it changed; as with the lists. */
function nameOf(value: unknown): string | null {
  const text = textOf(value)
  return text === null ? null : cut(text, textLimits.display_name)
}

const textsOf = (value: unknown): string[] | null =>
  Array.isArray(value) ? limitedTexts(value.filter((each) => typeof each === 'string')) : null

/** A number of tokens that the database can store; 0 means unknown. */
const tokensOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 31 ? value : null

/** A day: the date a text starts with, or a moment in seconds or milliseconds since 1970. */
function dayOf(value: unknown): string | null {
  if (typeof value === 'number') return dayOfMoment(value)
  const [day] = /^\d{4}-\d\d-\d\d(?!\d)/.exec(textOf(value) ?? '') ?? []
  if (day === undefined || day < '1970') return null
  // 2027-02-31 would become a day in March.
  const moment = new Date(day)
  return !Number.isNaN(moment.getTime()) && isoDay(moment) === day ? day : null
}

/**
 * From 2001 on: a smaller number is not in seconds (20271231 is a day in digits), a larger one is in
 * milliseconds.
 */
function dayOfMoment(value: number): string | null {
  if (!(value >= 1e9 && value < 1e14)) return null
  return isoDay(new Date(value < 1e11 ? value * 1000 : value))
}

const isoDay = (moment: Date): string => moment.toISOString().slice(0, '2026-11-26'.length)
