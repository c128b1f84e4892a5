import { expect, test } from 'vitest'
import { everyPattern, everyText, mostMinutes, toMinutes } from '../../../src/core/every.ts'

test('every interval of a minute to a day is written in its largest whole unit, and read again', () => {
  for (let minutes = 1; minutes <= mostMinutes; minutes += 1) {
    const text = everyText(minutes)
    expect(text).toMatch(everyPattern)
    expect(toMinutes(text)).toBe(minutes)
    expect(`${minutes}m`).toMatch(everyPattern)
  }
  expect([15, 60, 90, 360, 1440].map(everyText)).toEqual(['15m', '1h', '90m', '6h', '1d'])
})

test.each(['0m', '1441m', '2000m', '25h', '2d', '1', '1.5h', '1H', ' 1h', '1h ', '01h', '-1h', '1h30m'])(
  '%j is none',
  (text) => {
    expect(text).not.toMatch(everyPattern)
  },
)
