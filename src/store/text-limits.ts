import { asObject, type Json, type JsonObject, lookUp } from '../core/json.ts'
import { cut } from '../core/text.ts'

/**
 * The most bytes of a text by the name it has in the input of SQL functions; supabase/schemas/14_text_limits.sql
 * has the same by table and column. No text that means something is that long.
 */
export const textLimits = {
  slug: 200,
  provider: 200,
  name: 400,
  model: 1000,
  display_name: 400,
  base_url: 2000,
  logo_url: 2000,
  source: 400,
  region: 200,
  target_region: 200,
  run_name: 200,
  triggered_by: 200,
  schedule: 200,
  mode: 200,
  owner: 400,
  client: 200,
  idempotency_key: 200,
  reason: 4000,
  skip_reason: 4000,
  series: 200,
  prompt_hash: 200,
  host: 400,
  node_version: 200,
  version: 200,
  error_message: 8000,
  response_text: 3 * 2 ** 20,
  error_code: 500,
  finish_reason: 500,
  response_model: 500,
  request_id: 500,
  content_encoding: 200,
  http_version: 200,
  scope: 300,
  parent_scope: 300,
  actor: 200,
  channel: 400,
  error: 4000,
  cron: 200,
  summary: 4000,
  external_id: 400,
  page_url: 2000,
  model_asked: 1000,
  model_answered: 1000,
  reasoning: 200,
  answer_text: 65_536,
  reasoning_text: 65_536,
  time_zone: 200,
} as const

/** The most entries of a list of texts, and bytes of each. */
const listLimits = { entries: 100, bytes: 200 } as const

/** Lists of texts by their names in the input of SQL functions. */
const limitedLists: ReadonlySet<string> = new Set([
  'input_modalities',
  'output_modalities',
  'supported_parameters',
  'timing_reasons',
  'notes',
])

/** The input of a SQL function with each text cut to its limit, wherever it is: what is too long is refused. */
export const withinLimits = (input: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(input).map(([name, value]) => [name, limited(name, value)]))

function limited(name: string, value: Json): Json {
  if (typeof value === 'string') return cut(value, lookUp<number>(textLimits, name) ?? Infinity)
  if (Array.isArray(value))
    return limitedLists.has(name)
      ? limitedTexts(value.filter((each) => typeof each === 'string'))
      : value.map((each) => limited('', each))
  const object = asObject(value) as JsonObject | null
  return object === null ? value : withinLimits(object)
}

/** A list of texts cut to its limit. */
export const limitedTexts = (texts: readonly string[]): string[] =>
  texts.slice(0, listLimits.entries).map((text) => cut(text, listLimits.bytes))
