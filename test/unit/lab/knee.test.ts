import { expect, test } from 'vitest'
import { kneeOf } from '../../../src/lab/knee.ts'

const along = (loads: number[], throughputs: number[]) =>
  loads.map((load, place) => ({ load, throughput: throughputs[place] ?? 0 }))

test('the knee is the lowest load above which more load never brings half as much more', () => {
  expect(kneeOf(along([1, 2, 4, 8, 16], [10, 20, 39, 42, 43]))).toBe(2)
  // The same endpoint in small steps: noise of one step is no knee.
  expect(kneeOf(along([1, 2, 3, 4, 5, 6, 8], [10, 20, 21, 38, 40, 41, 41]))).toBe(3)
  expect(kneeOf(along([1, 2, 4], [40, 41, 39]))).toBe(0)
})

test('without saturation, or with fewer than three levels, there is no knee', () => {
  expect(kneeOf(along([1, 2, 4, 8], [10, 20, 39, 70]))).toBeNull()
  expect(kneeOf(along([1, 8], [10, 10]))).toBeNull()
  expect(kneeOf([])).toBeNull()
})
