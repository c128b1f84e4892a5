import { z } from 'zod'
import { mostMinutes } from '../core/every.ts'
import { slo } from '../core/objective.ts'
import { mostLimitMs } from '../core/plan.ts'
import { modelId, providerId } from './page.ts'

/** What makes one target of a model differ from another. */
export const parametersRow = z.strictObject({
  reasoning: z.enum(['least', 'default']),
  pin: z.string().min(1).max(200).optional(),
  max_tokens: z.int().min(1).max(1_000_000).optional(),
})

/** `file`: it is kept in firsttoken.yaml, and changed there alone. */
export const ownedBy = z.enum(['file']).nullable()

const limit = z.int().min(1).max(mostLimitMs).nullable()

/** What is too slow, whatever is usual, in ms: null is no limit, and one that is left out stays as it is. */
export const limitsRow = z.strictObject({ ttft_ms: limit.exactOptional(), latency_ms: limit.exactOptional() })

/** How many minutes scheduled calls are apart at least; null is every slot, and one that is left out stays as it is. */
export const everyMinutes = z.int().min(1).max(mostMinutes).nullable().exactOptional()

/** A target, with the database's column names; `active` is null if it was only called by hand. */
export const targetRow = z
  .strictObject({
    id: z.string(),
    provider: providerId,
    model: modelId,
    parameters: parametersRow,
    region: z.string().nullable(),
    active: z.boolean().nullable(),
    /** What is too slow for it, whatever is usual; null is no limit. */
    limits: z.strictObject({ ttft_ms: z.number().nullable(), latency_ms: z.number().nullable() }),
    owned_by: ownedBy,
    /** What is good enough for it; null if nothing is said. */
    slo: slo.nullable(),
    /** How many minutes its scheduled calls are apart at least; null if it is called in every slot of the schedule. */
    every_minutes: z.int().nullable(),
    /** The longer interval that the budget leaves it, by the plan of the last slot; null if it is not thinned. */
    thinned_minutes: z.int().nullable(),
  })
  .meta({ id: 'Target' })

/** A target as a row. */
export type TargetRow = z.infer<typeof targetRow>
