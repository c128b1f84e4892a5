import { expect, test } from 'vitest'
import { lastWeek, mondayOf, weekOf } from '../../../src/core/week.ts'

// By a calendar with the numbers of weeks.
test.each([
  ['2026-11-23T00:00:00.000Z', '2026-W48'],
  ['2026-11-29T23:59:59.999Z', '2026-W48'],
  ['2026-11-30T00:00:00.000Z', '2026-W49'],
  ['2025-12-29T00:00:00.000Z', '2026-W01'],
  ['2026-12-31T12:00:00.000Z', '2026-W53'],
  ['2027-01-03T23:00:00.000Z', '2026-W53'],
  ['2027-01-04T00:00:00.000Z', '2027-W01'],
  ['2024-12-30T00:00:00.000Z', '2025-W01'],
])('%s is in %s', (moment, week) => {
  expect(weekOf(new Date(moment))).toBe(week)
})

test.each([
  ['2026-W48', '2026-11-23T00:00:00.000Z'],
  ['2026-W01', '2025-12-29T00:00:00.000Z'],
  ['2026-W53', '2026-12-28T00:00:00.000Z'],
  ['2021-W01', '2021-01-04T00:00:00.000Z'],
])('%s begins on %s', (week, monday) => {
  expect(mondayOf(week)?.toISOString()).toBe(monday)
})

test.each(['2025-W53', '2026-W00', '2026-W54', '2026-W1', '2026-48', 'W48', '', '2026-W48 ', '0026-W48'])(
  '%j is no week',
  (week) => {
    expect(mondayOf(week)).toBeNull()
  },
)

test('the last week ended before this one began', () => {
  expect(lastWeek(new Date('2026-11-30T00:00:00Z'))).toBe('2026-W48')
  expect(lastWeek(new Date('2026-12-06T23:59:59Z'))).toBe('2026-W48')
})
