import { expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { startLagMonitor } from '../../../src/probe/lag.ts'
import { pause } from '../../support/loopback.ts'

function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('a block of the event loop is seen in its window and in no later one', async () => {
  const lag = startLagMonitor(systemClock)
  await pause(10)
  const from = performance.now()
  block(150)
  await pause(10)
  const to = performance.now()
  await pause(10)
  expect(lag.window(from, to)?.maxMs).toBeGreaterThan(140)
  expect(lag.window(to, performance.now())?.maxMs).toBeLessThan(140)
  lag.close()
})

test('a block that has just ended counts although no timer has run since', async () => {
  const lag = startLagMonitor(systemClock)
  await pause(5)
  const from = performance.now()
  block(30)
  expect(lag.window(from, performance.now())?.maxMs).toBeGreaterThan(20)
  lag.close()
})

test('a window before the first sample has no lag', () => {
  const lag = startLagMonitor(systemClock)
  expect(lag.window(0, 1)).toBeNull()
  lag.close()
})

test('a window that is no longer remembered has no lag', () => {
  // A clock of ours: every look at a window takes a sample of its own.
  let now = 0
  const lag = startLagMonitor({ now: () => now, date: () => new Date(0) }, 10)
  for (now = 2; now <= 40; now += 2) lag.window(now, now)
  expect(lag.window(10, 40)).toBeNull()
  expect(lag.window(36, 40)).toMatchObject({ maxMs: 0 })
  lag.close()
})

test('the p99 is the wait that arrivals exceed for 1 % of the window', () => {
  let now = 0
  const lag = startLagMonitor({ now: () => now, date: () => new Date(0) })
  // Samples are due every 2 ms, and 1 ms more is no lag: these are 60 and 40 ms late.
  for (const at of [2, 65, 67, 110]) {
    now = at
    lag.window(now, now)
  }
  // Waits over 50 ms are those of the first 10 ms of the longer; over 25 ms, of 35 ms of it and 15 ms of the
  // other.
  expect(lag.window(0, 1000)).toEqual({ maxMs: 60, p99Ms: 50 })
  expect(lag.window(0, 5000)).toEqual({ maxMs: 60, p99Ms: 25 })
  expect(lag.window(0, 20_000)).toEqual({ maxMs: 60, p99Ms: 0 })
  lag.close()
})
