import { expect, test } from 'vitest'
import { firstOf } from '../../../web/ui/gradual.ts'

test('the first rows are taken over the bounds of groups, and a group without any is left out', () => {
  const groups = [
    { name: 'a', note: '3', rows: [1, 2, 3] },
    { name: 'b', rows: [4, 5] },
    { name: 'c', rows: [6] },
  ]
  expect(firstOf(groups, 4)).toEqual([
    { name: 'a', note: '3', rows: [1, 2, 3] },
    { name: 'b', rows: [4] },
  ])
  expect(firstOf(groups, 6)).toEqual(groups)
  expect(firstOf(groups, 0)).toEqual([])
})
