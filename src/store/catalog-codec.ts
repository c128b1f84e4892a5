import { z } from 'zod'
import type { Target } from '../core/plan.ts'
import type { Price } from '../core/price.ts'
import { date, fromColumns } from './columns.ts'
import { target } from './plan-codec.ts'
import { price } from './price-codec.ts'

/** What a plan is made from: the active targets and the known models of some providers. */
export interface Catalog {
  targets: KnownTarget[]
  /** Targets that a person deactivated. */
  paused: { provider: string; model: string }[]
  models: KnownModel[]
  /** Median duration of each provider's latest calls, in ms. */
  pace: { provider: string; typicalMs: number }[]
  /** Those of the last three slots, if costs were asked for. */
  regions: string[]
  /** How many calls of a provider a fleet may have in flight from a region, if not as many as usual. */
  lanes: { provider: string; lanes: number }[]
}

/** An active target, and when scheduled runs call it; src/run/due.ts has the fields. */
export interface KnownTarget extends Target {
  id: string
  everyMinutes: number | null
  lastSlot: Date | null
  /** The longer interval that the budget left it in the last slot, in minutes; null if it was not thinned. */
  thinnedMinutes: number | null
  /** The median cost of its latest calls, in USD; null if nobody knows, or asked. */
  typicalUsd: number | null
}

/** Whose catalog is read; `costs` if targets are thinned by what they cost. */
export interface CatalogInput {
  providers: string[]
  /** Where last calls of targets count. */
  region?: string
  costs?: boolean
}

/** A model in the database, with its latest price. */
interface KnownModel {
  provider: string
  model: string
  /** Whether the provider lists it; null if it was never asked. */
  available: boolean | null
  contextWindow: number | null
  price: Price | null
}

export const catalogOutput: z.ZodType<Catalog> = z.object({
  targets: z.array(
    fromColumns(
      target.extend({
        id: z.string(),
        everyMinutes: z.int().nullable(),
        lastSlot: date.nullable(),
        thinnedMinutes: z.int().nullable().default(null),
        typicalUsd: z.number().nullable().default(null),
      }),
    ),
  ),
  paused: z.array(z.object({ provider: z.string(), model: z.string() })),
  models: z.array(
    fromColumns(
      z.object({
        provider: z.string(),
        model: z.string(),
        available: z.boolean().nullable(),
        contextWindow: z.int().nullable(),
        price: price.nullable().catch(null),
      }),
    ),
  ),
  pace: z.array(fromColumns(z.object({ provider: z.string(), typicalMs: z.number() }))),
  regions: z.array(z.string()).default([]),
  lanes: z.array(z.object({ provider: z.string(), lanes: z.int() })).default([]),
})
