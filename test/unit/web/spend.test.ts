import { expect, test } from 'vitest'
import { spendSearch } from '../../../web/screens/spend/search.ts'
import { byKind, callsText, groupsByKind, spentText } from '../../../web/screens/spend/kinds.ts'
import {
  byDay,
  chargedOf,
  type CostRow,
  drift,
  firstDay,
  rest,
  ticksOf,
} from '../../../web/screens/spend/view.ts'

const cost = (provider: string, day: string, usd: number): CostRow => ({
  provider,
  model: null,
  region: null,
  synthetic: false,
  since: `${day}T00:00:00+00:00`,
  n_calls: 4,
  n_answers: 4,
  input_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  cost_usd: usd,
  n_cost_unknown: 0,
})

test('the days that are shown end today, in UTC', () => {
  expect(firstDay(new Date('2026-11-29T23:59:00Z'), 7)).toBe('2026-11-23')
  expect(firstDay(new Date('2026-03-01T00:00:00Z'), 1)).toBe('2026-03-01')
})

test('each day says what each provider was paid; a day without calls has none, and is no free day', () => {
  const rows = [
    cost('groq', '2026-11-29', 0.1),
    cost('openai', '2026-11-29', 0.4),
    cost('groq', '2026-11-27', 0.2),
    cost('openai', '2026-11-20', 9),
  ]
  const { payees, days } = byDay(rows, '2026-11-27', 3)
  expect(payees).toEqual(['openai', 'groq'])
  expect(days.map(({ day, n_calls: n, usd }) => [day, n, usd])).toEqual([
    ['2026-11-27', 4, [0, 0.2]],
    ['2026-11-28', 0, [0, 0]],
    ['2026-11-29', 8, [0.4, 0.1]],
  ])
})

const synthetic = (provider: string, day: string, usd: number) => ({
  ...cost(provider, day, usd),
  synthetic: true,
})

test('what was paid and what nobody paid are told apart by name, in sums and in words', () => {
  const rows = [cost('groq', '2026-11-29', 0.1), synthetic('groq', '2026-11-29', 7)]
  const { payees, days, kinds } = byDay(rows, '2026-11-28', 2)
  expect(payees).toEqual(['groq', 'groq, synthetic'])
  expect(days.map(({ usd }) => usd)).toEqual([
    [0, 0],
    [0.1, 7],
  ])
  expect(kinds).toEqual({ real: { usd: 0.1, n_calls: 4 }, synthetic: { usd: 7, n_calls: 4 } })
  expect(days.map((each) => spentText(each.kinds))).toEqual([
    'no calls',
    '$0.1000 for 4 calls, and $7.00 synthetic for 4 calls',
  ])
  expect(callsText(kinds)).toBe('4 calls and 4 synthetic ones')
  expect(spentText(byKind(rows.slice(1)))).toBe('$7.00 synthetic for 4 calls')
  expect(spentText(byKind(rows.slice(0, 1)))).toBe('$0.1000 for 4 calls')
  expect(callsText(byKind(rows.slice(1)))).toBe('4 synthetic calls')
  // Of one kind alone no name says it: the chart does.
  expect(byDay(rows.slice(1), '2026-11-28', 2).payees).toEqual(['groq'])
  const noteOf = (of: readonly CostRow[]) => `${of.length}`
  expect(groupsByKind(rows, noteOf).map(({ name, note }) => [name, note])).toEqual([
    ['Real', '1'],
    ['Synthetic', '1, which nobody paid'],
  ])
  expect(groupsByKind(rows.slice(0, 1), noteOf)).toEqual([{ name: null, rows: rows.slice(0, 1) }])
})

test('the others are never of both kinds', () => {
  const day = '2026-11-29'
  const rows = Array.from({ length: 5 }, (_, n) => [
    cost(`r${n}`, day, 9 - n),
    synthetic(`s${n}`, day, 99 - n),
  ])
  expect(byDay(rows.flat(), day, 1).payees).toEqual([
    'r0',
    'r1',
    'r2',
    'r3',
    'r4',
    's0, synthetic',
    's1, synthetic',
    'others, synthetic',
  ])
  const many = Array.from({ length: 9 }, (_, n) => cost(`r${n}`, day, 9 - n))
  const { payees, days } = byDay([...many, synthetic('s', day, 5)], day, 1)
  expect(payees).toEqual(['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'others', 'others, synthetic'])
  expect(days[0]?.usd.slice(-2)).toEqual([3 + 2 + 1, 5])
})

test('beyond the seventh, who was paid is one, so that eight colours suffice', () => {
  const rows = Array.from({ length: 10 }, (_, index) => cost(`p${index}`, '2026-11-29', 10 - index))
  const { payees, days } = byDay(rows, '2026-11-29', 1)
  expect(payees).toHaveLength(8)
  expect(payees.at(-1)).toBe(rest)
  expect(days[0]?.usd.at(-1)).toBe(3 + 2 + 1)
  expect(days[0]?.total).toBe(55)
})

test('an axis ends at a round number that is no less than what it shows', () => {
  expect(ticksOf(0.98)).toEqual([0, 0.25, 0.5, 0.75, 1])
  expect(ticksOf(0.0052)).toEqual([0, 0.002, 0.004, 0.006])
  expect(ticksOf(40)).toEqual([0, 10, 20, 30, 40])
  expect(ticksOf(0)).toEqual([0, 1])
})

test('what was charged is compared where both are known, furthest apart first', () => {
  const result = (model: string, charged: number | null, computed: number | null) =>
    ({ provider: 'openrouter', model, charged_usd: charged, computed_usd: computed }) as never
  const rows = [
    result('near', 1, 1),
    result('near', 1.5, 1),
    result('far', 4, 2),
    result('silent', null, 3),
    result('priceless', 3, null),
  ]
  expect(chargedOf(rows)).toEqual([
    { provider: 'openrouter', model: 'far', n: 1, charged: 4, computed: 2, largest: 2 },
    { provider: 'openrouter', model: 'near', n: 2, charged: 2.5, computed: 2, largest: 0.5 },
  ])
  expect(drift({ charged: 2.5, computed: 2 })).toBe('+25 %')
  expect(drift({ charged: 1.994, computed: 2 })).toBe('−0.3 %')
  expect(drift({ charged: 1, computed: 0 })).toBe('')
})

test('the search of a URL keeps what the screen knows, and nothing else', () => {
  const known = { days: 90, kind: 'real', part: 'charged', chart: 'table' }
  expect(spendSearch({ ...known, other: 1 })).toEqual(known)
  expect(spendSearch({ days: 30, kind: 'all', part: 'provider', chart: 'bars' })).toEqual({})
})
