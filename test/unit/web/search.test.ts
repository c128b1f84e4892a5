import { expect, test } from 'vitest'
import { onlyKnown } from '../../../web/app/only-known.ts'
import { isDay, isMoment } from '../../../web/format/time.ts'
import { historySearch, isFiltered } from '../../../web/screens/history/search.ts'
import { nowSearch } from '../../../web/screens/now/search.ts'
import { targetSearch } from '../../../web/screens/target/search.ts'

/** What a screen is given: the router lays the answer of the reader over what the URL says. */
const givenBy = (read: (given: Record<string, unknown>) => object, said: Record<string, unknown>) => ({
  ...said,
  ...onlyKnown(read)(said),
})

test('what a screen refuses of a URL does not reach it', () => {
  expect(givenBy(nowSearch, { q: ['a'], sort: '-__proto__', group: 'family', state: {}, other: 1 })).toEqual({
    group: 'family',
  })
  expect(givenBy(targetSearch, { range: ['7d'], until: '2026-1 foo', region: ['x'] })).toEqual({})
})

test('a list is filtered by what it knows alone', () => {
  expect(isFiltered(givenBy(historySearch, { status: '<b>', utm: 'x', pick: ['a'] }))).toBe(false)
  expect(isFiltered(givenBy(historySearch, { status: 'gap' }))).toBe(true)
})

test.each(['2026-02-28', '1999-12-31'])('%s is a day', (text) => expect(isDay(text)).toBe(true))
test.each([
  '2026-02-31',
  '0000-01-01',
  '9999-12-31',
  '+275760-01-01',
  '2026-1-1',
  '2026-11-29T10:00:00Z',
  '',
])('%j is no day', (text) => expect(isDay(text)).toBe(false))

test.each(['2026-11-29', '2026-11-29T10:00Z', '2026-11-29T10:00:00.123Z', '2026-11-29T10:00:00+01:00'])(
  '%s is a moment',
  (text) => expect(isMoment(text)).toBe(true),
)
test.each(['2026-11-29T10:00:00', '2026-11-31T10:00:00Z', '2026-1 foo (1)', '2026-11-29T25:00:00Z'])(
  '%j is no moment',
  (text) => expect(isMoment(text)).toBe(false),
)

test('a span is looked at from ten minutes to ten years, and not backwards', () => {
  const spanOf = (from: string, to: string) => targetSearch({ from, to })
  expect(spanOf('2026-11-29T10:00:00Z', '2026-11-29T10:09:00Z')).toEqual({})
  expect(spanOf('2026-11-29', '2026-11-20')).toEqual({})
  expect(spanOf('1970-01-01', '2026-11-29')).toEqual({})
  expect(spanOf('2026-11-20', '2026-11-29')).toEqual({ from: '2026-11-20', to: '2026-11-29' })
})
