/** Time as an argument. `now` is monotonic milliseconds with sub-millisecond digits; `date` is the wall clock. */
export interface Clock {
  now: () => number
  date: () => Date
}

/** The machine's own clocks. */
export const systemClock: Clock = { now: () => performance.now(), date: () => new Date() }
