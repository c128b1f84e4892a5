import type { HttpParts } from './parts.ts'
import { refuse } from './problem-details.ts'

/** Answers that stream at once: as many as a few people look at, side by side. */
const mostAtOnce = 8

/** Places for answers that stream. */
export interface ChatPlaces {
  /** Sends one more, which has a place until its record is there; or the refusal. */
  take: <Sent extends { record: Promise<unknown> }>(send: () => Sent) => Sent | Response
}

/** The places of a server. */
export function chatPlaces(): ChatPlaces {
  let taken = 0
  const free = () => {
    taken -= 1
  }
  return {
    take: (send) => {
      if (taken >= mostAtOnce)
        return refuse('rate_limited', `${taken} answers stream already: wait until one of them has ended`)
      const sent = send()
      taken += 1
      sent.record.then(free, free)
      return sent
    },
  }
}

/** Why nothing may be spent any more; null if something may. Those that stream may exceed the budget. Rejects with StoreError. */
export async function budgetRefusal({
  app,
  openStore,
}: Pick<HttpParts, 'app' | 'openStore'>): Promise<Response | null> {
  const { usdPerDay = null, usdPerMonth = null } = app.config.defaults.budget ?? {}
  if (usdPerDay === null && usdPerMonth === null) return null
  const spent = await (await openStore()).readBudget({})
  if (usdPerDay !== null && spent.usd_today >= usdPerDay)
    return refuse('budget_spent', `the budget of ${usdPerDay} USD a day is used up until midnight (UTC)`)
  return usdPerMonth !== null && spent.usd_this_month >= usdPerMonth
    ? refuse(
        'budget_spent',
        `the budget of ${usdPerMonth} USD a month is used up until the next one begins (UTC)`,
      )
    : null
}
