import type { Target } from './plan.ts'
import type { Price } from './price.ts'

/** What a model is for. Only `chat` models are benchmarked: `responses` are text models that answer on another endpoint alone. */
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

/** What a provider says of a model; what it does not say is null. */
export interface ModelFacts {
  displayName: string | null
  type: ModelType
  /** Tokens. */
  contextWindow: number | null
  outputLimit: number | null
  inputModalities: string[] | null
  outputModalities: string[] | null
  supportedParameters: string[] | null
  /** Days, `YYYY-MM-DD`: since when nobody should begin with it, and from when on it is gone. */
  deprecatedOn: string | null
  shutdownOn: string | null
}

/** A model in a provider's listing. */
export interface ListedModel extends ModelFacts {
  model: string
  /** As the listing has it. */
  price: Price | null
}

/** A model as the database knows it. */
export interface CatalogModel extends Omit<ModelFacts, 'type'> {
  provider: string
  model: string
  /** Null while nobody has said. */
  type: ModelType | null
  /** Whether the provider lists it; null when it was never asked. */
  available: boolean | null
  lastSeenAt: Date | null
  leftAt: Date | null
  /** The price in force. */
  price: Price | null
}

/** What a listing changes in what is known, by model id. */
export interface ModelChanges {
  added: string[]
  left: string[]
  /** Had left, and are listed again. */
  returned: string[]
  /** What is said of them differs. */
  changed: string[]
}

/** A price that is to be inserted, and the one it takes the place of. */
export interface PriceChange {
  model: string
  before: Price | null
  price: Price
}

/** Two sources that differ by more than 5 % on what a model costs; `chosen` is believed. */
export interface PriceConflict {
  model: string
  chosen: Price
  other: Price
  /** As a share of the larger. */
  gap: number
}

/** An active target whose model has left, or is about to. */
export interface LeavingTarget {
  target: Target
  /** Null where it has left already. */
  shutdownOn: string | null
  /** The model to use instead; null where we know of none. */
  successor: string | null
  /** It was switched to its successor in this sync. */
  healed: boolean
}

/** What asking one provider for its models came to. */
export interface SyncOutcome {
  id: string
  provider: { id: string; name: string }
  /** `saved`; `planned` in a dry run; `refused`, where a listing is not to be believed; `failed`, where there is none. Only `saved` changed anything. */
  status: 'saved' | 'planned' | 'refused' | 'failed'
  /** Why it was refused or failed. */
  reason: string | null
  startedAt: Date
  finishedAt: Date
  /** Models in the listing, and those that chat. */
  listed: number
  chat: number
  /** Rows of the listing that are no models. */
  unreadable: number
  changes: ModelChanges
  prices: PriceChange[]
  conflicts: PriceConflict[]
  leaving: LeavingTarget[]
  /** Chat models for which no source has a price. */
  unpriced: number
}

const snapshot = /-(\d{8}|\d{4}-\d{2}-\d{2})$/

/** The alias that a dated snapshot goes by; null where the id is none of a snapshot. */
export const aliasOf = (id: string): string | null => (snapshot.test(id) ? id.replace(snapshot, '') : null)

/** Every name under which a provider answers: the ids that it lists, and the aliases of its dated snapshots. */
export const servedNames = (listed: Iterable<string>): ReadonlySet<string> =>
  new Set([...listed].flatMap((id) => [id, aliasOf(id) ?? id]))
