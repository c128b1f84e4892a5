import { z } from 'zod'
import { judgeHealth } from '../run/health.ts'
import { nextSlot } from '../run/slot.ts'
import { scheduleOf } from '../jobs/schedule.ts'
import type { Api } from './api.ts'
import type { HttpParts } from './parts.ts'

const moment = z.iso.datetime().nullable()

/** How punctual the installation is. */
export const health = z
  .strictObject({
    status: z.enum(['ok', 'failing']),
    /** `kept`, `overdue`, or `never` if no scheduled run has finished yet. */
    state: z.enum(['kept', 'overdue', 'never']),
    last_finished_at: moment,
    last_status: z.string().nullable(),
    /** When a provider was last asked for its models; null if none ever was. */
    last_synced_at: moment,
    /** How long after the end of the last run the schedule is overdue, in s; null if it fires only once. */
    limit_s: z.number().nullable(),
    /** How much longer than that it has been, in s; 0 if it is not overdue. */
    late_s: z.number(),
    interval_s: z.number().nullable(),
    /** The clock of the database, by which this is judged. */
    checked_at: z.iso.datetime(),
    schedule: z.array(
      z.strictObject({ job: z.string(), name: z.string(), cron: z.string(), next_at: moment }),
    ),
    region: z.string(),
    /** The last of the twenty latest runs whose worker was lost; null if none was. */
    abandoned: z.strictObject({ run_name: z.string(), slot: moment }).nullable(),
  })
  .meta({ id: 'Health' })

const isoOf = (at: Date | null | undefined): string | null => at?.toISOString() ?? null

/** How punctual the installation is. Monitors use /api/health, whose status says it. */
export const addHealth = (api: Api, { app, openStore }: HttpParts): void =>
  api.add(
    {
      method: 'get',
      path: '/health',
      access: 'read',
      tag: 'health',
      summary: 'Whether scheduled runs finish in time, how late they are, and what comes next',
      answer: health,
    },
    async () => {
      const { schedule, region } = app.config.defaults
      const store = await openStore()
      const read = await store.readHealth({ schedule: schedule.name })
      const { state, intervalMs, limitMs } = judgeHealth(read, schedule)
      const { lastFinishedAt, lastStatus, lastSyncedAt, now, abandoned } = read
      const sinceMs = lastFinishedAt === null ? 0 : now.getTime() - lastFinishedAt.getTime()
      return {
        status: state === 'kept' ? ('ok' as const) : ('failing' as const),
        state,
        last_finished_at: isoOf(lastFinishedAt),
        last_status: lastStatus,
        last_synced_at: isoOf(lastSyncedAt),
        limit_s: limitMs === null ? null : limitMs / 1000,
        late_s: limitMs === null ? 0 : Math.max(0, (sinceMs - limitMs) / 1000),
        interval_s: intervalMs === null ? null : intervalMs / 1000,
        checked_at: now.toISOString(),
        schedule: scheduleOf(app.config).map(({ job, name, cron }) => ({
          job,
          name,
          cron,
          next_at: isoOf(nextSlot(cron, now)),
        })),
        region,
        abandoned: abandoned ? { run_name: abandoned.runName, slot: isoOf(abandoned.slot) } : null,
      }
    },
  )
