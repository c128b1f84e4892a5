import { sweepLimits } from '../core/request-limits.ts'
import type { ClosedLoad, Level, OpenLoad } from '../core/plan.ts'
import { seededRandom } from '../core/random.ts'
import { countWithin, dueTimes } from '../lab/arrivals.ts'

/** What levels have in common that differ in their load. */
export interface LevelFrame extends Omit<Level, 'load' | 'warmups' | 'total'> {
  /** Calls that are measured, unless there is a duration. */
  total: number
}

/** Open-loop warm-ups; a closed loop has one for each client. */
const mostWarmups = 10
/** Calls that a closed loop with a duration begins with: for each client, and at least. */
const firstCalls = { perClient: 10, least: 100 } as const

/** The level of a load. */
export function levelOf(frame: LevelFrame, load: ClosedLoad | OpenLoad): Level {
  const { durationMs, total } = frame
  if ('concurrency' in load) {
    const { concurrency } = load
    const first = Math.max(firstCalls.least, concurrency * firstCalls.perClient)
    return { ...frame, load, warmups: concurrency, total: durationMs === undefined ? total : first }
  }
  const { rate, arrivals } = load
  // Warm-ups would fill the caches that a trace is to find as they were.
  if (arrivals === 'trace') return { ...frame, load, warmups: 0, total }
  const warmups = durationMs === undefined ? Math.min(mostWarmups, total) : mostWarmups
  const within = { warmups, durationMs: durationMs ?? 0, most: sweepLimits.calls }
  return {
    ...frame,
    load,
    warmups,
    total: durationMs === undefined ? total : countWithin({ rate, arrivals }, within, randomOf(load)),
  }
}

/** When the calls of a level are due, warm-ups among them, in ms after it began; none in a closed loop, and of a trace, which says so itself. */
export function dueOf({ load, warmups, total }: Pick<Level, 'load' | 'warmups' | 'total'>): number[] {
  if (!('rate' in load) || load.arrivals === 'trace') return []
  const { rate, arrivals } = load
  return dueTimes({ rate, arrivals }, warmups + total, randomOf(load))
}

const randomOf = ({ seed }: OpenLoad): (() => number) => seededRandom(seed ?? 0)

/** The same load of another size. */
export const resized = (load: ClosedLoad | OpenLoad, size: number): ClosedLoad | OpenLoad =>
  'rate' in load ? { ...load, rate: size } : { ...load, concurrency: size }
