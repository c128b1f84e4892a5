import { expect, test } from 'vitest'
import { limitLine, limitOf, limitProblem, limitsText } from '../../../web/screens/target/limits.ts'

test.each([
  ['', null],
  [' ', null],
  ['800', 800],
  ['3600000', 3_600_000],
])('%j is a limit', (text, ms) => {
  expect(limitProblem(text)).toBeNull()
  expect(limitOf(text)).toBe(ms)
})

test.each(['0', '-1', '1.5', '3600001', 'fast'])('%j is none', (text) => {
  expect(limitProblem(text)).toBe('A whole number of ms, 1 to 3,600,000')
})

test('limits are said in words, and each is a line across the chart of its metric', () => {
  const limits = { ttft_ms: 800, latency_ms: null }
  expect(limitsText(limits)).toEqual(['TTFT at most 800 ms'])
  expect(limitsText({ ttft_ms: null, latency_ms: null })).toEqual([])
  expect(limitLine(limits, 'ttft')).toEqual([{ name: 'limit 800 ms', value: 800, ifNear: true }])
  for (const metric of ['latency', 'tps', 'ttfa'] as const) expect(limitLine(limits, metric)).toEqual([])
  expect(limitLine(undefined, 'ttft')).toEqual([])
})
