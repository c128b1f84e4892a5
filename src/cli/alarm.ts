import { schedule } from 'node-cron'

/** When to wake: after so many ms; `at` if that is a moment of the wall clock. */
interface WakeUp {
  inMs: number
  at: Date | null
}

/** Calls back, at least once, when it is time to wake. Returns what cancels it. */
export type SetAlarm = (when: WakeUp, wake: () => void) => () => void

/**
 * An alarm by node-cron, and by a timer in case the clock is set meanwhile. node-cron gets a pattern of one
 * moment a year, because it counts every fire time that has passed since its last beat, one by one: after a
 * step of the clock there may be millions.
 */
export const setAlarm: SetAlarm = ({ inMs, at }, wake) => {
  const timer = setTimeout(wake, inMs)
  const task = at === null ? null : schedule(momentOf(at), wake, howeverLate)
  return () => {
    clearTimeout(timer)
    void task?.destroy()
  }
}

/** What being late means is decided by whoever wakes. */
const howeverLate = { timezone: 'UTC', missedExecutionTolerance: Infinity, suppressMissedWarning: true }

const momentOf = (at: Date): string =>
  `${at.getUTCSeconds()} ${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`
