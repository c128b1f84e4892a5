import type { Check } from '../core/check.ts'
import type { Clock } from '../core/clock.ts'
import { judgeHealth } from '../run/health.ts'
import { nextSlot, type Schedule } from '../run/slot.ts'
import type { Health } from '../store/store.ts'
import { fail, ok, warn } from './check.ts'

/** When the next run is due, and whether the last one finished in time. */
export function scheduleCheck(health: Health, schedule: Schedule, clock: Pick<Clock, 'date'>): Check {
  const { state, limitMs } = judgeHealth(health, schedule)
  const { lastFinishedAt, lastStatus, now } = health
  const next = `${schedule.cron} (UTC), next at ${nextSlot(schedule.cron, clock.date())?.toISOString() ?? 'never'}`
  const latest = lastStatus === null || lastStatus === 'finished' ? '' : `; the latest run is ${lastStatus}`
  const name = 'schedule'
  if (lastFinishedAt === null)
    return warn(name, `${next}; no scheduled run has finished yet${latest}`, howToSchedule)
  const ago = spanText(Math.max(0, now.getTime() - lastFinishedAt.getTime()))
  const limit = limitMs === null ? '' : ` (at most ${spanText(limitMs)})`
  const message = `${next}; the last run finished ${ago} ago${limit}${latest}`
  return state === 'kept' ? ok(name, message) : fail(name, message, howToSchedule)
}

const howToSchedule =
  'make sure that a Vercel cron, pg_cron or pnpm tsx scripts/schedule.ts is running, and read its log'

/** A duration in the largest unit of which it is at least two: `90 s`, `37.5 min`, `3 days`. */
export function spanText(ms: number): string {
  const units = [
    ['days', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
  ] as const
  const [unit, size] = units.find(([, each]) => ms >= 2 * each) ?? ['s', 1000]
  return `${Number((ms / size).toFixed(1))} ${unit}`
}
