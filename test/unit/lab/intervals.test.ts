import { expect, test } from 'vitest'
import { enclosing, percentileInterval, wilson } from '../../../src/lab/intervals.ts'

test.each([
  // Brown, Cai and DasGupta (2001), and R's prop.test(correct = FALSE).
  { k: 0, n: 10, low: 0, high: 0.2775 },
  { k: 10, n: 10, low: 0.7225, high: 1 },
  { k: 95, n: 100, low: 0.8882, high: 0.9785 },
  { k: 1, n: 2, low: 0.0945, high: 0.9055 },
])("Wilson's interval of $k of $n is $low to $high", ({ k, n, low, high }) => {
  const interval = wilson(k, n)
  expect(interval.low).toBeCloseTo(low, 3)
  expect(interval.high).toBeCloseTo(high, 3)
})

test('nothing is known of no attempt', () => {
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 })
})

test.each([
  { n: 100, p: 0.95, below: 90, above: 100 },
  { n: 1000, p: 0.99, below: 983, above: 997 },
  { n: 300, p: 0.99, below: 293, above: null },
  { n: 10, p: 0.5, below: 2, above: 9 },
  { n: 5, p: 0.5, below: null, above: null },
])('p$p of $n values lies between place $below and $above', ({ n, p, below, above }) => {
  expect(enclosing(n, p)).toEqual({ below, above })
})

test('a sample of 20,000 has an end on both sides', () => {
  const { below, above } = enclosing(20_000, 0.5)
  // 10,000 -+ 1.96 * sqrt(5,000) = 138.6
  expect([below, above]).toEqual([9861, 10_140])
})

test('the bounds are values of the sample, in any order', () => {
  expect(percentileInterval([9, 1, 8, 2, 7, 3, 6, 4, 5, 10], 0.5)).toEqual({ value: 5.5, low: 2, high: 9 })
  expect(percentileInterval([], 0.5)).toBeNull()
})
