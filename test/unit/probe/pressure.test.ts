import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { areBusy, type Loop, watchPressure } from '../../../src/probe/pressure.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A loop that has worked this share of its time, which the fake timers tell. */
function loopOf(share: () => number): Loop {
  let active = 0
  let last = Date.now()
  return {
    eventLoopUtilization: (now, then) => {
      if (now && then) {
        const worked = now.active - then.active
        const idle = now.idle - then.idle
        return { active: worked, idle, utilization: worked / (worked + idle) }
      }
      active += share() * (Date.now() - last)
      last = Date.now()
      return { active, idle: last - active, utilization: active / last }
    },
  }
}

test('threads are added while those there are are busy, one at a time, up to the most', async () => {
  const loops = [loopOf(() => 0.9)]
  const grow = vi.fn<() => Promise<unknown>>(() => Promise.resolve(loops.push(loopOf(() => 0.9))))
  const stop = watchPressure(() => loops, { most: 3, grow })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(loops).toHaveLength(3)
  expect(grow).toHaveBeenCalledTimes(2)
  stop()
})

test('nothing is added while they have time, if one cannot be started nothing is lost, and not after the end', async () => {
  let share = 0.5
  const grow = vi.fn<() => Promise<unknown>>(() => Promise.reject(new Error('no thread')))
  const loops = [loopOf(() => share), loopOf(() => 0.5)]
  const stop = watchPressure(() => loops, { most: 3, grow })
  await vi.advanceTimersByTimeAsync(5000)
  expect(grow).not.toHaveBeenCalled()
  share = 0.8
  await vi.advanceTimersByTimeAsync(1100)
  expect(grow).toHaveBeenCalledTimes(2)
  stop()
  await vi.advanceTimersByTimeAsync(5000)
  expect(grow).toHaveBeenCalledTimes(2)
})

test.each([
  [[], false],
  [[0.6], false],
  [[0.61], true],
  [[1, 0.1], false],
  [[0.9, 0.5], true],
])('loops that worked %j of their time are busy: %s', (shares, busy) => {
  expect(areBusy(shares)).toBe(busy)
})
