import type { ModelType } from './catalog.ts'
import type { JsonObject } from './json.ts'
import type { StatusFeed } from './official-status.ts'

/** The id of the provider of made-up answers, which no file names: there is nothing to monitor. */
export const syntheticId = 'synthetic'

/** The SDK that builds a provider's requests. */
export type Sdk = 'openai' | 'groq'

/**
 * How requests for some of a provider's models differ. Rules apply in order to every model id they match;
 * later ones win. Differences are data, never a branch in code.
 */
export interface ParameterRule {
  /** The model ids the rule applies to; all by default. */
  models?: RegExp
  /** The parameter for the output limit. */
  maxTokens?: 'max_tokens' | 'max_completion_tokens'
  /** Bounds to clamp our temperature to, a `fixed` value to send always, or `drop` to send none. */
  temperature?: { min?: number; max?: number } | { fixed: number } | 'drop'
  /** Parameters the provider rejects. */
  drop?: readonly string[]
  /** Parameters that are always sent. */
  set?: JsonObject
  /** Pairs that must not be sent together: the second is dropped. */
  conflicts?: readonly (readonly [string, string])[]
  /**
   * Parameters that turn reasoning off or as low as possible; sent unless a target asks for the model's
   * default.
   */
  leastReasoning?: JsonObject
}

/** A model to benchmark by default. */
export interface Candidate {
  model: string
  /** The announced day of its shutdown: `YYYY-MM-DD`. */
  shutdownOn?: string
}

/**
 * Where a provider lists its models and prices; all response formats are read alike (src/sync/listing.ts).
 */
export interface ListSource {
  /** Path relative to the base URL, with query; `../models` is its sibling. */
  path: string
  /** The header for the key, if not `Authorization: Bearer`. */
  keyHeader?: string
  headers?: Readonly<Record<string, string>>
  /** The query parameter of the next page's cursor. */
  after?: string
  /** Unit of the listed prices; null if there are none, or if they name it, or their size tells. */
  prices: 'usd_per_token' | 'usd_per_million' | null
  /** Model types that neither the listing nor the usual names reveal; the first matching pattern wins. */
  types?: readonly (readonly [RegExp, ModelType])[]
  /** What types in the listing mean, if elsewhere they mean something else. Lower case. */
  typeNames?: Readonly<Record<string, ModelType>>
}

/** Everything we know about a provider. To add one, add an entry to registry/labs.ts or registry/hosts.ts. */
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
  /** Models to benchmark by default: the first one the provider still lists. */
  candidates: readonly Candidate[]
  /**
   * Only candidates are benchmarked by default, whatever earlier runs left active: the environment names
   * them.
   */
  candidatesOnly?: true
  rules: readonly ParameterRule[]
  /** Extra request headers. */
  headers?: Readonly<Record<string, string>>
  /** False if `stream_options` is rejected. */
  streamOptions?: boolean
  /** Parameters that pin a router to one host; the string `{host}` stands for a target's pin. */
  pin?: JsonObject
  list: ListSource
  /** Where it says itself how it works; absent if no feed of it is known. */
  status?: StatusFeed
  /** What OpenTelemetry's GenAI conventions call it, if not by its id. */
  genAiName?: string
  /** This provider's id in published price lists; absent from a list it is not in. */
  pricedAs?: { genaiPrices?: string; modelsDev?: string }
}

/** A callable provider: its entry, effective base URL and key. */
export interface ConfiguredProvider {
  entry: ProviderEntry
  baseUrl: string
  /** Null if the endpoint needs none. Never logged, never stored. */
  key: string | null
  /** Whether it is the synthetic provider, whose results are never mixed with real ones. */
  synthetic: boolean
  /**
   * Whether the base URL is trusted: from the registry, a flag or the environment. One from the database or
   * from HTTP is called through the egress guard (src/net/egress.ts).
   */
  trusted: boolean
}
