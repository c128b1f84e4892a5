import { z } from 'zod'
import { objectives } from '../core/objective.ts'
import { count, figure, parameters, text } from './read-codec.ts'

/** The view `slo_status`: how each objective of a target fares in each region. */
export const objectiveList = z.object({
  rows: z.array(
    z
      .object({
        target_id: z.string(),
        provider: text,
        model: z.string(),
        parameters,
        region: text,
        objective: z.enum(objectives),
        /** Of the checks or samples, so many must be good; of a timing, within so many ms. */
        share: z.number(),
        within_ms: count.nullable(),
        days: count,
        n: count,
        bad: count,
        /** Rounded down. */
        good_percent: figure,
        /** How many of n may be bad, and which share of that is left: below 0 if it is overspent. */
        budget: z.number(),
        budget_left: figure,
        n_24h: count,
        bad_24h: count,
        /** How many times as fast as it allows the budget was spent. */
        burn_24h: figure,
        n_7d: count,
        bad_7d: count,
        burn_7d: figure,
        /** The share that is proven with 95 % confidence, and what as many would prove if all were good. */
        proven: figure,
        provable: figure,
        /** How many, all good, would prove the objective. */
        n_needed: count,
      })
      .meta({ id: 'Objective' }),
  ),
})
