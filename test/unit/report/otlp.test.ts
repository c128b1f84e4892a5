import { expect, test } from 'vitest'
import { asObject } from '../../../src/core/json.ts'
import { familiesOf } from '../../../src/report/metric-families.ts'
import { otlpRequest } from '../../../src/report/otlp.ts'
import { encodeResult } from '../../../src/store/result-codec.ts'
import type { Result } from '../../../src/core/result.ts'
import { monitoring } from '../../support/monitoring.ts'
import { failedResult, samplePlan, sampleResult } from '../../support/samples.ts'

interface Point {
  attributes: { key: string; value: { stringValue: string } }[]
  [field: string]: unknown
}
interface Metric {
  name: string
  unit: string
  gauge?: { dataPoints: Point[] }
  sum?: { aggregationTemporality: number; isMonotonic: boolean; dataPoints: Point[] }
  histogram?: { aggregationTemporality: number; dataPoints: Point[] }
}

const since = new Date('2026-11-29T10:00:00Z')
const until = new Date('2026-11-29T10:01:00.500Z')
const plan = samplePlan(['m'])
const [probe] = plan.probes
const rowOf = async (make: typeof sampleResult, more: Partial<Result> = {}) => {
  if (probe === undefined) throw new Error('no probe')
  return (await encodeResult(make(plan, probe, more))).row
}

async function metricsOf(results: readonly Awaited<ReturnType<typeof rowOf>>[], known = monitoring()) {
  const request = otlpRequest({
    resource: { 'service.name': 'firsttoken' },
    families: familiesOf(known, false),
    now: until,
    calls: { since, until, results, providerName: (id) => `${id}.named` },
  })
  const [of] = (request as { resourceMetrics: { resource: object; scopeMetrics: { metrics: Metric[] }[] }[] })
    .resourceMetrics
  const metrics = of?.scopeMetrics[0]?.metrics ?? []
  return { resource: of?.resource, metrics, named: new Map(metrics.map((metric) => [metric.name, metric])) }
}
const plain = ({ attributes }: Point) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]))

test('what /metrics shows is pushed with the same labels, counters as cumulative sums since the first call', async () => {
  const { named, resource } = await metricsOf([])
  expect(asObject(resource)?.['attributes']).toContainEqual({
    key: 'service.name',
    value: { stringValue: 'firsttoken' },
  })
  const cost = named.get('firsttoken.cost_usd')
  expect(cost).toMatchObject({ unit: '{USD}', sum: { aggregationTemporality: 2, isMonotonic: true } })
  const [point] = cost?.sum?.dataPoints ?? []
  expect(point).toMatchObject({
    startTimeUnixNano: '1793491200000000000',
    timeUnixNano: '1795946460500000000',
    asDouble: 0.014_34,
  })
  expect(point && Object.keys(plain(point))).toEqual(['provider', 'model', 'region', 'target'])
  expect(named.get('firsttoken.probe_ttft')).toMatchObject({
    unit: 's',
    gauge: { dataPoints: [{ asDouble: 0.2505 }] },
  })
  expect([...named.keys()].filter((name) => name.startsWith('gen_ai'))).toEqual([])
})

test('the calls of a run are histograms by the GenAI conventions, as deltas', async () => {
  const results = [
    await rowOf(sampleResult, { totalLatencyMs: 1280, ttftMs: 10, timingQuality: 'ok' }),
    await rowOf(sampleResult, { totalLatencyMs: 1281, ttftMs: 10.5, timingQuality: 'degraded' }),
    await rowOf(sampleResult, { totalLatencyMs: 100_000, ttftMs: 5, timingQuality: 'untrusted' }),
    await rowOf(failedResult, { totalLatencyMs: 200 }),
  ]
  const { named } = await metricsOf(results)
  const duration = named.get('gen_ai.client.operation.duration')?.histogram
  const of = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai.named',
    'gen_ai.request.model': 'm',
    'firsttoken.region': 'local',
  }
  expect(duration?.aggregationTemporality).toBe(1)
  expect(duration?.dataPoints.map(plain)).toEqual([of, { ...of, 'error.type': 'rate_limited' }])
  expect(duration?.dataPoints[0]).toMatchObject({
    startTimeUnixNano: '1795946400000000000',
    timeUnixNano: '1795946460500000000',
    count: '3',
    min: 1.28,
    max: 100,
    // At most 1.28 s, at most 2.56 s, above 81.92 s.
    bucketCounts: [...Array.from({ length: 7 }, () => '0'), '1', '1', '0', '0', '0', '0', '0', '1'],
  })
  expect(duration?.dataPoints[0]?.['sum']).toBeCloseTo(102.561, 9)
  const ttft = named.get('gen_ai.client.operation.time_to_first_chunk')?.histogram?.dataPoints
  expect(ttft?.map((point) => [point['count'], (point['bucketCounts'] as string[]).slice(0, 3)])).toEqual([
    ['2', ['1', '1', '0']],
  ])
  const tokens = named.get('gen_ai.client.token.usage')?.histogram?.dataPoints ?? []
  expect(tokens.map((point) => [plain(point)['gen_ai.token.type'], point['count'], point['sum']])).toEqual([
    ['input', '3', 1560],
    ['output', '3', 327],
  ])
  for (const { histogram } of named.values())
    for (const point of histogram?.dataPoints ?? []) {
      const counts = (point['bucketCounts'] as string[]).map(Number)
      expect(counts).toHaveLength((point['explicitBounds'] as number[]).length + 1)
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Number(point['count']))
    }
})

test('calls of the synthetic provider say so', async () => {
  const { named } = await metricsOf([await rowOf(sampleResult, { synthetic: true })])
  const [point] = named.get('gen_ai.client.operation.duration')?.histogram?.dataPoints ?? []
  expect(point && plain(point)['firsttoken.synthetic']).toBe('true')
})
