import { z } from 'zod'
import { storable } from '../core/json.ts'

/**
 * What may be left out, and is null then. Neither `nullable` nor `exactOptional`: the description would have the first take
 * null, and the second be required.
 */
export const maybe = <Schema extends z.ZodType>(schema: Schema) =>
  schema.optional().transform((value): z.output<Schema> | null => value ?? null)

/** Which page of a list is asked for: the query parameters of every list. */
export const pageQuery = {
  after: maybe(z.uuid()),
  limit: z.coerce.number().int().min(1).max(500).default(100),
}

/** A page of such rows: `next` is the `after` of the following page, null at the end. */
export const page = <Row extends z.ZodType>(row: Row) =>
  z.strictObject({ rows: z.array(row), next: z.string().nullable() })

/** Text of a person, which the database can hold as it is. */
export const textOf = ({ most }: { most: number }) =>
  z
    .string()
    .max(most)
    .regex(/\S/, 'must not be blank')
    .refine((text) => storable(text) === text, 'must have no NUL and no half of a character')

/** The id of a provider: `openai`. */
export const providerId = textOf({ most: 200 })

/** The id of a model as its provider writes it. */
export const modelId = textOf({ most: 500 })
