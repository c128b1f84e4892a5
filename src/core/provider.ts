import type { ModelType } from './catalog.ts'
import type { JsonObject } from './json.ts'

/** The SDK that builds the requests of a provider and maps its errors. */
export type Sdk = 'openai' | 'groq'

/**
 * How requests for some of a provider's models differ. Rules apply in order to every model id they match; later ones
 * win. Each field is data: a provider's difference is never a branch in code.
 */
export interface ParameterRule {
  /** The model ids that the rule is for; without it, all. */
  models?: RegExp
  /** The name under which the provider takes the output limit. */
  maxTokens?: 'max_tokens' | 'max_completion_tokens'
  /** Bounds that our temperature is clamped into, `fixed` to send this value whatever was asked, or `drop` to send none. */
  temperature?: { min?: number; max?: number } | { fixed: number } | 'drop'
  /** Parameters that the provider refuses. */
  drop?: readonly string[]
  /** Parameters that are always sent so. */
  set?: JsonObject
  /** Pairs that must not be sent together: the second of each is dropped. */
  conflicts?: readonly (readonly [string, string])[]
  /** What turns reasoning off, or as low as it goes; sent unless a target asks for the model's default. */
  leastReasoning?: JsonObject
}

/** A model we would benchmark by default. */
export interface Candidate {
  model: string
  /** The day it will be gone, where that was announced: `YYYY-MM-DD`. */
  shutdownOn?: string
}

/** Where a provider lists its models and prices; every shape that is on offer is read alike (src/sync/listing.ts). */
export interface ListSource {
  /** Path after the base URL, with its query; `../models` is beside it. */
  path: string
  /** The header that takes the key, where that is not `Authorization: Bearer`. */
  keyHeader?: string
  headers?: Readonly<Record<string, string>>
  /** The query parameter that goes on after a page. */
  after?: string
  /** Unit of the prices in the listing; null when it has none. */
  prices: 'usd_per_token' | 'usd_per_million' | null
  /** What models are for where neither the listing nor their name tells; the first pattern that fits decides. */
  types?: readonly (readonly [RegExp, ModelType])[]
}

/** Everything we know about a provider. Adding one is adding an entry to registry/providers.ts. */
export interface ProviderEntry {
  /** Short name, used in flags, rows and logs: `openai`. */
  id: string
  /** Display name: `OpenAI`. */
  name: string
  /** Full base URL of the OpenAI-compatible API, without a trailing slash. */
  baseUrl: string
  /** Environment variable that replaces `baseUrl`. */
  baseUrlName: string
  /** Environment variables that may hold the key, the preferred one first. */
  keyNames: readonly string[]
  sdk: Sdk
  logoUrl: string | null
  /** Models to benchmark by default: the first that the provider still lists. */
  candidates: readonly Candidate[]
  /** Only the candidates are benchmarked by default, whatever an earlier run left active: the environment names them. */
  candidatesOnly?: true
  rules: readonly ParameterRule[]
  /** Extra request headers. */
  headers?: Readonly<Record<string, string>>
  /** False where `stream_options` is refused. */
  streamOptions?: boolean
  /** Parameters that make a router use one host; the string `{host}` in them stands for a target's pin. */
  pin?: JsonObject
  list: ListSource
  /** What others who publish prices call this provider; none of them knows a provider without. */
  pricedAs?: { genaiPrices?: string; modelsDev?: string }
}

/** A provider that can be called: its entry, with the base URL in force and its key. */
export interface ConfiguredProvider {
  entry: ProviderEntry
  baseUrl: string
  /** Null where the endpoint needs none. Never logged, never stored. */
  key: string | null
  /** True for the synthetic provider, whose results are never mixed with real ones. */
  synthetic: boolean
  /**
   * Whether a person vouches for the base URL: it is the registry's, a flag's or the environment's. One from the database or
   * from over HTTP is called through the egress guard (src/net/egress.ts).
   */
  trusted: boolean
}
