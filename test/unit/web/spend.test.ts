import { expect, test } from 'vitest'
import { spendSearch } from '../../../web/screens/spend/search.ts'
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
    { ...cost('groq', '2026-11-29', 0), synthetic: true },
    cost('openai', '2026-11-20', 9),
  ]
  const { payees, days } = byDay(rows, '2026-11-27', 3)
  expect(payees).toEqual(['openai', 'groq', 'groq, synthetic'])
  expect(days.map(({ day, n_calls: n, usd }) => [day, n, usd])).toEqual([
    ['2026-11-27', 4, [0, 0.2, 0]],
    ['2026-11-28', 0, [0, 0, 0]],
    ['2026-11-29', 12, [0.4, 0.1, 0]],
  ])
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
