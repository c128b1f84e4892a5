import type { Clock } from '../core/clock.ts'

/** How busy threads were, level by level. */
export interface CpuWatch {
  /** A result of this level is there. */
  add: (level: number) => void
  /**
   * For each level the share of its time, 0..1, from the first result to the last, that the measuring threads together
   * computed, or this thread if that was busier: it prepares, claims and records what they measure.
   */
  shares: () => Map<number, number>
}

/** CPU time in ms: of this thread, and of each that measures. */
interface CpuTimes {
  own: number
  measuring: readonly number[]
}

interface Stamp extends CpuTimes {
  at: number
}

/** Watches this thread and those of a pool. */
export function watchCpu(clock: Clock, measuring: () => number[], own: () => number = ownCpuMs): CpuWatch {
  const spans = new Map<number, { from: Stamp; to: Stamp }>()
  return {
    add: (level) => {
      const now = { at: clock.now(), own: own(), measuring: measuring() }
      spans.set(level, { from: spans.get(level)?.from ?? now, to: now })
    },
    shares: () =>
      new Map(
        [...spans].flatMap(([level, { from, to }]) =>
          to.at > from.at ? [[level, busiest(from, to) / (to.at - from.at)]] : [],
        ),
      ),
  }
}

/** A thread that came in between was not there for all of it, and does not count. */
function busiest(from: CpuTimes, to: CpuTimes): number {
  const spent = from.measuring.map((before, thread) => Math.max(0, (to.measuring[thread] ?? 0) - before))
  const each = spent.reduce((sum, ms) => sum + ms, 0) / Math.max(1, spent.length)
  return Math.max(to.own - from.own, each)
}

function ownCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
