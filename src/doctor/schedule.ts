import type { Check } from '../core/check.ts'
import type { Clock } from '../core/clock.ts'
import { spanText } from '../core/span.ts'
import { dialectNotes } from '../run/cron-dialect.ts'
import { judgeHealth } from '../run/health.ts'
import { nextSlot, type Schedule } from '../run/slot.ts'
import type { Health } from '../store/store.ts'
import { fail, ok, warn } from './check.ts'

/** When the next run is due, and whether the last one finished in time. */
export function scheduleCheck(health: Health, schedule: Schedule, clock: Pick<Clock, 'date'>): Check {
  const { state, limitMs } = judgeHealth(health, schedule)
  const { lastFinishedAt, lastStatus, now } = health
  const { cron } = schedule
  const due = `${cron} (UTC), next at ${nextSlot(cron, clock.date())?.toISOString() ?? 'never'}`
  const next = [due, ...dialectNotes(cron)].join('; ')
  const latest = lastStatus === null || lastStatus === 'finished' ? '' : `; the latest run is ${lastStatus}`
  const lost = health.abandoned === undefined ? null : lostText(health.abandoned)
  const name = 'schedule'
  if (lastFinishedAt === null)
    return warn(name, `${next}; no scheduled run has finished yet${latest}`, howToSchedule)
  const ago = spanText(Math.max(0, now.getTime() - lastFinishedAt.getTime()))
  const limit = limitMs === null ? '' : ` (at most ${spanText(limitMs)})`
  const message = `${next}; the last run finished ${ago} ago${limit}${latest}`
  if (state !== 'kept') return fail(name, message, howToSchedule)
  return lost === null ? ok(name, message) : warn(name, `${message}; ${lost}`, howToFindOut)
}

const lostText = ({ runName, slot }: Lost): string =>
  `the ${runName}${slot === null ? '' : ` of ${slot.toISOString()}`} was abandoned`

type Lost = NonNullable<Health['abandoned']>

const howToFindOut =
  'read its status_reason and the log: its worker was killed, or it was stuck and had to be ended'

const howToSchedule =
  'make sure that a Vercel cron, pg_cron or pnpm tsx scripts/schedule.ts is running, and read its log'
