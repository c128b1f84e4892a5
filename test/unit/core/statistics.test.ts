import { expect, test } from 'vitest'
import { minimumSample, percentile, summarize } from '../../../src/core/statistics.ts'

test('percentiles interpolate linearly, like percentile_cont', () => {
  // select percentile_cont(array[0.5, 0.95, 0.99]) within group (order by x) from unnest(array[15, 20, 35,
  // 40, 50]) x
  expect([0.5, 0.95, 0.99].map((p) => percentile([50, 15, 40, 20, 35], p))).toEqual([35, 48, 49.6])
  expect(percentile([7], 0.99)).toBe(7)
  expect(percentile([], 0.5)).toBeNull()
})

test('a summary ignores unknown values', () => {
  const { n, min, mean, sd, max } = summarize([2, 4, null, 4, 4, 5, 5, 7, 9])
  expect({ n, min, mean, max }).toEqual({ n: 8, min: 2, mean: 5, max: 9 })
  expect(sd).toBeCloseTo(Math.sqrt(32 / 7), 12)
})

test('an empty sample has no numbers and a single one no deviation', () => {
  expect(summarize([null])).toEqual({
    n: 0,
    min: null,
    mean: null,
    sd: null,
    p50: null,
    p95: null,
    p99: null,
    max: null,
  })
  expect(summarize([3])).toMatchObject({ n: 1, mean: 3, sd: null, p99: 3 })
})

test('the minimum samples are those whose maximum bounds the percentile with 95 % confidence', () => {
  for (const [name, p] of [
    ['p90', 0.9],
    ['p95', 0.95],
    ['p99', 0.99],
  ] as const) {
    expect(minimumSample[name]).toBe(Math.ceil(Math.log(0.05) / Math.log(p)))
  }
})
