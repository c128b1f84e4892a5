import { describe, expect, test } from 'vitest'
import { judgeHealth } from '../../../src/run/health.ts'
import { intervalOf, nextSlot } from '../../../src/run/slot.ts'

const minute = 60_000
const hour = 60 * minute

test.each([
  ['every quarter of an hour', '*/15 * * * *', '2026-11-21T10:07:00.000Z', 15 * minute],
  ['every quarter of an hour, on the dot', '*/15 * * * *', '2026-11-21T10:15:00.000Z', 15 * minute],
  ['twice a day', '0 9,17 * * *', '2026-11-21T12:00:00.000Z', 16 * hour],
  ['in working hours, at noon', '*/15 9-16 * * 1-5', '2026-11-26T12:00:00.000Z', 15 * minute],
  ['in working hours, on a Sunday', '*/15 9-16 * * 1-5', '2026-11-22T12:00:00.000Z', 64.25 * hour],
  ['in working hours, early on Monday', '*/15 9-16 * * 1-5', '2026-11-23T09:20:00.000Z', 64.25 * hour],
  ['once a week', '0 2 * * 0', '2026-11-26T12:00:00.000Z', 7 * 24 * hour],
  ['on leap days', '0 0 29 2 *', '2026-11-26T12:00:00.000Z', 1461 * 24 * hour],
])('fire times %s are so far apart', (...[, cron, moment, interval]) => {
  expect(intervalOf(cron, new Date(moment))).toBe(interval)
})

test('an expression that fires once has no interval', () => {
  expect(intervalOf('0 0 0 1 1 * 2027', new Date('2026-11-26T12:00:00.000Z'))).toBeNull()
})

test('the next fire time is after the moment', () => {
  expect(nextSlot('*/15 * * * *', new Date('2026-11-21T10:15:00.000Z'))?.toISOString()).toBe(
    '2026-11-21T10:30:00.000Z',
  )
})

describe('a schedule of every quarter of an hour', () => {
  const now = new Date('2026-11-21T10:40:00.000Z')
  const finished = (msAgo: number | null) => ({
    lastFinishedAt: msAgo === null ? null : new Date(now.getTime() - msAgo),
    lastStatus: null,
    now,
  })
  test.each([
    ['kept when a run finished just now', 0, 'kept'],
    ['kept when a run finished 2.5 intervals ago', 37.5 * minute, 'kept'],
    ['overdue a moment later', 37.5 * minute + 1, 'overdue'],
    ['never run when no run finished', null, 'never'],
  ])('is %s', (_, msAgo, state) => {
    expect(judgeHealth(finished(msAgo), { cron: '*/15 * * * *' })).toEqual({
      state,
      intervalMs: 15 * minute,
      limitMs: 37.5 * minute,
    })
  })
})

test('a pause that the schedule makes is not overdue, and two lost runs are', () => {
  const cron = '*/15 9-16 * * 1-5'
  const friday = new Date('2026-11-20T16:46:00.000Z')
  const at = (moment: string) =>
    judgeHealth({ lastFinishedAt: friday, now: new Date(moment) }, { cron }).state
  expect(at('2026-11-22T12:00:00.000Z')).toBe('kept')
  expect(at('2026-11-23T09:05:00.000Z')).toBe('kept')
  expect(at('2026-11-23T10:05:00.000Z')).toBe('overdue')
})

test('a schedule that fires once is kept by any run', () => {
  const health = { lastFinishedAt: new Date(0), lastStatus: null, now: new Date('2026-11-26T12:00:00.000Z') }
  expect(judgeHealth(health, { cron: '0 0 0 1 1 * 2027' })).toEqual({
    state: 'kept',
    intervalMs: null,
    limitMs: null,
  })
})
