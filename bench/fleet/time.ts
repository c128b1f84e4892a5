import type { Clock } from '../../src/core/clock.ts'

// Fifteen minutes in two: time runs faster by a factor, for our code, our SQL (clock.sql) and the queue alike, so that leases,
// windows, pauses and polls keep their proportions, and all of them are the real ones.

/** How time runs: from which moment on, since when on this machine, and how many times as fast. */
export interface Time {
  /** The first moment, as a date in ms. */
  from: number
  /** When that was, in ms of `machineNow`, and by the clock on the wall. */
  began: number
  beganWall: number
  factor: number
}

/** The clock that all processes of a machine share, in ms. */
export const machineNow = (): number => Number(process.hrtime.bigint()) / 1e6

/** Time that begins now with a moment. */
export const startTime = (from: Date, factor: number): Time => ({
  from: from.getTime(),
  began: machineNow(),
  beganWall: Date.now(),
  factor,
})

/** What time it is, in ms. */
export const dateIn = ({ from, began, factor }: Time): number => from + factor * (machineNow() - began)

/** Waits for so many ms of that time. */
export const sleepIn =
  ({ factor }: Time) =>
  (ms: number): Promise<void> =>
    new Promise((over) => {
      setTimeout(over, ms / factor)
    })

/** A clock of that time, which may be wrong by some ms. */
export const clockIn = (time: Time, wrongMs = 0): Clock => ({
  now: () => time.factor * (machineNow() - time.began),
  date: () => new Date(dateIn(time) + wrongMs),
})

/** The clock and timers of the queue. */
export const queueClockIn = (time: Time) => ({
  now: () => dateIn(time),
  setTimeout: (action: () => void, ms: number) => setTimeout(action, ms / time.factor),
  clearTimeout: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
  setInterval: (action: () => void, ms: number) => setInterval(action, ms / time.factor),
  clearInterval: (timer: unknown) => clearInterval(timer as NodeJS.Timeout),
})
