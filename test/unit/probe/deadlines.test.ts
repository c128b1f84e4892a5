import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Answered, type Deadlines, startDeadlines, Stop } from '../../../src/probe/deadlines.ts'

beforeEach(() => {
  stoodStillMs = 0
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** The faked one, and how long this machine has stood still. */
let stoodStillMs = 0
const clock = { now: () => performance.now() + stoodStillMs, date: () => new Date() }

const timeouts = { connect: 1000, firstToken: 2000, idle: 3000, total: 20_000 }

/** Deadlines of a call whose first token has come. */
function streaming(): Deadlines {
  const deadlines = startDeadlines(timeouts, clock)
  deadlines.sent()
  deadlines.token()
  return deadlines
}
const reasonOf = ({ signal }: Deadlines): unknown =>
  signal.aborted ? (signal.reason instanceof Stop ? signal.reason.kind : signal.reason) : null

test('a stream without a finish reason ends by the idle deadline', () => {
  const deadlines = streaming()
  vi.advanceTimersByTime(2999)
  expect(reasonOf(deadlines)).toBeNull()
  vi.advanceTimersByTime(1)
  expect(reasonOf(deadlines)).toBe('timeout_idle')
})

test.each([
  [false, 5000],
  [true, 1000],
])('an answer that is complete (usage: %s) is closed %i ms later, whatever comes meanwhile', (usage, ms) => {
  const deadlines = streaming()
  deadlines.finished(usage)
  vi.advanceTimersByTime(ms - 1)
  deadlines.finished(usage)
  expect(reasonOf(deadlines)).toBeNull()
  vi.advanceTimersByTime(1)
  expect(reasonOf(deadlines)).toBeInstanceOf(Answered)
})

test('usage that comes late leaves one second from then on', () => {
  const deadlines = streaming()
  deadlines.finished(false)
  vi.advanceTimersByTime(4500)
  deadlines.finished(true)
  vi.advanceTimersByTime(999)
  expect(reasonOf(deadlines)).toBeNull()
  vi.advanceTimersByTime(1)
  expect(reasonOf(deadlines)).toBeInstanceOf(Answered)
})

test('a token after a finish reason brings the idle deadline back', () => {
  const deadlines = streaming()
  deadlines.finished(true)
  vi.advanceTimersByTime(500)
  deadlines.token()
  vi.advanceTimersByTime(2999)
  expect(reasonOf(deadlines)).toBeNull()
  vi.advanceTimersByTime(1)
  expect(reasonOf(deadlines)).toBe('timeout_idle')
})

test('the total deadline after a finish reason is no failure', () => {
  const deadlines = startDeadlines({ ...timeouts, total: 2500 }, clock)
  deadlines.sent()
  deadlines.token()
  deadlines.finished(false)
  vi.advanceTimersByTime(2500)
  expect(reasonOf(deadlines)).toBeInstanceOf(Answered)
})

test('a machine that stood still reads what arrived before a deadline passes', () => {
  const deadlines = streaming()
  stoodStillMs = 8000
  vi.advanceTimersToNextTimer()
  expect(reasonOf(deadlines)).toBeNull()
  deadlines.token()
  vi.advanceTimersByTime(2999)
  expect(reasonOf(deadlines)).toBeNull()
  vi.advanceTimersByTime(1)
  expect(reasonOf(deadlines)).toBe('timeout_idle')
})

test('if nothing arrived while it stood still the deadline has passed', () => {
  const deadlines = streaming()
  stoodStillMs = 8000
  vi.advanceTimersToNextTimer()
  vi.advanceTimersToNextTimer()
  expect(reasonOf(deadlines)).toBe('timeout_idle')
})
