import { expect, test } from 'vitest'
import { intervalText, minutesOf, minutesProblem } from '../../../web/screens/target/interval.ts'

test.each(['0', '1441', '1.5', 'x', '-5', '1e4'])('%s are no minutes of an interval', (text) => {
  expect(minutesProblem(text)).toMatch(/^A whole number of minutes, 1 to 1,440/)
})

test('an empty field is every slot, which needs no words', () => {
  expect(['', ' ', '1', '1440'].map(minutesProblem)).toEqual([null, null, null, null])
  expect(['', ' ', '90'].map(minutesOf)).toEqual([null, null, 90])
  expect([null, 15, 60, 90, 360, 1440].map(intervalText)).toEqual([
    [],
    ['every 15 min'],
    ['every 60 min'],
    ['every 1 h 30 min'],
    ['every 6 h'],
    ['every 24 h'],
  ])
})
