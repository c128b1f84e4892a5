import { existsSync, readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { type LagWatch, startLagMonitor } from '../../../src/probe/lag.ts'
import { openThreadTime } from '../../../src/probe/thread-time.ts'
import { pause } from '../../support/loopback.ts'

const accounts = '/proc/thread-self/schedstat'

function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('a block of the event loop is seen at the read that it held up and at no later one', async () => {
  const lag = startLagMonitor(systemClock)
  const watch = lag.watch()
  watch.sent()
  await pause(10)
  block(150)
  const held = performance.now()
  watch.read(held)
  await pause(10)
  const later = performance.now()
  watch.read(later)
  expect(watch.window(held, held)?.maxMs).toBeGreaterThan(140)
  expect(watch.window(later, later)?.maxMs).toBeLessThan(140)
  lag.close()
})

test('a window before the first sample has no lag', () => {
  const lag = startLagMonitor(systemClock)
  expect(lag.window(0, 1)).toBeNull()
  lag.close()
})

/** A thread whose clock and accounts a test moves. */
function thread(counted: boolean) {
  const at = { now: 0, idle: 0, queued: 0 }
  const clock = { now: () => at.now, date: () => new Date(0) }
  const queued = counted ? () => at.queued : null
  const lag = startLagMonitor(clock, 1000, { idle: () => at.idle, queued, close: () => undefined })
  /** It waits for so long, then for a core, then works. */
  const pass = (idle: number, inQueue: number, work: number) => {
    at.now += idle + inQueue + work
    // The poll returns only when the thread has a core.
    at.idle += idle + inQueue
    at.queued += inQueue
  }
  return { lag, at, pass }
}

/** The lag of the read at this moment. */
const lagAt = (watch: LagWatch, at: number) => watch.window(at, at)?.maxMs

test('a window that is no longer remembered has no lag', () => {
  const { lag, at } = thread(false)
  for (at.now = 2; at.now <= 1040; at.now += 2) lag.window(at.now, at.now)
  expect(lag.window(30, 1040)).toBeNull()
  expect(lag.window(1039, 1040)).not.toBeNull()
  lag.close()
})

test('the p99 is the wait that arrivals exceed for 1 % of the window', () => {
  const { lag, at } = thread(false)
  // Ticks are due 2 ms after the one before, and 1 ms more is no lag: these are 60 and 40 ms late.
  for (at.now of [63, 106]) lag.window(at.now, at.now)
  // Waits over 50 ms are those of the first 10 ms of the longer; over 25 ms, of 35 ms of it and 15 ms of the
  // other.
  expect(lag.window(0, 1000)).toEqual({ maxMs: 60, p99Ms: 50 })
  expect(lag.window(0, 5000)).toEqual({ maxMs: 60, p99Ms: 25 })
  expect(lag.window(0, 20_000)).toEqual({ maxMs: 60, p99Ms: 0 })
  lag.close()
})

test('a read is late by what the thread worked before it since the loop last waited', async () => {
  const { lag, at, pass } = thread(true)
  const watch = lag.watch()
  watch.sent()
  await turn()
  pass(30, 0, 4)
  watch.read(at.now)
  expect(lagAt(watch, at.now)).toBeCloseTo(4, 6)
  lag.close()
})

test('a read is late by the wait for a core that the kernel counts', async () => {
  const { lag, at, pass } = thread(true)
  const watch = lag.watch()
  watch.sent()
  await turn()
  pass(30, 7, 0.1)
  watch.read(at.now)
  expect(lagAt(watch, at.now)).toBeCloseTo(7, 6)
  lag.close()
})

test('a read after a wait is not late by the work before that wait', async () => {
  const { lag, at, pass } = thread(true)
  const [watch, other] = [lag.watch(), lag.watch()]
  watch.sent()
  pass(10, 0, 0.1)
  other.read(at.now)
  at.now += 20
  await turn()
  pass(5, 0, 0.1)
  watch.read(at.now)
  expect(lagAt(watch, at.now)).toBeCloseTo(0.1, 6)
  lag.close()
})

test('what arrives while the thread works is late from then on', async () => {
  const { lag, at, pass } = thread(true)
  const [watch, other] = [lag.watch(), lag.watch()]
  watch.sent()
  pass(10, 0, 0.1)
  other.read(at.now)
  at.now += 20
  await turn()
  // The poll finds it at once.
  pass(0.01, 0, 0)
  watch.read(at.now)
  expect(lagAt(watch, at.now)).toBeCloseTo(20.01, 6)
  lag.close()
})

test('reads of one turn are late by what the turn did before them', async () => {
  const { lag, at, pass } = thread(true)
  const [watch, other] = [lag.watch(), lag.watch()]
  watch.sent()
  await turn()
  pass(10, 0, 0.1)
  other.read(at.now)
  at.now += 3
  watch.read(at.now)
  expect(lagAt(watch, at.now)).toBeCloseTo(3.1, 6)
  lag.close()
})

test('nothing is later than the read before it on its socket, or than its request', () => {
  const { lag, at } = thread(true)
  const watch = lag.watch()
  // The thread never waits.
  at.now = 40
  watch.sent()
  at.now = 42
  watch.read(at.now)
  at.now = 45
  watch.read(at.now)
  expect(lagAt(watch, 42)).toBeCloseTo(2, 6)
  expect(lagAt(watch, 45)).toBeCloseTo(3, 6)
  lag.close()
})

test('a pause that neither the thread nor its queue explains is found by its length', () => {
  const { lag, at } = thread(true)
  const watch = lag.watch()
  // A tick was due at 50, and 1 ms more is no lag; 9 ms of it the thread was in its queue.
  Object.assign(at, { now: 80, queued: 9 })
  expect(watch.window(60, 80)?.maxMs).toBeCloseTo(20, 6)
  lag.close()
})

test('the accounts of a real thread grow, and stop when they are closed', async () => {
  const time = openThreadTime()
  const before = time.idle()
  await pause(20)
  expect(time.idle()).toBeGreaterThan(before)
  expect(time.queued?.() ?? 0).toBeGreaterThanOrEqual(0)
  time.close()
  expect(time.queued?.() ?? 0).toBe(0)
})

test.runIf(existsSync(accounts))('the wait for a core is what the kernel says of it', () => {
  const { queued, close } = openThreadTime()
  const before = queued?.() ?? 0
  const [, waited] = readFileSync(accounts, 'utf8').split(' ')
  const after = queued?.() ?? 0
  expect(Number(waited) / 1e6).toBeGreaterThanOrEqual(before)
  expect(Number(waited) / 1e6).toBeLessThanOrEqual(after)
  close()
})

test('a thread that did nothing for a second stood still, whatever the kernel counts; a shorter pause is none', () => {
  const { lag, at } = thread(true)
  // A tick was due at 50, and 1 ms more is no lag.
  Object.assign(at, { now: 8051, queued: 8000 })
  expect(lag.stoodStill(1000, 8051)).toBeCloseTo(8000, 6)
  at.now = 8900
  expect(lag.stoodStill(8052, 8900)).toBe(0)
  expect(lag.stoodStill(20, 8900)).toBeCloseTo(8000, 6)
  lag.close()
})
