import { expect, test } from 'vitest'
import { columnsOf } from '../../../src/cli/streams.ts'

test('a terminal without a size is taken as 80 columns wide', () => {
  expect([0, 40].map((columns) => columnsOf({ columns }))).toEqual([80, 40])
})
