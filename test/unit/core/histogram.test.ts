import { expect, test } from 'vitest'
import { countOf, emptyHistogram, observe } from '../../../src/core/histogram.ts'

test('a value is in the first bucket whose bound it does not exceed, and beyond the last bound in one without', () => {
  const histogram = emptyHistogram([1, 2.5, 5])
  for (const value of [0, 1, 1.001, 2.5, 5, 5.001, 1e9]) observe(histogram, value)
  expect(histogram.counts).toEqual([2, 2, 1, 2])
  expect(countOf(histogram)).toBe(7)
  expect(histogram).toMatchObject({ min: 0, max: 1e9 })
  expect(histogram.sum).toBeCloseTo(1_000_000_014.502, 6)
})

test('without values it counts nothing', () => {
  const histogram = emptyHistogram([1])
  expect([histogram.counts, countOf(histogram), histogram.sum]).toEqual([[0, 0], 0, 0])
})
