import type { Target } from './plan.ts'
import type { Price } from './price.ts'

/**
 * What a model is for. Only `chat` models are benchmarked: `responses` are text models available only on
 * another endpoint.
 */
export const modelTypes = [
  'chat',
  'responses',
  'completion',
  'embedding',
  'rerank',
  'moderation',
  'image',
  'video',
  'audio',
  'other',
] as const

/** One of `modelTypes`. */
export type ModelType = (typeof modelTypes)[number]

/** What a provider says about a model; null if it does not say. */
export interface ModelFacts {
  displayName: string | null
  type: ModelType
  /** Tokens. */
  contextWindow: number | null
  outputLimit: number | null
  inputModalities: string[] | null
  outputModalities: string[] | null
  supportedParameters: string[] | null
  /** Days, `YYYY-MM-DD`: no new use from then on, and gone from then on. */
  deprecatedOn: string | null
  shutdownOn: string | null
}

/** A model in a provider's listing. */
export interface ListedModel extends ModelFacts {
  model: string
  /** As listed. */
  price: Price | null
}

/** A model in the database. */
export interface CatalogModel extends Omit<ModelFacts, 'type'> {
  provider: string
  model: string
  /** Null until known. */
  type: ModelType | null
  /** Whether the provider lists it; null if it was never asked. */
  available: boolean | null
  lastSeenAt: Date | null
  leftAt: Date | null
  /** The price in force. */
  price: Price | null
}

/** What a listing changes in the catalog, by model id. */
export interface ModelChanges {
  added: string[]
  left: string[]
  /** Left earlier, listed again. */
  returned: string[]
  /** Their facts differ. */
  changed: string[]
}

/** A price to insert, and the one it replaces. */
export interface PriceChange {
  model: string
  before: Price | null
  price: Price
}

/** Two sources whose prices of a model differ by more than 5 %; `chosen` is used. */
export interface PriceConflict {
  model: string
  chosen: Price
  other: Price
  /** As a fraction of the larger. */
  gap: number
}

/** An active target whose model is gone, or about to be. */
export interface LeavingTarget {
  target: Target
  /** Null if it is already gone. */
  shutdownOn: string | null
  /** The model to use instead; null if none is known. */
  successor: string | null
  /** Whether this sync switched it to its successor. */
  healed: boolean
  /** It is kept in firsttoken.yaml, so nothing else changes it. */
  isOwned: boolean
}

/** The result of syncing one provider. */
export interface SyncOutcome {
  id: string
  provider: { id: string; name: string }
  /**
   * `saved`; `planned` in a dry run; `refused` if the listing is implausible; `failed` without one. Only
   * `saved` changes anything.
   */
  status: 'saved' | 'planned' | 'refused' | 'failed'
  /** Why it was refused or failed, else null. */
  reason: string | null
  startedAt: Date
  finishedAt: Date
  /** Models in the listing, and the chat models among them. */
  listed: number
  chat: number
  /** Rows of the listing that are not models. */
  unreadable: number
  changes: ModelChanges
  prices: PriceChange[]
  conflicts: PriceConflict[]
  leaving: LeavingTarget[]
  /** Chat models without a price in any source. */
  unpriced: number
}

const snapshot = /-(\d{8}|\d{4}-\d{2}-\d{2})$/

/** The alias of a dated snapshot; null if the id is not a snapshot's. */
export const aliasOf = (id: string): string | null => (snapshot.test(id) ? id.replace(snapshot, '') : null)

/** Every model name a provider answers to: the ids it lists and the aliases of its dated snapshots. */
export const servedNames = (listed: Iterable<string>): ReadonlySet<string> =>
  new Set([...listed].flatMap((id) => [id, aliasOf(id) ?? id]))

/**
 * The name that providers of a model have in common: `openai/GPT-OSS-20b:free` is `gpt-oss-20b`, and `qwen3:8b` is one of
 * its own. firsttoken.bare_name says the same in SQL.
 */
export const bareName = (model: string): string =>
  model
    .toLowerCase()
    .replace(/^.*\//s, '')
    .replace(/:[a-z]+$/, '')
