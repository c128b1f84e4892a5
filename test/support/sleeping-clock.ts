import { setImmediate } from 'node:timers/promises'
import { stillClock } from './run-parts.ts'

/** A clock that sleeping moves, with whoever waits for the earliest moment first. */
export function sleepingClock() {
  const clock = stillClock()
  const sleepers: { at: number; wake: () => void }[] = []
  const sleep = (ms: number) => new Promise<void>((wake) => sleepers.push({ at: clock.now() + ms, wake }))
  const state = { over: false }
  const drive = async () => {
    while (!state.over) {
      for (let turn = 0; turn < 20; turn++) await setImmediate()
      const next = sleepers.toSorted((a, b) => a.at - b.at)[0]
      if (next === undefined) continue
      sleepers.splice(sleepers.indexOf(next), 1)
      clock.advance(Math.max(0, next.at - clock.now()))
      next.wake()
    }
  }
  /** Moves the clock until something is over. */
  const during = async <Output>(action: Promise<Output>): Promise<Output> => {
    const driving = drive()
    try {
      return await action
    } finally {
      state.over = true
      await driving
    }
  }
  return { clock, sleep, during }
}

/** Serves calls first in, first out, `serviceMs` each, in so many slots; says how long a call that came at `from` waited. */
export function queueOf(
  { clock, sleep }: Pick<ReturnType<typeof sleepingClock>, 'clock' | 'sleep'>,
  { slots, serviceMs }: { slots: number; serviceMs: number },
): (from: number) => Promise<{ waitMs: number }> {
  const free = Array.from({ length: slots }, () => 0)
  return async (from) => {
    const first = free.indexOf(Math.min(...free))
    const begin = Math.max(from, free[first] ?? 0)
    free[first] = begin + serviceMs
    await sleep(begin + serviceMs - clock.now())
    return { waitMs: begin - from }
  }
}
