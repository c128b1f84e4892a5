import { expect, test } from 'vitest'
import type { Order, Target } from '../../../src/core/plan.ts'
import { whyTooLong } from '../../../src/run/fit.ts'
import { sampleTarget } from '../../support/samples.ts'

const latencies = [
  { provider: 'openai', typicalMs: 60_000 },
  { provider: 'groq', typicalMs: 30_000 },
]
// 60 + 60 + 30 s in turn; 120 s beside 30 s.
const three = [sampleTarget('a'), sampleTarget('b'), sampleTarget('c', 'groq')]
/** With latencies of openai and groq alone. */
const why = (order: Order, intervalMs: number, targets: Target[] = three) =>
  whyTooLong(targets, { latencies, order, intervalMs })

test('a plan that takes as long as the interval fits, one that takes 1 ms longer does not', () => {
  expect(why('sequential', 150_000)).toBeNull()
  expect(why('sequential', 149_999)).not.toBeNull()
  expect(why('by_provider', 120_000)).toBeNull()
  expect(why('by_provider', 119_999)).not.toBeNull()
  expect(why('sequential', 1, [])).toBeNull()
  expect(why('by_provider', 1, [])).toBeNull()
})

test('in turn, what is too long but fits provider beside provider is told so', () => {
  // 3 x 120 / 150 = 2.4 targets.
  expect(why('sequential', 120_000)).toBe(
    'The 3 targets take about 2.5 min, and the next slot comes after 2 min: what has not begun by then is skipped. BENCHMARK_ORDER=by-provider takes about 2 min, or about 2 of them fit.',
  )
})

test('what fits in neither order is told how many would', () => {
  const because = 'and the next slot comes after 1 min: what has not begun by then is skipped.'
  // 3 x 60 / 150 = 1.2 targets in turn; 3 x 60 / 120 = 1.5 beside each other.
  expect(why('sequential', 60_000)).toBe(
    `The 3 targets take about 2.5 min, ${because} Only about 1 of them fit.`,
  )
  expect(why('by_provider', 60_000)).toBe(
    `The 3 targets take about 2 min, ${because} Only about 1 of them fit.`,
  )
})

test('a call of a provider without a pace is taken to last 18 s', () => {
  const ten = Array.from({ length: 10 }, (_, index) => sampleTarget(`m${index}`, 'mistral'))
  // 10 x 18 s = 3 min, of which 1 min holds 3.33.
  expect(why('by_provider', 180_000, ten)).toBeNull()
  expect(why('by_provider', 60_000, ten)).toMatch(/^The 10 targets take about 3 min, .*about 3 of them/)
  // 60 + 18 s in turn where one of the two is known, 60 s beside each other.
  const two = [sampleTarget('a'), sampleTarget('b', 'mistral')]
  expect(why('sequential', 78_000, two)).toBeNull()
  expect(why('sequential', 77_999, two)).toMatch(/take about 1\.3 min, .*by-provider takes about 1 min, or/)
})

test('one target is said to fit however short the interval is', () => {
  // 1 x 6 / 60 = 0.1 targets.
  expect(why('sequential', 6000, [sampleTarget('a')])).toMatch(
    /after 0\.1 min: .* Only about 1 of them fit\.$/,
  )
})
