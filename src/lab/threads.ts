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

/** How many threads a sweep begins with, by its heaviest load. */
export function plannedThreads(
  loads: readonly (Pick<ClosedLoad, 'concurrency'> | Pick<OpenLoad, 'rate'>)[],
  most: number,
): number {
  const needed = loads.map((load) =>
    'rate' in load ? load.rate / perThread.rate : load.concurrency / perThread.concurrency,
  )
  return Math.min(most, Math.max(1, Math.ceil(Math.max(...needed))))
}
