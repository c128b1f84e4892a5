import type { KeptJob } from '../run/vigil.ts'
import { nextSlot } from '../run/slot.ts'
import type { Config } from './config.ts'

/** What a schedule can start. */
export type JobName = 'benchmark' | 'sync-models' | 'prune' | 'leaderboards'

/** A job and the cron expression, in UTC, at whose fire times it starts. */
export interface ScheduledJob extends KeptJob {
  job: JobName
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** The scheduled jobs of an installation, whatever triggers them: its own scheduler, Vercel's crons or pg_cron. */
export const scheduleOf = ({ defaults, sync, retention }: Config): ScheduledJob[] => {
  const { schedule, timeouts } = defaults
  return [
    {
      name: schedule.name,
      cron: schedule.cron,
      job: 'benchmark',
      hasRuns: true,
      limitMs: (now) => untilLate(schedule.cron, now) + 2 * timeouts.total + 5 * minuteMs,
      lastMs: timeouts.total + minuteMs,
    },
    { name: 'model sync', cron: sync.cron, job: 'sync-models', ...rare, limitMs: () => hourMs },
    { name: 'pruning', cron: retention.cron, job: 'prune', ...rare, limitMs: () => 6 * hourMs },
    // Away from the quarters of an hour, at which runs begin by default.
    { name: 'leaderboards', cron: '25 * * * *', job: 'leaderboards', ...rare, limitMs: () => 2 * hourMs },
  ]
}

const rare = { hasRuns: false, lastMs: 2 * minuteMs }

/** Probes begin until then; one that is in hand, and its recheck, may take longer. */
const untilLate = (cron: string, now: Date): number =>
  Math.min((nextSlot(cron, now)?.getTime() ?? Infinity) - now.getTime(), 24 * hourMs)
