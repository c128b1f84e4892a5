import { flooredPercent } from '../core/statistics.ts'

/** What was checked over some days: `nDown` minutes were down. */
export interface Counts {
  nChecks: number
  nFailed: number
  downMinutes: number
}

/** A day of a component, or of its group. */
export interface Day extends Counts {
  /** Its beginning, in UTC. */
  at: Date
}

/** How a day is drawn. No checks are no good day. */
export type DayState = 'none' | 'up' | 'failing' | 'down'

/** From which share of failed checks on a day counts as failing, and as down also without an outage: one failure of many is shown as a count. */
const shares = { failing: 0.01, down: 0.05 }

/** How a day was. */
export function dayState({ nChecks, nFailed, downMinutes }: Counts): DayState {
  if (downMinutes > 0) return 'down'
  if (nChecks === 0) return 'none'
  if (nFailed >= shares.down * nChecks) return 'down'
  return nFailed >= shares.failing * nChecks ? 'failing' : 'up'
}

/** The sums of days. */
export const sumOf = (days: readonly Counts[]): Counts => ({
  nChecks: days.reduce((sum, { nChecks }) => sum + nChecks, 0),
  nFailed: days.reduce((sum, { nFailed }) => sum + nFailed, 0),
  downMinutes: days.reduce((sum, { downMinutes }) => sum + downMinutes, 0),
})

/** The share of checks that no provider failed, in percent, rounded down. Null without checks. */
export const uptimePercent = ({ nChecks, nFailed }: Counts): number | null => flooredPercent(nChecks, nFailed)

/** The same in words. */
export function uptimeText(counts: Counts): string {
  const percent = uptimePercent(counts)
  if (percent === null) return 'no data'
  return percent === 100 ? '100 %' : `${percent.toFixed(2)} %`
}
