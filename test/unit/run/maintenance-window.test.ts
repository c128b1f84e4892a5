import { expect, test } from 'vitest'
import {
  isInMaintenance,
  type MaintenanceWindow,
  openUntil,
  opensNext,
} from '../../../src/run/maintenance.ts'

const window = (more: Partial<MaintenanceWindow>): MaintenanceWindow => ({
  scope: 'all',
  starts_at: null,
  ends_at: null,
  cron: null,
  duration_minutes: null,
  time_zone: null,
  ...more,
})
const at = (text: string) => new Date(`2026-11-${text}Z`)
const seen = (given: MaintenanceWindow, moment: string) =>
  [openUntil(given, at(moment)), opensNext(given, at(moment))].map((each) =>
    each === null ? null : each.toISOString().slice(8, 16),
  )

test('a window that opens once opens at its beginning, and is closed at its end', () => {
  const once = window({ starts_at: '2026-11-10T08:00:00+00:00', ends_at: '2026-11-10T09:30:00+00:00' })
  expect(seen(once, '10T07:59:59')).toEqual([null, '10T08:00'])
  expect(seen(once, '10T08:00:00')).toEqual(['10T09:30', null])
  expect(seen(once, '10T09:30:00')).toEqual([null, null])
})

test('one that recurs does so in its own time zone, between the ends it may have', () => {
  // Three in the morning in Berlin is two in UTC in November.
  const weekly = { cron: '0 3 * * 1', duration_minutes: 60, time_zone: 'Europe/Berlin' }
  expect(seen(window(weekly), '09T02:00:00')).toEqual(['09T03:00', '16T02:00'])
  expect(seen(window(weekly), '09T03:00:00')).toEqual([null, '16T02:00'])
  const bounded = window({
    ...weekly,
    starts_at: '2026-11-09T02:00:00+00:00',
    ends_at: '2026-11-16T02:20:00+00:00',
  })
  expect(seen(bounded, '01T00:00:00')).toEqual([null, '09T02:00'])
  expect(seen(bounded, '16T02:10:00')).toEqual(['16T02:20', null])
  expect(seen(bounded, '16T02:20:00')).toEqual([null, null])
})

test('one that recurs and begins in the middle of a time opens then', () => {
  const nightly = { cron: '0 3 * * *', duration_minutes: 60, time_zone: 'UTC' }
  const late = window({ ...nightly, starts_at: '2026-11-10T03:20:00+00:00' })
  expect(seen(late, '10T03:10:00')).toEqual([null, '10T03:20'])
  expect(seen(late, '10T03:20:00')).toEqual(['10T04:00', '11T03:00'])
  const after = window({ ...nightly, starts_at: '2026-11-10T04:00:00+00:00' })
  expect(seen(after, '10T03:10:00')).toEqual([null, '11T03:00'])
})

test.each([
  { cron: '0 3 * * *', time_zone: 'Mars/Olympus' },
  { cron: 'at night', time_zone: 'UTC' },
])('one that recurs by what cannot be read here is never open: %o', (times) => {
  const unread = window({ ...times, duration_minutes: 60 })
  expect(seen(unread, '10T03:10:00')).toEqual([null, null])
  expect(seen({ ...unread, starts_at: '2026-11-11T00:00:00+00:00' }, '10T03:10:00')).toEqual([null, null])
  expect(isInMaintenance([unread], { provider: null, targetId: null }, at('10T03:10:00'))).toBe(false)
})

test('a window is of everything, of a provider or of a target', () => {
  const open = { starts_at: '2026-11-10T08:00:00+00:00', ends_at: '2026-11-10T09:00:00+00:00' }
  const isOf = (scope: string, provider: string | null, targetId: string | null) =>
    isInMaintenance([window({ ...open, scope })], { provider, targetId }, at('10T08:30:00'))
  expect([isOf('all', null, null), isOf('all', 'openai', 't')]).toEqual([true, true])
  expect([isOf('provider/openai', 'openai', 't'), isOf('provider/openai', 'groq', 't')]).toEqual([
    true,
    false,
  ])
  expect([isOf('target/t', 'openai', 't'), isOf('target/t', 'openai', 'u')]).toEqual([true, false])
  expect(isOf('target/t', null, null)).toBe(false)
})
