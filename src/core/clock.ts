/** Time as an argument. `now` is monotonic milliseconds with sub-millisecond digits; `date` is the wall clock. */
export interface Clock {
  now: () => number
  date: () => Date
}

/** The machine's own clocks. Bound, so that a stamp does not begin with looking the clock up. */
export const systemClock: Clock = { now: performance.now.bind(performance), date: () => new Date() }

/**
 * A clock whose `now` means the same in every thread and process of one machine, where that of `systemClock` begins with
 * its thread: CLOCK_MONOTONIC on Linux. Two stamps of it can be subtracted wherever they were taken.
 */
export const machineClock: Clock = {
  now: () => {
    const [seconds, nanoseconds] = process.hrtime()
    return seconds * 1000 + nanoseconds / 1e6
  },
  date: systemClock.date,
}
