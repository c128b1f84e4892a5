import type { ClosedLoad, OpenLoad } from '../core/plan.ts'

/**
 * What one thread measures with half of its time to spare: 256 streams of 50 tokens/s are 12,800 events/s, at 55,000
 * events a second of CPU; a request costs up to 2 ms, most of it the wait for the moment it is due.
 */
const perThread = { concurrency: 256, rate: 200 } as const

/** More threads gain nothing: docs/decisions/0005. */
const mostEver = 8

/** The most threads that measure: a core is left to the main thread, which claims and records meanwhile. */
export const mostThreads = (cores: number): number => Math.max(1, Math.min(mostEver, cores - 1))

/** How heavy a load is. */
type Heaviness = Pick<ClosedLoad, 'concurrency'> | Pick<OpenLoad, 'rate'>

/** How many threads a sweep begins with, by its heaviest load. */
export function plannedThreads(loads: readonly Heaviness[], most: number): number {
  const needed = loads.map((load) =>
    'rate' in load ? load.rate / perThread.rate : load.concurrency / perThread.concurrency,
  )
  return Math.min(most, Math.max(1, Math.ceil(Math.max(...needed))))
}

/**
 * Calls that a thread rehearses before a load with a rate: code that is not compiled yet takes three times as long, and what is late for that
 * is no fault of the endpoint. Measured at 200/s: the 99th percentile of the lateness was 1.24 to 1.31 times that of bare timers after 1,000
 * calls (1.4 s), 1.44 to 1.57 times without, and 300 gained nothing.
 */
export const rehearsals = (loads: readonly Heaviness[]): number =>
  loads.some((load) => 'rate' in load && load.rate >= fastRate) ? 1000 : 0

/** Requests/s from which a thread that sends one has another soon due. */
const fastRate = 50
