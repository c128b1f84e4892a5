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
  const warmups = durationMs === undefined ? Math.min(mostWarmups, total) : mostWarmups
  const within = { warmups, durationMs: durationMs ?? 0, most: sweepLimits.calls }
  return {
    ...frame,
    load,
    warmups,
    total: durationMs === undefined ? total : countWithin(load, within, randomOf(load)),
  }
}

/** When the calls of a level are due, warm-ups among them, in ms after it began; none in a closed loop. */
export const dueOf = ({ load, warmups, total }: Pick<Level, 'load' | 'warmups' | 'total'>): number[] =>
  'rate' in load ? dueTimes(load, warmups + total, randomOf(load)) : []

const randomOf = ({ seed }: OpenLoad): (() => number) => seededRandom(seed ?? 0)

/** The same load of another size. */
export const resized = (load: ClosedLoad | OpenLoad, size: number): ClosedLoad | OpenLoad =>
  'rate' in load ? { ...load, rate: size } : { ...load, concurrency: size }
