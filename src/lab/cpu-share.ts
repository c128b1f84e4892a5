/** CPU times in ms at a `clock.now()`: of the thread that plans, claims and records, and of each that measures for it. */
export interface CpuStamp {
  at: number
  own: number
  measuring: readonly number[]
}

/**
 * The share of the time between two stamps, 0..1, that the measuring threads together computed, or the other thread if that was
 * busier; null if no time went by. A thread that came in between was not there for all of it, and does not count.
 */
export function cpuShare(from: CpuStamp, to: CpuStamp): number | null {
  if (to.at <= from.at) return null
  const spent = from.measuring.map((before, thread) => Math.max(0, (to.measuring[thread] ?? 0) - before))
  const each = spent.reduce((sum, ms) => sum + ms, 0) / Math.max(1, spent.length)
  return Math.max(to.own - from.own, each) / (to.at - from.at)
}
