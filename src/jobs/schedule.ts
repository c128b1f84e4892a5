import type { Config } from './config.ts'

/** What a schedule can start. */
export type JobName = 'benchmark' | 'sync-models' | 'prune'

/** A job that is started at every fire time of a cron expression, in UTC. */
export interface ScheduledJob {
  /** For people: `the model sync failed`. */
  name: string
  cron: string
  job: JobName
}

/** What an installation does on a schedule: for whatever keeps time, be it node-cron, Vercel's crons, or pg_cron. */
export const scheduleOf = ({ defaults, sync, retention }: Config): ScheduledJob[] => [
  { name: 'benchmark', cron: defaults.schedule.cron, job: 'benchmark' },
  { name: 'model sync', cron: sync.cron, job: 'sync-models' },
  { name: 'pruning', cron: retention.cron, job: 'prune' },
]
