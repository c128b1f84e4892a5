import { z } from 'zod'

/** Which page of a list is asked for: the query parameters of every list. */
export const pageQuery = {
  after: z.string().min(1).max(512).nullable().default(null),
  limit: z.coerce.number().int().min(1).max(500).default(100),
}

/** A page of such rows: `next` is the `after` of the following page, null at the end. */
export const page = <Row extends z.ZodType>(row: Row) =>
  z.strictObject({ rows: z.array(row), next: z.string().nullable() })

/** The id of a provider: `openai`. */
export const providerId = z.string().min(1).max(200)

/** The id of a model as its provider writes it. */
export const modelId = z.string().min(1).max(500)
