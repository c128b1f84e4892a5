import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ProxyRecord } from '../../../src/core/proxy-record.ts'
import { createOtlp } from '../../../src/net/otlp.ts'
import { startProxyTelemetry } from '../../../src/proxy/telemetry.ts'
import { leftRecord, proxyRecord, unreachedRecord } from '../../support/proxy-traffic.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())
beforeEach(() => {
  receiver.replies = []
  receiver.received = []
})

type Parts = Parameters<typeof startProxyTelemetry>[0]
const never = 3_600_000

function start(more: Partial<Parts> = {}, env: Record<string, string> = {}) {
  const warnings: string[] = []
  const otlpOf = (signal: 'metrics' | 'traces') =>
    createOtlp({
      signal,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env },
      log: { warn: (_: unknown, message?: string) => void warnings.push(message ?? '') },
      sleep: () => Promise.resolve(),
    })
  const telemetry = startProxyTelemetry({
    metrics: otlpOf('metrics'),
    traces: otlpOf('traces'),
    clock: { date: () => new Date('2026-11-30T12:00:00Z') },
    isKnownModel: (_, model) => model === 'gpt-5.4-nano',
    instance: 'proxy-1',
    spansEveryMs: never,
    metricsEveryMs: never,
    ...more,
  })
  return { telemetry, warnings }
}

interface Point {
  attributes: { key: string; value: { stringValue: string } }[]
  count: string
  sum: number
}
interface Metric {
  name: string
  histogram: { aggregationTemporality: number; dataPoints: Point[] }
}
interface Span {
  traceId: string
  name: string
  attributes: { key: string; value: Record<string, unknown> }[]
  status: { code?: number }
  [field: string]: unknown
}
interface Pushed {
  resourceMetrics?: { resource: { attributes: unknown }; scopeMetrics: { metrics: Metric[] }[] }[]
  resourceSpans?: { resource: { attributes: unknown }; scopeSpans: { spans: Span[] }[] }[]
}
const bodies = (path: string) =>
  receiver.received.filter((each) => each.path === path).map(({ body }) => JSON.parse(body) as Pushed)
const spans = () =>
  bodies('/v1/traces').flatMap((body) => body.resourceSpans?.[0]?.scopeSpans[0]?.spans ?? [])
const metrics = () => bodies('/v1/metrics').at(-1)?.resourceMetrics?.[0]?.scopeMetrics[0]?.metrics ?? []
const pointsOf = (name: string) =>
  metrics().find((metric) => metric.name === name)?.histogram.dataPoints ?? []
const plain = ({ attributes }: Pick<Span, 'attributes'>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

async function pushed(...records: ProxyRecord[]) {
  const { telemetry, warnings } = start()
  for (const record of records) telemetry.add(record)
  await telemetry.close()
  return warnings
}

test('a request is a span from its first byte to its end, found by its id, with the names of the conventions', async () => {
  expect(await pushed(proxyRecord())).toEqual([])
  const [span] = spans()
  expect(span).toMatchObject({
    traceId: '0193e0a45b2c7d3e8f40112233445566',
    spanId: '8f40112233445566',
    name: 'chat gpt-5.4-nano',
    kind: 3,
    startTimeUnixNano: '1796040000000000000',
    // 2,250.9 ms later.
    endTimeUnixNano: '1796040002250900000',
    status: {},
  })
  const attributes = plain(span ?? { attributes: [] })
  expect(attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5.4-nano',
    'gen_ai.request.stream': true,
    'gen_ai.request.max_tokens': '200',
    'gen_ai.response.model': 'gpt-5.4-nano-2026-03-17',
    'gen_ai.response.finish_reasons': { values: [{ stringValue: 'stop' }] },
    'gen_ai.usage.input_tokens': '520',
    'gen_ai.usage.output_tokens': '100',
    'gen_ai.usage.reasoning.output_tokens': '30',
    'gen_ai.usage.cache_read.input_tokens': '256',
    'server.address': 'api.openai.com',
    'server.port': '443',
    'http.response.status_code': '200',
    'firsttoken.client': 'shop',
    'firsttoken.ttft': 0.25,
    'firsttoken.overhead_before': 0.0002,
  })
  // The first event, 200.7 ms after the first byte, of a request that was sent after 0.7 ms.
  expect(attributes['gen_ai.response.time_to_first_chunk']).toBeCloseTo(0.2, 12)
  expect(Object.keys(attributes)).not.toContain('error.type')
  expect(bodies('/v1/traces')[0]?.resourceSpans?.[0]?.resource.attributes).toEqual(
    expect.arrayContaining([
      { key: 'service.name', value: { stringValue: 'firsttoken' } },
      { key: 'service.instance.id', value: { stringValue: 'proxy-1' } },
    ]),
  )
})

test('a failure is an error, a client that left is none, and both say what happened', async () => {
  const completion = { path: 'completions', host: '[::1]:8000', provider: 'gemini', attempt: 2 } as const
  await pushed(unreachedRecord(completion), leftRecord({ host: 'model.internal' }))
  const [failed, left] = spans().map((span) => ({ ...span, ...plain(span) }))
  expect(failed).toMatchObject({
    name: 'text_completion gpt-5.4-nano',
    status: { code: 2 },
    'error.type': 'connect',
    'server.address': '::1',
    'server.port': '8000',
    'gen_ai.provider.name': 'gcp.gemini',
    'http.request.resend_count': '2',
  })
  expect(left).toMatchObject({
    status: {},
    'error.type': 'aborted',
    'firsttoken.client_left': 'headers',
    'server.address': 'model.internal',
  })
  for (const name of [
    'http.response.status_code',
    'gen_ai.usage.input_tokens',
    'gen_ai.response.time_to_first_chunk',
  ])
    expect([failed, left].filter((span) => Object.keys(span ?? {}).includes(name))).toEqual([])
})

test('metrics name known models alone, and say that they are of the proxy', async () => {
  const unknown = ['a', 'b', 'c'].map((modelAsked) => proxyRecord({ modelAsked }))
  await pushed(proxyRecord(), ...unknown, unreachedRecord())
  const durations = pointsOf('gen_ai.client.operation.duration')
  const of = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5.4-nano',
    'firsttoken.region': 'iad1',
    'firsttoken.source': 'proxy',
  }
  expect(durations.map((point) => [plain(point), point.count, point.sum])).toEqual([
    [of, '1', 2.25],
    [{ ...of, 'gen_ai.request.model': 'other' }, '3', 6.75],
    [{ ...of, 'error.type': 'connect' }, '1', 0.003],
  ])
  const [first] = pointsOf('gen_ai.client.operation.time_to_first_chunk')
  expect(first?.sum).toBeCloseTo(0.2, 12)
  expect(pointsOf('gen_ai.client.token.usage').map(({ count, sum }) => [count, sum])).toEqual([
    ['1', 520],
    ['1', 100],
    ['3', 1560],
    ['3', 300],
  ])
})

test('metrics are cumulative: a push that fails loses nothing', async () => {
  receiver.replies = [{ status: 500 }]
  const { telemetry, warnings } = start({ metricsEveryMs: 1 }, { OTEL_TRACES_EXPORTER: 'none' })
  telemetry.add(proxyRecord())
  await expect.poll(() => receiver.received.length).toBeGreaterThan(1)
  telemetry.add(proxyRecord())
  await telemetry.close()
  expect(warnings).toEqual([
    expect.stringContaining('metrics were not pushed: the endpoint answered HTTP 500'),
  ])
  const [metric] = metrics()
  expect(metric?.histogram).toMatchObject({ aggregationTemporality: 2, dataPoints: [{ count: '2' }] })
  expect(bodies('/v1/traces')).toEqual([])
})

test('spans are pushed now and then, each once, in batches', async () => {
  const { telemetry } = start({ spansEveryMs: 1 }, { OTEL_METRICS_EXPORTER: 'none' })
  for (let n = 0; n < 700; n += 1) telemetry.add(proxyRecord({ modelAsked: `m${n}` }))
  await expect.poll(() => spans().length).toBe(700)
  telemetry.add(proxyRecord({ modelAsked: 'last' }))
  await telemetry.close()
  expect(new Set(spans().map(({ name }) => name)).size).toBe(701)
  expect(bodies('/v1/traces')[0]?.resourceSpans?.[0]?.scopeSpans[0]?.spans).toHaveLength(512)
  expect(bodies('/v1/metrics')).toEqual([])
})

test('what more waits than fits is dropped and counted, while metrics count it', async () => {
  const { telemetry } = start()
  for (let n = 0; n < 3000; n += 1) telemetry.add(proxyRecord())
  expect(telemetry.dropped()).toBe(952)
  await telemetry.close()
  expect(spans()).toHaveLength(2048)
  expect(pointsOf('gen_ai.client.operation.duration').map(({ count }) => count)).toEqual(['3000'])
})

test('a receiver that does not answer does not keep the proxy from ending', async () => {
  receiver.replies = [{ silent: true }, { silent: true }]
  const { telemetry } = start({ closeMs: 10 })
  telemetry.add(proxyRecord())
  expect(await telemetry.close()).toBeUndefined()
})

test('without an endpoint, or without requests, nothing is pushed', async () => {
  const { telemetry } = start({ metrics: null, traces: null })
  telemetry.add(proxyRecord())
  await telemetry.close()
  await pushed()
  expect(receiver.received).toEqual([])
})
