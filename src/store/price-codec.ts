import { z } from 'zod'
import type { JsonObject } from '../core/json.ts'
import type { Price, RateOverride } from '../core/price.ts'
import { fromColumns, toColumns } from './columns.ts'

/** A price as plans, results and `save_price` carry it. */
export const toPriceRow = (price: Price): JsonObject => ({
  ...toColumns(price),
  overrides: price.overrides.map(toColumns),
})

/** `toPriceRow`, or null if the price is unknown. */
export const toPriceRowOrNull = (price: Price | null) => (price === null ? null : toPriceRow(price))

const rate = z.number().nullable()
const override: z.ZodType<RateOverride> = fromColumns(
  z.object({
    overInputTokens: z.number().exactOptional(),
    fromUtc: z.string().exactOptional(),
    toUtc: z.string().exactOptional(),
    inputPerM: z.number().exactOptional(),
    outputPerM: z.number().exactOptional(),
    cachedPerM: rate.exactOptional(),
    cacheWritePerM: rate.exactOptional(),
    reasoningPerM: rate.exactOptional(),
  }),
)

/** Plans of earlier versions lack the fields that have a default. */
export const price: z.ZodType<Price> = fromColumns(
  z.object({
    inputPerM: z.number(),
    outputPerM: z.number(),
    cachedPerM: rate,
    cacheWritePerM: rate.default(null),
    reasoningPerM: rate,
    overrides: z.array(override).default([]),
    source: z.string(),
    asOf: z.string().nullable().default(null),
  }),
)
