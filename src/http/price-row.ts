import { z } from 'zod'

const rate = z.number().nullable()

/** The price of a model in USD per million tokens, with the database's column names. */
export const priceRow = z
  .strictObject({
    input_per_m: z.number(),
    output_per_m: z.number(),
    cached_per_m: rate,
    cache_write_per_m: rate,
    reasoning_per_m: rate,
    overrides: z.array(
      z.strictObject({
        over_input_tokens: z.number().optional(),
        from_utc: z.string().optional(),
        to_utc: z.string().optional(),
        input_per_m: z.number().optional(),
        output_per_m: z.number().optional(),
        cached_per_m: rate.optional(),
        cache_write_per_m: rate.optional(),
        reasoning_per_m: rate.optional(),
      }),
    ),
    source: z.string(),
    as_of: z.string().nullable(),
  })
  .meta({ id: 'Price' })

/** A price as a row. */
export type PriceRow = z.infer<typeof priceRow>
