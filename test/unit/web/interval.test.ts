import { expect, test } from 'vitest'
import { intervalTexts } from '../../../web/format/interval.ts'
import { minutesOf, minutesProblem } from '../../../web/screens/target/interval.ts'

test.each(['0', '1441', '1.5', 'x', '-5', '1e4'])('%s are no minutes of an interval', (text) => {
  expect(minutesProblem(text)).toMatch(/^A whole number of minutes, 1 to 1,440/)
})

test('an empty field is every slot, which needs no words', () => {
  expect(['', ' ', '1', '1440'].map(minutesProblem)).toEqual([null, null, null, null])
  expect(['', ' ', '90'].map(minutesOf)).toEqual([null, null, 90])
  const texts = (minutes: number | null) => intervalTexts({ every_minutes: minutes, thinned_minutes: null })
  expect([null, 15, 60, 90, 360, 1440].map(texts)).toEqual([
    [],
    ['every 15 min'],
    ['every 60 min'],
    ['every 1 h 30 min'],
    ['every 6 h'],
    ['every 24 h'],
  ])
})

test('an interval that a budget makes longer is said as that, beside its own', () => {
  expect(intervalTexts({ every_minutes: 60, thinned_minutes: 240 })).toEqual([
    'every 60 min',
    'thinned to every 4 h by the budget',
  ])
})
