import { z } from 'zod'
import { budget } from '../store/statistics-codec.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'

const limit = z.number().nullable()

/** What was spent, with its limits. */
export const spending = budget.extend({
  /** BUDGET_USD_PER_DAY and BUDGET_USD_PER_MONTH; null without a limit. */
  limits: z.strictObject({ usd_per_day: limit, usd_per_month: limit }),
})

/** What was spent, and what may be. */
export const addBudget = (api: Api, { app, openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/budget',
      access: 'read',
      tag: 'costs',
      summary: 'What was spent today, this month and by day, and the limits of both',
      answer: spending,
    },
    async () => {
      const { usdPerDay = null, usdPerMonth = null } = app.config.defaults.budget ?? {}
      const spent = await (await openStore()).readBudget({})
      return { ...spent, limits: { usd_per_day: usdPerDay, usd_per_month: usdPerMonth } }
    },
  )
