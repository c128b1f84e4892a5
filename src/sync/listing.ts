import type { ListedModel } from '../core/catalog.ts'
import { asObject } from '../core/json.ts'
import type { ListSource } from '../core/provider.ts'
import { listedPrice } from './listed-price.ts'
import { modelType } from './model-type.ts'

type Fields = Record<string, unknown>

/** A page of a listing: its models, rows that are none, and what to ask for the next page. */
export interface ListingPage {
  models: ListedModel[]
  unreadable: number
  next: string | null
}

/** Reads a page of any provider's listing; null where it is none at all. */
export function readListing(body: unknown, source: ListSource, asOf: string): ListingPage | null {
  const rows = rowsOf(body)
  if (rows === null) return null
  const offered = rows.map(asObject).filter((row) => row === null || isOffered(row))
  const models = offered
    .map((row) => (row === null ? null : readModel(row, source, asOf)))
    .filter((model) => model !== null)
  return { models, unreadable: offered.length - models.length, next: nextOf(body) }
}

/** Homes of the rows: the body itself (Together), `data` (OpenAI and most), `models` (Gemini, LM Studio). */
function rowsOf(body: unknown): unknown[] | null {
  const { data, models } = asObject(body) ?? {}
  const rows = [body, data, models].find((home) => Array.isArray(home))
  return rows === undefined ? null : (rows as unknown[])
}

/** Groq lists what it no longer serves as inactive; Bedrock says what is available. */
const isOffered = ({ active, status }: Fields): boolean =>
  active !== false &&
  !(typeof status === 'string' && /^(unavailable|disabled|retired|deleted)$/i.test(status))

/** Anthropic goes on after the last id, Gemini with a token. */
function nextOf(body: unknown): string | null {
  const { has_more: more, last_id: last, nextPageToken: token } = asObject(body) ?? {}
  return (more === true ? textOf(last) : null) ?? textOf(token)
}

function readModel(row: Fields, source: ListSource, asOf: string): ListedModel | null {
  const id = textOf(row['id']) ?? textOf(row['name'])?.replace(/^models\//, '') ?? null
  if (id === null) return null
  const about = [row, row['architecture'], row['top_provider'], asObject(row['capabilities'])?.['limits']]
    .map(asObject)
    .filter((home) => home !== null)
  const find = <Value>(names: readonly string[], read: (value: unknown) => Value | null): Value | null =>
    about.flatMap((home) => names.map((name) => read(home[name]))).find((value) => value !== null) ?? null
  const outputs = find(homes.outputModalities, textsOf)
  return {
    model: id,
    displayName: find(homes.displayName, textOf),
    type: modelType(row, { id, outputs }, source.types),
    contextWindow: find(homes.contextWindow, tokensOf),
    outputLimit: find(homes.outputLimit, tokensOf),
    inputModalities: find(homes.inputModalities, textsOf),
    outputModalities: outputs,
    supportedParameters: find(homes.supportedParameters, textsOf),
    deprecatedOn: find(homes.deprecatedOn, dayOf),
    shutdownOn: find(homes.shutdownOn, dayOf),
    price: listedPrice(row['pricing'], { unit: source.prices, asOf }),
  }
}

/** The names under which listings say the same thing. */
const homes = {
  displayName: ['display_name', 'displayName', 'name'],
  contextWindow: [
    'context_window',
    'context_length',
    'max_context_length',
    'max_context_window_tokens',
    'inputTokenLimit',
    'max_input_tokens',
    'max_model_len',
  ],
  outputLimit: [
    'max_completion_tokens',
    'max_output_tokens',
    'max_output_length',
    'outputTokenLimit',
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

const textsOf = (value: unknown): string[] | null =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : null

/** A number of tokens that the database can hold; 0 says nothing. */
const tokensOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 31 ? value : null

/** A day, from ISO 8601 or from seconds since 1970. */
function dayOf(value: unknown): string | null {
  const moment =
    typeof value === 'number' && value > 0 ? new Date(value * 1000) : new Date(textOf(value) ?? NaN)
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString().slice(0, '2026-11-26'.length)
}
