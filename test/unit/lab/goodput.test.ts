import { expect, test } from 'vitest'
import { type Attempt, goodputOf, isGood, parseObjectives } from '../../../src/lab/goodput.ts'

const attempt = (more: Partial<Attempt> = {}): Attempt => ({
  success: true,
  ttftMs: 200,
  ttfaMs: 250,
  tpotMs: 10,
  itlP95Ms: 20,
  totalLatencyMs: 1200,
  ...more,
})

test('objectives are read in ms and in s', () => {
  expect(parseObjectives('ttft=500ms, tpot=30ms,latency=1.5s')).toEqual({
    objectives: { ttft: 500, tpot: 30, latency: 1500 },
  })
})

test.each([
  '',
  'ttft',
  'ttft=500',
  'ttft=0ms',
  'ttft=-1ms',
  'speed=5ms',
  'ttft=5ms,',
  'constructor=5ms',
  'ttft=5ms,ttft=6ms',
])("'%s' is refused with what to write", (text) => {
  expect(parseObjectives(text)).toHaveProperty('problem')
})

test.each([
  { name: 'within every objective', more: {}, good: true },
  { name: 'beyond one of them', more: { totalLatencyMs: 1501 }, good: false },
  { name: 'that failed, however fast', more: { success: false }, good: false },
  { name: 'without a metric that is needed', more: { tpotMs: null }, good: null },
  { name: 'without it, and beyond another', more: { tpotMs: null, ttftMs: 201 }, good: false },
])('a request $name is judged $good', ({ more, good }) => {
  expect(isGood(attempt(more), { ttft: 200, tpot: 30, latency: 1500 })).toBe(good)
})

test('failures count against goodput, what cannot be judged does not count', () => {
  const attempts = [attempt(), attempt(), attempt({ success: false }), attempt({ ttftMs: null })]
  const goodput = goodputOf(attempts, { ttft: 300 })
  expect(goodput).toMatchObject({ good: 2, n: 3, undetermined: 1, share: 2 / 3 })
  expect(goodput.low).toBeCloseTo(0.2077, 3)
  expect(goodput.high).toBeCloseTo(0.9385, 3)
  expect(goodputOf([attempt({ ttftMs: null })], { ttft: 300 })).toMatchObject({
    n: 0,
    share: null,
    low: 0,
    high: 1,
  })
})
