import { z } from 'zod'

/** A page of a list: `next` is the `after` of the following page, null at the end. */
export interface Page<Row> {
  rows: Row[]
  next: string | null
}

/** Which page of a list, and how long it may be. */
export interface PageInput {
  after: string | null
  limit: number
}

/** A page of such rows. */
export const pageOf = <Row>(row: z.ZodType<Row>) =>
  z.object({ rows: z.array(row), next: z.string().nullable() })
