/** An injectable clock. `now` is monotonic, in ms with sub-millisecond digits; `date` is the wall clock. */
export interface Clock {
  now: () => number
  date: () => Date
}

/** The system clock. Bound, so that taking a stamp needs no property lookup. */
export const systemClock: Clock = { now: performance.now.bind(performance), date: () => new Date() }

/**
 * A `systemClock.now()` as every thread of this process understands it, and back. Threads may count from zeros of their own,
 * which `performance.timeOrigin` tells apart; a double keeps such a time to a quarter of a microsecond.
 */
export const toShared = (at: number, origin: number = performance.timeOrigin): number => origin + at
export const fromShared = (at: number, origin: number = performance.timeOrigin): number => at - origin

/**
 * A clock whose `now` is comparable across all threads and processes of a machine (CLOCK_MONOTONIC on Linux);
 * that of `systemClock` starts with its thread.
 */
export const machineClock: Clock = {
  now: () => {
    const [seconds, nanoseconds] = process.hrtime()
    return seconds * 1000 + nanoseconds / 1e6
  },
  date: systemClock.date,
}
