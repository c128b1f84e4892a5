import { percentile } from '../core/statistics.ts'

/** What shows whether the machine that sends is the bottleneck. */
export interface SenderLoad {
  /** How much later than due each request was sent, in order, in ms; null in a closed loop, which has no due times. */
  lateness: readonly number[] | null
  /** Whether at some time every slot was taken, so that requests had to wait for one. */
  slotsRanOut: boolean
  ttftP50Ms: number | null
  /** CPU time by wall time of the threads that measure, or of the one that claims and records if that was busier, 0..1; null if it is not known. */
  cpuShare: number | null
  /** Results whose timing says nothing about the endpoint, by all. */
  untrustedShare: number
  offeredRate: number | null
  achievedRate: number | null
  /** Whether one worker left it, and another took it over. */
  isInterrupted: boolean
}

/** Why figures of a level are not the endpoint's: `slots` ran out, a limit of this machine, or it was interrupted. */
export type ClientLimit = 'slots' | 'late' | 'falling_behind' | 'cpu' | 'untrusted' | 'rate' | 'interrupted'

/** Tolerated lateness in ms, and by the median TTFT. */
const harmlessMs = 5
const harmlessShare = 0.02
const busyShare = 0.85
const mostUntrusted = 0.05
const leastAchieved = 0.98

/**
 * The signs that this machine limits a level, none if it does not. An endpoint that slows down makes answers late,
 * but not requests: an open loop sends when it is due, unless slots ran out, which is told apart.
 */
export function clientLimits(seen: SenderLoad): ClientLimit[] {
  const { cpuShare, untrustedShare, isInterrupted } = seen
  const isBusy = (cpuShare ?? 0) >= busyShare
  return [
    ...scheduleLimits(seen),
    ...(isBusy ? (['cpu'] as const) : []),
    ...(untrustedShare > mostUntrusted ? (['untrusted'] as const) : []),
    ...(isInterrupted ? (['interrupted'] as const) : []),
  ]
}

/** The signs that requests were not sent when they were due. */
function scheduleLimits({
  lateness,
  slotsRanOut,
  ttftP50Ms,
  offeredRate,
  achievedRate,
}: SenderLoad): ClientLimit[] {
  if (lateness === null) return []
  const tolerated = Math.max(harmlessMs, harmlessShare * (ttftP50Ms ?? 0))
  const isLate = (percentile(lateness, 0.99) ?? 0) > tolerated
  if (slotsRanOut) return isLate ? ['slots'] : []
  const isSlow = (achievedRate ?? Infinity) < leastAchieved * (offeredRate ?? 0)
  return [
    ...(isLate ? (['late'] as const) : []),
    ...(growth(lateness) > tolerated ? (['falling_behind'] as const) : []),
    ...(isSlow ? (['rate'] as const) : []),
  ]
}

/** How much later requests of the second half are than those of the first, by their medians, in ms. */
function growth(lateness: readonly number[]): number {
  const middle = Math.floor(lateness.length / 2)
  return (percentile(lateness.slice(middle), 0.5) ?? 0) - (percentile(lateness.slice(0, middle), 0.5) ?? 0)
}
