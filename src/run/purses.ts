import type { Budget } from '../core/budget.ts'
import { slotsBetween } from './slot.ts'
import type { Pace, Purse } from './thin.ts'

/** Limits, and what was spent of them. */
export interface Spending {
  budget: Budget
  /** What days cost, in USD: `2026-11-30`, in UTC. */
  days: readonly { day: string; usd: number }[]
}

const dayMs = 86_400_000
const daysAWeek = 7

/**
 * What the limits have left in a slot of a schedule, and for how many slots, those of the week from then on counted. Day and
 * month are those of the slot, in UTC: a plan may be made before its day begins.
 */
export function calendarOf(slot: Date, cron: string, spending: Spending): { purses: Purse[]; pace: Pace } {
  const { usdPerDay, usdPerMonth } = spending.budget
  const slots = slotsBetween(cron, slot, new Date(slot.getTime() + daysAWeek * dayMs))
  const countUntil = (end: number) => slots.filter((each) => each.getTime() < end).length
  const [year, month, date] = [slot.getUTCFullYear(), slot.getUTCMonth(), slot.getUTCDate()]
  const today = countUntil(Date.UTC(year, month, date + 1))
  const slotsADay = countUntil(slot.getTime() + dayMs)
  const usually = slots.length / daysAWeek
  const daysOfMonth = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const thisMonth = today + usually * (daysOfMonth - date)
  const iso = slot.toISOString()
  const gaps = slots.slice(1).map((each, index) => each.getTime() - (slots[index]?.getTime() ?? 0))
  return {
    purses: [
      ...purseOf(usdPerDay, {
        spentUsd: spentIn(iso.slice(0, 10), spending),
        slotsLeft: today,
        slots: slotsADay,
      }),
      ...purseOf(usdPerMonth, {
        spentUsd: spentIn(iso.slice(0, 7), spending),
        slotsLeft: thisMonth,
        slots: Math.max(thisMonth, usually * daysOfMonth),
      }),
    ],
    pace: { slotsADay, gapMinutes: Math.min(daysAWeek * dayMs, ...gaps) / 60_000 },
  }
}

const purseOf = (limitUsd: number | null, purse: Omit<Purse, 'limitUsd'>): Purse[] =>
  limitUsd === null ? [] : [{ limitUsd, ...purse }]

/** Of a day or a month, in USD. */
const spentIn = (start: string, { days }: Spending): number =>
  days.filter(({ day }) => day.startsWith(start)).reduce((total, { usd }) => total + usd, 0)
