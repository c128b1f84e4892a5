import type { Health } from '../store/store.ts'
import { intervalOf, type Schedule } from './slot.ts'

/** Intervals without a finished run that are still healthy: one run may be lost, and the next takes time. */
export const mostIntervals = 2.5

/** Whether a schedule is kept. `intervalMs` is null for one that fires only once. */
export interface HealthJudgement {
  state: 'kept' | 'overdue' | 'never'
  intervalMs: number | null
  /** The longest time without a finished run, in ms. */
  limitMs: number | null
}

/** Judges by the clock of the database alone: it stamped the runs, and another clock may be off. */
export function judgeHealth(
  { lastFinishedAt, now }: Pick<Health, 'lastFinishedAt' | 'now'>,
  { cron }: Pick<Schedule, 'cron'>,
): HealthJudgement {
  const intervalMs = intervalOf(cron, now)
  const limitMs = intervalMs === null ? null : mostIntervals * intervalMs
  if (lastFinishedAt === null) return { state: 'never', intervalMs, limitMs }
  const isOverdue = limitMs !== null && now.getTime() - lastFinishedAt.getTime() > limitMs
  return { state: isOverdue ? 'overdue' : 'kept', intervalMs, limitMs }
}
