import { z } from 'zod'
import type { App } from '../jobs/app.ts'
import { readHealth } from '../jobs/health.ts'
import { type HealthJudgement, judgeHealth } from '../run/health.ts'
import { intervalOf } from '../run/slot.ts'
import { type Health, StoreError } from '../store/store.ts'

/** What the endpoint answers: nothing that needs a secret. */
export const healthAnswer = z.strictObject({
  status: z.enum(['ok', 'failing']),
  /** What is wrong, or null. */
  reason: z.string().nullable(),
  last_finished_at: z.iso.datetime().nullable(),
  interval_s: z.number().nullable(),
  checked_at: z.iso.datetime(),
  /** The last of the twenty latest runs whose worker was killed, or had to be ended because it was stuck. */
  abandoned: z.strictObject({ run_name: z.string(), slot: z.iso.datetime().nullable() }).optional(),
})

/** Monitors give up after 10 s or more, and would not learn the reason. */
const defaultLimitMs = 8000

/** Answers 200 if scheduled runs finish in time, else 503 with the reason. */
export async function healthHandler(
  { store, config, clock, log }: Pick<App, 'store' | 'config' | 'clock' | 'log'>,
  limitMs = defaultLimitMs,
): Promise<Response> {
  const { schedule } = config.defaults
  try {
    const health = await readHealth({ store, config }, limitMs)
    const { state, intervalMs } = judgeHealth(health, schedule)
    const { lastFinishedAt, abandoned, now: checkedAt } = health
    return healthResponse({ reason: reasons[state], lastFinishedAt, intervalMs, checkedAt, abandoned })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.error({ kind: error.kind, code: error.code }, error.message)
    const checkedAt = clock.date()
    const intervalMs = intervalOf(schedule.cron, checkedAt)
    return healthResponse({ reason: unreachableReason, intervalMs, checkedAt })
  }
}

/** The only reason shown if the store fails, because its message may name hosts. */
export const unreachableReason = 'database unreachable'

const reasons: Readonly<Record<HealthJudgement['state'], string | null>> = {
  kept: null,
  overdue: 'no scheduled run finished within 2.5 intervals',
  never: 'no scheduled run has finished yet',
}

/** What is known of the health of an installation. */
interface Finding {
  reason: string | null
  lastFinishedAt?: Date | null
  intervalMs: number | null
  checkedAt: Date
  abandoned?: Health['abandoned'] | undefined
}

/** The answer of the health endpoint. */
export function healthResponse(finding: Finding): Response {
  const { reason, lastFinishedAt = null, intervalMs, checkedAt, abandoned } = finding
  const answer: z.infer<typeof healthAnswer> = {
    status: reason === null ? 'ok' : 'failing',
    reason,
    last_finished_at: lastFinishedAt?.toISOString() ?? null,
    interval_s: intervalMs === null ? null : intervalMs / 1000,
    checked_at: checkedAt.toISOString(),
    ...(abandoned && {
      abandoned: { run_name: abandoned.runName, slot: abandoned.slot?.toISOString() ?? null },
    }),
  }
  const status = reason === null ? 200 : 503
  return Response.json(answer, { status, headers: { 'cache-control': 'no-store' } })
}
