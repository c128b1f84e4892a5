import { z } from 'zod'
import { modelId, providerId } from './page.ts'

/** What makes one target of a model differ from another. */
export const parametersRow = z.strictObject({
  reasoning: z.enum(['least', 'default']),
  pin: z.string().min(1).max(200).optional(),
  max_tokens: z.int().min(1).max(1_000_000).optional(),
})

/** A target, with the database's column names; `active` is null if it was only called by hand. */
export const targetRow = z
  .strictObject({
    provider: providerId,
    model: modelId,
    parameters: parametersRow,
    region: z.string().nullable(),
    active: z.boolean().nullable(),
  })
  .meta({ id: 'Target' })

/** A target as a row. */
export type TargetRow = z.infer<typeof targetRow>
