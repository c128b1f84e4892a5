import { describe, expect, test } from 'vitest'
import { dialectNotes } from '../../../src/run/cron-dialect.ts'
import { cronProblem, intervalOf, lateAfter, nextSlot, slotOf } from '../../../src/run/slot.ts'

const from = new Date('2026-11-29T10:00:00Z')
const next = (cron: string, count: number): string[] => {
  const times: string[] = []
  for (let at = nextSlot(cron, from); at !== null && times.length < count; at = nextSlot(cron, at))
    times.push(at.toISOString().slice(0, 10))
  return times
}

// By the calendar: 2026-11-30 and 2026-12-07 are Mondays.
test.each([
  ['0 9 1 * 1', ['2026-11-30', '2026-12-01', '2026-12-07', '2026-12-14']],
  ['0 9 1,15 * MON', ['2026-11-30', '2026-12-01', '2026-12-07', '2026-12-14', '2026-12-15']],
  ['0 9 */2 * 1', ['2026-11-30', '2026-12-01', '2026-12-03', '2026-12-05', '2026-12-07']],
  ['0 9 1-3 * 1', ['2026-11-30', '2026-12-01', '2026-12-02', '2026-12-03', '2026-12-07']],
  ['0 9 29 2 1', ['2027-02-01', '2027-02-08', '2027-02-15', '2027-02-22', '2028-02-07']],
  ['0 9 * * 5-7', ['2026-12-04', '2026-12-05', '2026-12-06', '2026-12-11']],
])('%s fires on either of its days', (cron, days) => {
  expect(next(cron, days.length)).toEqual(days)
})

test('slots, lateness and intervals have the same days as fire times', () => {
  const monday = new Date('2026-11-30T09:00:00Z')
  expect(slotOf('0 9 1 * 1', new Date('2026-11-30T12:00:00Z'))).toEqual(monday)
  expect(lateAfter('0 9 1 * 1', monday)).toEqual(new Date('2026-12-01T09:00:00Z'))
  expect(intervalOf('0 9 1 * 1', new Date('2026-11-25T12:00:00Z'))).toBe(7 * 86_400_000)
})

describe('an expression that others read otherwise', () => {
  test.each([
    '0 0 9 * * * 2027',
    '? * * * *',
    '0 9 ? * 1',
    '0 9 L * *',
    '0 9 L-3 * *',
    '0 9 LW * *',
    '0 9 15W * *',
    '0 9 * * 5L',
    '0 9 * * 1#2',
    '0 9 1-7 * +1',
    '0 9 * January Monday',
    '0 9 * * FRI-MON',
    '0 9 * * 7-1',
    '22-2 * * * *',
    '5/10 * * * *',
    '*/90 * * * *',
    '*/0 * * * *',
    '*\t* * * *',
    '0 9 * *\u00a0*',
    '* * * *\n*',
    '* * * *',
    '*',
    '',
    'H * * * *',
    'TZ=UTC 0 9 * * *',
    '@every 5m',
    '@reboot',
    '0 24 * * *',
    'MON * * * *',
    '0 9 30 2 *',
    '*/15 * * * * * *',
  ])('is refused in one line: %j', (cron) => {
    expect(cronProblem(cron)).toMatch(/^.{10,300}$/)
  })

  test.each([
    ['*/15 * * * *', []],
    ['  */15  9-17 * * 1-5 ', []],
    ['0 0,12 1 */2 *', []],
    ['0 9 * * *', []],
    ['0 9 * * */7', []],
    ['*/15 * * * * *', [/seconds/]],
    ['0 9 1 * 1', [/either of its days, as in pg_cron/]],
    ['0 9 */2 * 1', [/pg_cron wants both/]],
    ['0 9 1 * */2', [/pg_cron wants both/]],
    ['0 9 * JAN-MAR *', [/no names/]],
    ['0 9 * * mon,wed', [/no names/]],
    ['0 9 * * 0-7', [/Sunday is 0/]],
    ['@daily', [/Vercel knows no @daily/]],
    ['0 0 9 1 * SUN', [/seconds/, /either/, /no names/]],
  ])('has a note, or needs none: %j', (cron, notes) => {
    expect(cronProblem(cron)).toBeNull()
    const told = dialectNotes(cron)
    expect(told).toHaveLength(notes.length)
    for (const [index, note] of notes.entries()) expect(told[index]).toMatch(note)
  })
})
