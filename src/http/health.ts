import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Clock } from '../core/clock.ts'
import { type HealthJudgement, judgeHealth } from '../run/health.ts'
import { intervalOf, type Schedule } from '../run/slot.ts'
import { type Health, StoreError } from '../store/store.ts'

/** What the health endpoint is made with. */
export interface HealthParts {
  log: Logger
  clock: Clock
  schedule: Schedule
  /** Opens the store, asks it and closes it; rejects with StoreError. */
  readHealth: () => Promise<Health>
  /** How long the database may take, in ms. */
  healthLimitMs?: number
}

/** What is told of the health of an installation: nothing that needs a secret. */
interface Report {
  /** What is wrong, or null. */
  reason: string | null
  lastFinishedAt?: Date | null
  intervalMs: number | null
  checkedAt: Date
}

/** Watchers give up after 10 s and more, and would not learn the reason. */
const defaultLimitMs = 8000

/** Answers whoever watches the monitor: 200 where scheduled runs finish in time, else 503 with the reason. */
export async function healthHandler(parts: HealthParts): Promise<Response> {
  const { clock, schedule, log } = parts
  try {
    const health = await within(parts.healthLimitMs ?? defaultLimitMs, parts.readHealth())
    const { state, intervalMs } = judgeHealth(health, schedule)
    return healthResponse({ ...health, reason: reasons[state], intervalMs, checkedAt: health.now })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.error({ kind: error.kind, code: error.code }, error.message)
    const checkedAt = clock.date()
    const intervalMs = intervalOf(schedule.cron, checkedAt)
    return healthResponse({ reason: databaseAway, intervalMs, checkedAt })
  }
}

/** All that is said of a store that fails: its message may name hosts. */
export const databaseAway = 'database away'

const reasons: Readonly<Record<HealthJudgement['state'], string | null>> = {
  kept: null,
  overdue: 'no scheduled run finished within 2.5 intervals',
  never: 'no scheduled run has finished yet',
}

/** The answer to whoever asks how we are. */
export const healthResponse = ({ reason, lastFinishedAt = null, intervalMs, checkedAt }: Report): Response =>
  Response.json(
    {
      status: reason === null ? 'ok' : 'failing',
      reason,
      last_finished_at: lastFinishedAt,
      interval_s: intervalMs === null ? null : intervalMs / 1000,
      checked_at: checkedAt,
    },
    { status: reason === null ? 200 : 503, headers: { 'cache-control': 'no-store' } },
  )

async function within(limitMs: number, health: Promise<Health>): Promise<Health> {
  const settled = new AbortController()
  const late = setTimeout(limitMs, null, { signal: settled.signal }).then(() => {
    throw new StoreError('timeout', `read_health: no answer within ${limitMs / 1000} s.`)
  })
  try {
    return await Promise.race([health, late])
  } finally {
    settled.abort()
  }
}
