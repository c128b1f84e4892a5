import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/core/random.ts'
import { percentile } from '../../../src/core/statistics.ts'
import { dueTimes, offeredRate, staggeredStarts } from '../../../src/lab/arrivals.ts'
import { serve } from '../../support/fifo-queue.ts'

const poisson = (rate: number, n: number, seed = 1) =>
  dueTimes({ rate, arrivals: 'poisson' }, n, seededRandom(seed))
const tenths = (values: readonly number[]) => values.map((value) => Math.round(value * 10) / 10)

test('requests at a constant rate are due at equal gaps, the first at once', () => {
  expect(dueTimes({ rate: 8, arrivals: 'constant' }, 4, Math.random)).toEqual([0, 125, 250, 375])
})

test('the same seed makes the same Poisson arrivals, those worked out by hand', () => {
  expect(tenths(poisson(5, 8))).toEqual([197.3, 197.8, 347.7, 1140.9, 1831.7, 1897.7, 2087.5, 2342.6])
})

test('the queue that judges them waits as worked out by hand, with one slot and with two', () => {
  const waits = (slots: number) => tenths(serve(poisson(5, 8), slots, () => 290).map(({ wait }) => wait))
  expect(waits(1)).toEqual([0, 289.5, 429.5, 0, 0, 224, 324.2, 359.1])
  expect(waits(2)).toEqual([0, 0, 139.5, 0, 0, 0, 34.2, 0])
})

test('500 requests at 11/s against 4 slots of 290 ms have the percentiles that were worked out', () => {
  const due = poisson(11, 500)
  const served = serve(due, 4, () => 290)
  const ttft = served.map(({ wait }) => wait + 100)
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((p) => percentile(ttft, p) ?? 0)
  expect([p50, p95, p99].map((value) => value?.toFixed(2))).toEqual(['180.16', '580.28', '820.56'])
  expect(offeredRate(due)?.toFixed(2)).toBe('11.49')
  const makespan = Math.max(...served.map(({ end }) => end)) - (due[0] ?? 0)
  expect(Math.round(makespan)).toBe(43_883)
})

test('gaps are exponential by Kolmogorov and Smirnov, and counts by second vary as much as their mean', () => {
  const due = poisson(20, 4000, 7)
  const gaps = due.map((at, index) => at - (due[index - 1] ?? 0)).toSorted((a, b) => a - b)
  const distance = Math.max(
    ...gaps.map((gap, index) => {
      const expected = 1 - Math.exp(-gap / 50)
      return Math.max(Math.abs(expected - index / 4000), Math.abs(expected - (index + 1) / 4000))
    }),
  )
  // 1.63 / sqrt(n) is the critical value at 1 %.
  expect(distance).toBeLessThan(1.63 / Math.sqrt(4000))
  const seconds = Math.floor((due.at(-1) ?? 0) / 1000)
  const counts = Array.from({ length: seconds }, () => 0)
  for (const at of due) if (at < seconds * 1000) counts[Math.floor(at / 1000)]! += 1
  const mean = counts.reduce((sum, count) => sum + count, 0) / seconds
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (seconds - 1)
  // The dispersion of 200 seconds has a standard deviation of sqrt(2 / 199) = 0.1.
  expect(variance / mean).toBeGreaterThan(0.7)
  expect(variance / mean).toBeLessThan(1.3)
})

test('a rate that cannot be said of one request, or of several at one moment, is null', () => {
  expect(offeredRate([])).toBeNull()
  expect(offeredRate([12])).toBeNull()
  expect(offeredRate([12, 12])).toBeNull()
})

test('clients of a closed loop begin apart, spread over one request', () => {
  expect(staggeredStarts(4, 200)).toEqual([0, 50, 100, 150])
})
