import { expect, test } from 'vitest'
import { figuresOf } from '../../../web/screens/incident/evidence.ts'
import { incidentSearch } from '../../../web/screens/incident/search.ts'
import { metricOf, referencesOf, stretchOf } from '../../../web/screens/incident/stretch.ts'
import { kindNames, lastingOf, whyOf } from '../../../web/ui/incident-words.ts'
import { incidentLike } from '../../support/told-incidents.ts'

const slow = incidentLike({
  kind: 'slow',
  severity: 'minor',
  evidence: {
    metric: 'ttft',
    above: 7,
    n: 8,
    median_ms: 1840,
    p50_ms: 780,
    p95_ms: 1210,
    ratio: 2.36,
    baseline_n: 1340,
    baseline_days: 14,
  },
})

test('why it opened is told in numbers, and what the evidence lacks is left out', () => {
  const shown = (given: Parameters<typeof figuresOf>[0]) =>
    figuresOf(given).map(({ head, value, ground }) =>
      [head, value, ...(ground === null ? [] : [ground])].join(' | '),
    )
  const { evidence } = slow
  expect(shown({ ...slow, evidence: { ...evidence, limit_ratio: 1.25, worse_ratio: 3 } })).toContain(
    'Told from | 1.25× | major from 3×',
  )
  expect(shown(slow)).toEqual([
    'When it opened | 1.84 s | median of 8',
    'Usual | 780 ms | n 1,340 · 14 d',
    'Slower | 2.4×',
    'Usual p95 | 1.21 s',
    'Above p95 | 7 of 8 | of the last samples',
  ])
  expect(
    shown({ kind: 'down', evidence: { failures: 2, error_kinds: ['timeout_first_token', 'overloaded'] } }),
  ).toEqual(['Failed in a row | 2', 'Errors | timeout first token and overloaded | latest first'])
  expect(
    shown({
      kind: 'price_change',
      evidence: {
        input_before: 0.2,
        input_after: 0.1,
        output_before: 1,
        output_after: 1,
        source: 'models.dev',
      },
    }),
  ).toEqual([
    'Input | $0.20 → $0.10 | per million tokens',
    'Output | $1.00 | per million tokens',
    'From | models.dev',
  ])
  expect(shown({ kind: 'budget', evidence: { period: 'day', usd: 8.5, limit_usd: 10 } })).toEqual([
    'Spent | $8.50 of $10.00 | this day',
  ])
  const bad = { n_24h: 96, bad_24h: 12, burn_24h: 2.5, n_7d: 672, bad_7d: 12, burn_7d: 0.357 }
  const slo = { objective: 'latency', share: 0.95, within_ms: 5000, ...bad }
  expect(shown({ kind: 'slo', evidence: slo })).toEqual([
    'Objective | 95 % | of the answers',
    'Within | 5.00 s | whole answer',
    'Bad in 24 hours | 12 of 96 | 2.5× what may be',
    'Bad in 7 days | 12 of 672 | 0.3× what may be',
  ])
  const available = { ...slo, objective: 'availability', within_ms: null }
  expect(shown({ kind: 'slo', evidence: available }).slice(0, 2)).toEqual([
    'Objective | 95 % | of the checks',
    'Bad in 24 hours | 12 of 96 | 2.5× what may be',
  ])
  for (const kind of Object.keys(kindNames) as (keyof typeof kindNames)[])
    expect(figuresOf({ kind, evidence: {} }), kind).toEqual([])
})

test('the chart has the metric of the evidence and what it was compared with; time per token is shown as speed', () => {
  expect([metricOf(slow), metricOf(incidentLike())]).toEqual(['ttft', 'ttft'])
  expect(referencesOf(slow)).toEqual([
    { name: 'usual 780 ms', value: 780 },
    { name: 'usual p95 1.21 s', value: 1210 },
  ])
  const slo = incidentLike({ kind: 'slo', evidence: { objective: 'latency', within_ms: 5000 } })
  expect([metricOf(slo), referencesOf(slo)]).toEqual(['latency', [{ name: 'within 5.00 s', value: 5000 }]])
  const slowTokens = incidentLike({ kind: 'slow', evidence: { metric: 'tpot', p50_ms: 10, p95_ms: 25 } })
  expect(metricOf(slowTokens)).toBe('tps')
  expect(referencesOf(slowTokens)).toEqual([
    { name: 'usual 100 tok/s', value: 100 },
    { name: 'usual p95 40 tok/s', value: 40 },
  ])
  expect(referencesOf(incidentLike())).toEqual([])
})

const now = new Date('2026-11-06T00:00:00Z')
const hours = (n: number) => n * 3_600_000

test('an open incident is shown up to now with as much before it, and some hours at least', () => {
  const { target_id: id, region } = incidentLike()
  expect(stretchOf(incidentLike(), now)).toEqual({ id, region, lengthMs: hours(24), until: null })
  const fresh = incidentLike({ first_bad_at: '2026-11-05T23:00:00Z' })
  expect(stretchOf(fresh, now)).toMatchObject({ lengthMs: hours(5), until: null })
})

test('one that is over is shown with what came after, as far as that has come', () => {
  const over = (ended: string) =>
    stretchOf(incidentLike({ resolved_at: ended, resolve_reason: 'recovered' }), now)
  expect(over('2026-11-05T13:00:00Z')).toMatchObject({
    lengthMs: hours(7),
    until: '2026-11-05T15:00:00.000Z',
  })
  expect(over('2026-11-05T23:00:00Z')).toMatchObject({ lengthMs: hours(23), until: null })
})

test('a drift is shown with the weeks it was compared with; what has no target has no chart', () => {
  const drift = incidentLike({ kind: 'drift', evidence: { metric: 'ttft', reference_days: 28 } })
  expect(stretchOf(drift, now)?.lengthMs).toBe(hours(28 * 24 + 12))
  expect(stretchOf(incidentLike({ target_id: null }), now)).toBeNull()
})

test('words and durations are of the moment; a URL holds the table alone', () => {
  expect(whyOf(incidentLike())).toEqual([
    '2 checks in a row failed.',
    'Errors: timeout_first_token, overloaded.',
  ])
  expect(lastingOf(incidentLike(), now)).toBe(hours(12))
  expect(lastingOf(incidentLike({ resolved_at: '2026-11-05T13:30:00Z' }), now)).toBe(hours(1.5))
  expect([incidentSearch({ view: 'table', x: 1 }), incidentSearch({ view: 'chart' })]).toEqual([
    { view: 'table' },
    {},
  ])
})
