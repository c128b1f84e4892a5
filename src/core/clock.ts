/** An injectable clock. `now` is monotonic, in ms with sub-millisecond digits; `date` is the wall clock. */
export interface Clock {
  now: () => number
  date: () => Date
}

/** The system clock. Bound, so that taking a stamp needs no property lookup. */
export const systemClock: Clock = { now: performance.now.bind(performance), date: () => new Date() }

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
