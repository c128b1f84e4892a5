import { expect, test } from 'vitest'
import { age, clock, day, span, utc } from '../../../web/format/time.ts'

const now = new Date('2026-11-29T12:00:00Z')
const before = (seconds: number) => new Date(now.getTime() - seconds * 1000)

test.each([
  [0, '0 s'],
  [89, '89 s'],
  [90, '2 min'],
  [89 * 60, '89 min'],
  [200 * 60, '3 h 20 min'],
  [4 * 3600, '4 h'],
  [26 * 3600, '26 h'],
  [72 * 3600, '3 d'],
])('%s s are %s', (seconds, text) => expect(span(seconds * 1000)).toBe(text))

test('an age is relative up to 48 hours, then a date', () => {
  expect(age(before(240), now)).toBe('4 min ago')
  expect(age(before(48 * 3600), now)).toBe('2 d ago')
  expect(age('2026-11-12T12:00:00Z', now)).toBe('12 Nov')
  expect(age('2025-11-12T12:00:00Z', now)).toBe('12 Nov 2025')
  expect(age(before(-30), now)).toBe('now')
})

test('times name their zone', () => {
  expect(day('2026-11-12T23:30:00Z', now, 'UTC')).toBe('12 Nov')
  expect(day('2026-11-12T23:30:00Z', now, 'Asia/Tokyo')).toBe('13 Nov')
  expect(clock('2026-11-12T23:30:00Z', 'Asia/Tokyo')).toBe('08:30')
  expect(utc('2026-11-29T14:02:33.123+01:00')).toBe('2026-11-29 13:02:33 UTC')
})
