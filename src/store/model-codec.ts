import { z } from 'zod'
import { type CatalogModel, type ListedModel, modelTypes, type SyncOutcome } from '../core/catalog.ts'
import type { JsonObject } from '../core/json.ts'
import { type Slo, slo, type SloChange } from '../core/objective.ts'
import type { PlannedProvider, Target, TargetLimits, TargetParameters, Trigger } from '../core/plan.ts'
import type { Price } from '../core/price.ts'
import { date, fromColumns, toColumns } from './columns.ts'
import { type Owner, owner } from './config-codec.ts'
import { type Page, pageOf } from './page.ts'
import { target, toProviderRow } from './plan-codec.ts'
import { price, toPriceRow, toPriceRowOrNull } from './price-codec.ts'

/** A model with its targets. */
export interface ModelRecord extends CatalogModel {
  id: string
  /** Who keeps a person's own price. */
  priceOwnedBy: Owner
  targets: TargetRecord[]
}

/** A target, and whether every run calls it; null if it was only called by hand. */
export interface TargetRecord extends Target {
  id: string
  active: boolean | null
  limits: TargetLimits
  ownedBy: Owner
  /** Null if it has no objectives. */
  slo: Slo | null
  /** How far apart its scheduled calls are at least; null if it is called in every slot. */
  everyMinutes: number | null
  /** The longer interval that a budget leaves it; null if it is not thinned. */
  thinnedMinutes: number | null
}

/** A sync of one provider, with what it changes. */
export interface SyncInput {
  about: PlannedProvider
  trigger: Trigger
  outcome: SyncOutcome
  /** The listing; empty if it changes nothing. */
  models: ListedModel[]
}

/** A row of syncs with the database's column names, and the provider's short name. */
export type SyncRow = Record<string, unknown> & { id: string; provider: string; status: string }

/**
 * A target to activate, deactivate, limit, space or set objectives for: the one with these parameters, or all of the model if there are none.
 */
export interface TargetInput {
  provider: string
  /** Creates the provider if the database does not have it. */
  about: PlannedProvider | null
  model: string
  parameters: TargetParameters | null
  region: string | null
  /** Null leaves it as it is. */
  active: boolean | null
  /** Those that are left out stay; null takes one away. */
  limits?: Partial<TargetLimits>
  /** The same. */
  slo?: SloChange
  /** The same. */
  everyMinutes?: number | null
}

/** A person's own price of a model; null ends it. */
export interface PriceInput {
  provider: string
  about: PlannedProvider | null
  model: string
  price: Price | null
}

// ---- to the database

const toTargetRow = ({ parameters, ...rest }: Target): JsonObject => ({
  ...toColumns(rest),
  parameters: toColumns(parameters),
})

/** The details of a sync, as its row keeps them and `--json` shows them. */
const toSyncDetails = ({ outcome }: Pick<SyncInput, 'outcome'>): JsonObject => ({
  ...toColumns(outcome.changes),
  prices: outcome.prices.map(({ model, before, price: now }) => ({
    model,
    before: toPriceRowOrNull(before),
    price: toPriceRow(now),
  })),
  conflicts: outcome.conflicts.map(({ model, chosen, other, gap }) => ({
    model,
    chosen: toPriceRow(chosen),
    other: toPriceRow(other),
    gap,
  })),
  leaving: outcome.leaving.map(({ target: leaving, shutdownOn, successor, healed }) => ({
    target: toTargetRow(leaving),
    shutdown_on: shutdownOn,
    successor,
    healed,
  })),
})

/** A sync as its row of syncs, without the provider. */
export function toSyncRow({ outcome, trigger }: Pick<SyncInput, 'outcome' | 'trigger'>): JsonObject {
  const { id, status, reason, startedAt, finishedAt, listed, chat, unreadable, unpriced, changes } = outcome
  const about = { id, triggeredBy: trigger, status, reason, startedAt, finishedAt }
  const counts = {
    nListed: listed,
    nChat: chat,
    nUnreadable: unreadable,
    nAdded: changes.added.length,
    nLeft: changes.left.length,
    nReturned: changes.returned.length,
    nChanged: changes.changed.length,
    nPrices: outcome.prices.length,
    nConflicts: outcome.conflicts.length,
    nLeaving: outcome.leaving.length,
    nUnpriced: unpriced,
  }
  return { ...toColumns({ ...about, ...counts }), details: toSyncDetails({ outcome }) }
}

/** A sync as `save_sync` takes it. */
export function toSyncInput(sync: SyncInput): JsonObject {
  const { about, outcome, models } = sync
  const healed = outcome.leaving.filter(({ healed: done }) => done)
  const switches = Map.groupBy(healed, ({ target: { model } }) => model)
  return {
    about: toProviderRow(about),
    sync: toSyncRow(sync),
    models: models.map(toModelRow),
    left: outcome.changes.left,
    prices: outcome.prices.map(({ model, price: now }) => ({ model, price: toPriceRow(now) })),
    switches: [...switches].map(([from, [first]]) => ({ from, to: first?.successor ?? from })),
  }
}

const toModelRow = (model: ListedModel): JsonObject => toColumns({ ...model, price: undefined })

const toAbout = (about: PlannedProvider | null) => (about === null ? null : toProviderRow(about))

/** A target as `set_target` takes it. */
export const toTargetInput = ({ about, parameters, limits, ...rest }: TargetInput): JsonObject => ({
  ...toColumns(rest),
  ...(limits !== undefined && { limits: toColumns(limits) }),
  about: toAbout(about),
  parameters: parameters === null ? null : toColumns(parameters),
})

/** A person's price as `set_price` takes it. */
export const toPriceInput = ({ about, price: own, ...rest }: PriceInput): JsonObject => ({
  ...toColumns(rest),
  about: toAbout(about),
  price: toPriceRowOrNull(own),
})

/** A model as `--json` shows it, with the database's column names. */
export const toModelDocument = ({ price: own, targets, ...model }: ModelRecord): JsonObject => ({
  ...toColumns(model),
  price: toPriceRowOrNull(own),
  targets: targets.map(toTargetDocument),
})

/** A target as `--json` and the API show it, with the database's column names. */
export const toTargetDocument = ({ limits, ...rest }: TargetRecord): JsonObject => ({
  ...toTargetRow(rest),
  limits: toColumns(limits),
})

// ---- from the database

const limit = z.number().nullable().default(null)
const targetRecord: z.ZodType<TargetRecord> = fromColumns(
  target.extend({
    id: z.string(),
    active: z.boolean().nullable(),
    limits: fromColumns(z.object({ ttftMs: limit, latencyMs: limit })),
    ownedBy: owner,
    slo: slo.nullable().default(null),
    everyMinutes: z.int().nullable().default(null),
    thinnedMinutes: z.int().nullable().default(null),
  }),
)
const texts = z.array(z.string()).nullable()

export const modelPage: z.ZodType<Page<ModelRecord>> = pageOf(
  fromColumns(
    z.object({
      id: z.string(),
      provider: z.string(),
      model: z.string(),
      displayName: z.string().nullable(),
      type: z.enum(modelTypes).nullable(),
      contextWindow: z.int().nullable(),
      outputLimit: z.int().nullable(),
      inputModalities: texts,
      outputModalities: texts,
      supportedParameters: texts,
      deprecatedOn: z.string().nullable(),
      shutdownOn: z.string().nullable(),
      available: z.boolean().nullable(),
      lastSeenAt: date.nullable(),
      leftAt: date.nullable(),
      // An unreadable price counts as none; the next sync rewrites it.
      price: price.nullable().catch(null),
      priceOwnedBy: owner,
      targets: z.array(targetRecord),
    }),
  ),
)

/** Rows keep the database's names, and columns that this version does not know. */
export const syncPage: z.ZodType<Page<SyncRow>> = pageOf(
  z.looseObject({ id: z.string(), provider: z.string(), status: z.string() }),
)

export const targetsOutput = z.object({ rows: z.array(targetRecord), changed: z.int() })

export const thinnedOutput = z.object({ changed: z.int() })

export const priceOutput = z.object({ price: price.nullable() })
