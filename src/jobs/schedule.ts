import type { Config } from './config.ts'

/** What a schedule can start. */
export type JobName = 'benchmark' | 'sync-models' | 'prune'

/** A job and the cron expression, in UTC, at whose fire times it starts. */
export interface ScheduledJob {
  /** For people: `the model sync failed`. */
  name: string
  cron: string
  job: JobName
}

/** The scheduled jobs of an installation, whatever triggers them: node-cron, Vercel's crons or pg_cron. */
export const scheduleOf = ({ defaults, sync, retention }: Config): ScheduledJob[] => [
  { name: 'benchmark', cron: defaults.schedule.cron, job: 'benchmark' },
  { name: 'model sync', cron: sync.cron, job: 'sync-models' },
  { name: 'pruning', cron: retention.cron, job: 'prune' },
]
