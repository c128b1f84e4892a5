import { sweepLimits } from '../core/request-limits.ts'
import type { ClosedLoad, Level, OpenLoad, Search } from '../core/plan.ts'
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
export const levelOf = (frame: LevelFrame, load: ClosedLoad | OpenLoad): Level => ({
  ...frame,
  load,
  ...callsOf(load, frame),
})

/** How many calls a level is planned with. */
export function callsOf(
  load: Omit<ClosedLoad, 'staggerMs'> | OpenLoad,
  { durationMs, total }: Pick<LevelFrame, 'durationMs' | 'total'>,
): Pick<Level, 'warmups' | 'total'> {
  if ('concurrency' in load) {
    const { concurrency } = load
    const first = Math.max(firstCalls.least, concurrency * firstCalls.perClient)
    return { warmups: concurrency, total: durationMs === undefined ? total : first }
  }
  const { rate, arrivals } = load
  // Warm-ups would fill the caches that a trace is to find as they were.
  if (arrivals === 'trace') return { warmups: 0, total }
  const warmups = durationMs === undefined ? Math.min(mostWarmups, total) : mostWarmups
  if (durationMs === undefined) return { warmups, total }
  const within = { warmups, durationMs, most: sweepLimits.calls }
  return { warmups, total: countWithin({ rate, arrivals }, within, randomOf(load)) }
}

/** A level that a search adds to the first of its target and context tier, at this concurrency or rate. */
export function nextLevelOf(
  { load, ...frame }: Level,
  size: number,
  { callsPerClient }: Pick<Search, 'callsPerClient'>,
): Level {
  const total = 'rate' in load ? frame.total : Math.max(frame.total, size * callsPerClient)
  return levelOf({ ...frame, total }, resized(load, size))
}

/** When the calls of a level are due, warm-ups among them, in ms after it began; none in a closed loop, and of a trace, which says so itself. */
export function dueOf({ load, warmups, total }: Pick<Level, 'load' | 'warmups' | 'total'>): number[] {
  if (!('rate' in load) || load.arrivals === 'trace') return []
  const { rate, arrivals } = load
  return dueTimes({ rate, arrivals }, warmups + total, randomOf(load))
}

const randomOf = ({ seed }: OpenLoad): (() => number) => seededRandom(seed ?? 0)

const resized = (load: ClosedLoad | OpenLoad, size: number): ClosedLoad | OpenLoad =>
  'rate' in load ? { ...load, rate: size } : { ...load, concurrency: size }
