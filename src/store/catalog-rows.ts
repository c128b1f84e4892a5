import { z } from 'zod'
import { type ListedModel, modelTypes } from '../core/catalog.ts'
import type { JsonObject } from '../core/json.ts'
import type { PlannedProvider, Target } from '../core/plan.ts'
import { date, fromColumns, toColumns } from './columns.ts'
import { price, toPriceRow, toPriceRowOrNull } from './price-rows.ts'
import { target } from './rows.ts'
import type { ModelRecord, Page, Store, SyncInput, SyncRow, TargetRecord } from './store.ts'

// ---- to the database

/** A provider as `get_or_create_provider` takes it. */
const toProviderRow = ({ id, ...provider }: PlannedProvider): JsonObject =>
  toColumns({ slug: id, ...provider })

const toTargetRow = ({ parameters, ...rest }: Target): JsonObject => ({
  ...toColumns(rest),
  parameters: toColumns(parameters),
})

/** The details of a sync, as they are kept in its row and shown by `--json`. */
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

/** The columns of syncs but the provider, its own and those that count. */
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

/** A sync as save_sync takes it. */
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

type Input<Method extends 'setTarget' | 'setPrice'> = Parameters<Store[Method]>[0]

const toAbout = (about: PlannedProvider | null) => (about === null ? null : toProviderRow(about))

/** A target as set_target takes it. */
export const toTargetInput = ({ about, parameters, ...rest }: Input<'setTarget'>): JsonObject => ({
  ...toColumns(rest),
  about: toAbout(about),
  parameters: parameters === null ? null : toColumns(parameters),
})

/** A person's price as set_price takes it. */
export const toPriceInput = ({ about, price: own, ...rest }: Input<'setPrice'>): JsonObject => ({
  ...toColumns(rest),
  about: toAbout(about),
  price: toPriceRowOrNull(own),
})

/** A model as `--json` shows it, with the database's names. */
export const toModelDocument = ({ price: own, targets, ...model }: ModelRecord): JsonObject => ({
  ...toColumns(model),
  price: toPriceRowOrNull(own),
  targets: targets.map(toTargetRow),
})

// ---- from the database

const targetRecord: z.ZodType<TargetRecord> = target.extend({ active: z.boolean().nullable() })
const texts = z.array(z.string()).nullable()

export const modelPage: z.ZodType<Page<ModelRecord>> = z.object({
  rows: z.array(
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
        // One that cannot be read is as good as none, and the next sync writes it anew.
        price: price.nullable().catch(null),
        targets: z.array(targetRecord),
      }),
    ),
  ),
  next: z.string().nullable(),
})

/** Rows keep the database's names, and columns that this version does not know. */
export const syncPage: z.ZodType<Page<SyncRow>> = z.object({
  rows: z.array(z.looseObject({ id: z.string(), provider: z.string(), status: z.string() })),
  next: z.string().nullable(),
})

export const targetsRow = z.object({ rows: z.array(targetRecord), changed: z.int() })

export const priceInForce = z.object({ price: price.nullable() })
