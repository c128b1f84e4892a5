import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProxyRecord } from '../../../src/core/proxy-record.ts'
import { version } from '../../../src/core/version.ts'
import { createProxyMetrics } from '../../../src/proxy/metrics.ts'
import { exposition } from '../../../src/report/prometheus.ts'
import { proxyDefinitions } from '../../../src/report/proxy-families.ts'
import { readOpenMetrics } from '../../support/openmetrics.ts'
import { leftRecord, proxyRecord, unreachedRecord } from '../../support/proxy-traffic.ts'

const startMetrics = (records: { waiting: number; dropped: number } | null = { waiting: 0, dropped: 0 }) =>
  createProxyMetrics({
    clock: { date: () => new Date('2026-11-30T12:00:00Z') },
    isKnownModel: (provider, model) => provider === 'openai' && model === 'gpt-5.4-nano',
    records: records && (() => records),
  })
type Metrics = ReturnType<typeof startMetrics>

/** Every sample by its name and labels, as a strict reader takes them from the exposition. */
function samplesOf(metrics: Metrics): Record<string, number> {
  const families = readOpenMetrics(exposition(metrics.families(), 'openmetrics'))
  return Object.fromEntries(
    [...families.values()].flatMap(({ samples }) =>
      samples.map(({ name, labels, value }) => [`${name} ${Object.values(labels).join(' ')}`.trim(), value]),
    ),
  )
}
const counted = (...records: ProxyRecord[]) => {
  const metrics = startMetrics()
  for (const record of records) metrics.add(record)
  return samplesOf(metrics)
}
const nano = 'openai gpt-5.4-nano'

test('a request is counted once by provider in base units, and once by model in ms', () => {
  const found = counted(proxyRecord())
  const expected: Record<string, number> = {
    [`firsttoken_proxy_requests_total ${nano} 200`]: 1,
    [`firsttoken_proxy_failures_total ${nano} provider`]: 0,
    [`firsttoken_proxy_failures_total ${nano} self`]: 0,
    [`firsttoken_proxy_in_flight ${nano}`]: 0,
    [`firsttoken_proxy_tokens_total ${nano} input`]: 520,
    [`firsttoken_proxy_tokens_total ${nano} output`]: 100,
    [`firsttoken_proxy_reasoning_tokens_total ${nano}`]: 30,
    [`firsttoken_proxy_cached_tokens_total ${nano}`]: 256,
    [`firsttoken_proxy_cost_usd_total ${nano}`]: 0.0002,
    [`firsttoken_proxy_cost_unknown_total ${nano}`]: 0,
    // 250 ms lie in the bucket from 200 to 300.
    [`firsttoken_proxy_ttft_seconds_bucket ${nano} 0.2`]: 0,
    [`firsttoken_proxy_ttft_seconds_bucket ${nano} 0.3`]: 1,
    [`firsttoken_proxy_ttft_seconds_bucket ${nano} +Inf`]: 1,
    [`firsttoken_proxy_ttft_seconds_sum ${nano}`]: 0.25,
    [`firsttoken_proxy_ttft_seconds_count ${nano}`]: 1,
    [`firsttoken_proxy_duration_seconds_bucket ${nano} 2.0`]: 0,
    [`firsttoken_proxy_duration_seconds_bucket ${nano} 3.0`]: 1,
    [`firsttoken_proxy_duration_seconds_sum ${nano}`]: 2.25,
    // 50 tokens per second are 20 ms for each: a value at a bound is in its bucket.
    [`firsttoken_proxy_time_per_output_token_seconds_bucket ${nano} 0.015`]: 0,
    [`firsttoken_proxy_time_per_output_token_seconds_bucket ${nano} 0.02`]: 1,
    'firsttoken_proxy_overhead_seconds_bucket before 0.0001': 0,
    'firsttoken_proxy_overhead_seconds_bucket before 0.0002': 1,
    'firsttoken_proxy_overhead_seconds_bucket first_token 5e-05': 0,
    'firsttoken_proxy_overhead_seconds_bucket first_token 0.0001': 1,
    'chat_requests_total node gpt-5.4-nano 200': 1,
    'chat_tokens_total node gpt-5.4-nano': 100,
    'chat_bytes_out_total node gpt-5.4-nano': 30_000,
    'chat_in_flight node gpt-5.4-nano': 0,
    'chat_ttft_ms_bucket node gpt-5.4-nano 200.0': 0,
    'chat_ttft_ms_bucket node gpt-5.4-nano 300.0': 1,
    'chat_ttft_ms_sum node gpt-5.4-nano': 250,
    'chat_duration_ms_bucket node gpt-5.4-nano 3000.0': 1,
    'chat_duration_ms_count node gpt-5.4-nano': 1,
    'chat_upstream_headers_ms_bucket node gpt-5.4-nano 150.0': 0,
    'chat_upstream_headers_ms_bucket node gpt-5.4-nano 200.0': 1,
    [`build_info ${version} ${process.version}`]: 1,
  }
  for (const [name, value] of Object.entries(expected)) expect([name, found[name]]).toEqual([name, value])
})

test('an upstream that cannot be reached is told as a status and an error, and has no timings but its duration', () => {
  const found = counted(unreachedRecord(), unreachedRecord())
  expect(found).toMatchObject({
    [`firsttoken_proxy_requests_total ${nano} 502`]: 2,
    [`firsttoken_proxy_failures_total ${nano} provider`]: 2,
    [`firsttoken_proxy_errors_total ${nano} connect provider`]: 2,
    'chat_requests_total node gpt-5.4-nano 502': 2,
    'chat_errors_total node gpt-5.4-nano connect': 2,
    'chat_duration_ms_count node gpt-5.4-nano': 2,
    'chat_ttft_ms_count node gpt-5.4-nano': 0,
    'chat_upstream_headers_ms_count node gpt-5.4-nano': 0,
    'firsttoken_proxy_overhead_seconds_count before': 0,
    [`firsttoken_proxy_cost_unknown_total ${nano}`]: 0,
  })
})

test('a client that leaves is aborted and no failure of the provider; before there is a status, it is 499', () => {
  const midway = { status: 200, clientLeft: 'streaming', errorKind: 'aborted', success: false } as const
  expect(counted(leftRecord(), proxyRecord(midway))).toMatchObject({
    [`firsttoken_proxy_requests_total ${nano} 499`]: 1,
    [`firsttoken_proxy_requests_total ${nano} 200`]: 1,
    [`firsttoken_proxy_client_left_total ${nano} headers`]: 1,
    [`firsttoken_proxy_client_left_total ${nano} streaming`]: 1,
    [`firsttoken_proxy_failures_total ${nano} self`]: 2,
    [`firsttoken_proxy_failures_total ${nano} provider`]: 0,
    'chat_errors_total node gpt-5.4-nano aborted': 2,
  })
})

test('a timing that is not trusted is no sample, while its request is counted', () => {
  expect(
    counted(proxyRecord({ timingQuality: 'untrusted' }), proxyRecord({ timingQuality: 'degraded' })),
  ).toMatchObject({
    'chat_requests_total node gpt-5.4-nano 200': 2,
    'chat_ttft_ms_count node gpt-5.4-nano': 1,
    [`firsttoken_proxy_time_per_output_token_seconds_count ${nano}`]: 1,
  })
})

test('an answer that is not streamed has no TTFT, and what costs nobody knows is counted', () => {
  const whole = proxyRecord({ stream: false, ttftMs: null, tps: null, costUsd: null, costSource: null })
  expect(counted(whole)).toMatchObject({
    'chat_ttft_ms_count node gpt-5.4-nano': 0,
    'chat_duration_ms_count node gpt-5.4-nano': 1,
    [`firsttoken_proxy_cost_usd_total ${nano}`]: 0,
    [`firsttoken_proxy_cost_unknown_total ${nano}`]: 1,
  })
})

test('10,000 names of models that nobody configured have one time series of each kind, by provider', () => {
  const metrics = startMetrics()
  metrics.add(proxyRecord())
  for (let n = 0; n < 10_000; n += 1) metrics.add(proxyRecord({ modelAsked: `model-${n}` }))
  metrics.add(proxyRecord({ provider: 'groq' }))
  const found = samplesOf(metrics)
  expect(Object.keys(found).filter((name) => name.startsWith('firsttoken_proxy_requests_total'))).toEqual([
    `firsttoken_proxy_requests_total ${nano} 200`,
    'firsttoken_proxy_requests_total openai other 200',
    'firsttoken_proxy_requests_total groq other 200',
  ])
  expect(found).toMatchObject({
    'firsttoken_proxy_requests_total openai other 200': 10_000,
    'firsttoken_proxy_requests_total groq other 200': 1,
    // Whoever provides it.
    'chat_requests_total node other 200': 10_001,
  })
})

test('a model is named as its provider names it, with or without the provider before it', () => {
  const asked = ['gpt-5.4-nano', 'openai/gpt-5.4-nano', 'groq/gpt-5.4-nano', 'openai/', '']
  const found = counted(...asked.map((modelAsked) => proxyRecord({ modelAsked })))
  expect(found).toMatchObject({
    [`firsttoken_proxy_requests_total ${nano} 200`]: 2,
    'firsttoken_proxy_requests_total openai other 200': 3,
  })
})

test('a request that is refused is counted by why, and is no request of a model', () => {
  const metrics = startMetrics()
  for (const code of ['body_too_large', 'credential_needed', 'body_too_large']) metrics.refuse(code)
  const found = samplesOf(metrics)
  expect(found).toMatchObject({
    'firsttoken_proxy_refused_total body_too_large': 2,
    'firsttoken_proxy_refused_total credential_needed': 1,
  })
  expect(Object.keys(found).filter((name) => name.includes('requests'))).toEqual([])
})

test('requests are in flight from their beginning to their end, which counts once', () => {
  const metrics = startMetrics()
  const target = { provider: 'openai', modelAsked: 'gpt-5.4-nano' }
  const [end, endOther] = [metrics.begin(target), metrics.begin(target)]
  expect(samplesOf(metrics)).toMatchObject({
    [`firsttoken_proxy_in_flight ${nano}`]: 2,
    'chat_in_flight node gpt-5.4-nano': 2,
  })
  end()
  end()
  expect(samplesOf(metrics)).toMatchObject({ [`firsttoken_proxy_in_flight ${nano}`]: 1 })
  endOther()
  expect(samplesOf(metrics)).toMatchObject({ [`firsttoken_proxy_in_flight ${nano}`]: 0 })
})

test('before the first request there is what the proxy is, and what became of its rows', () => {
  expect(samplesOf(startMetrics({ waiting: 3, dropped: 7 }))).toMatchObject({
    firsttoken_proxy_records_waiting: 3,
    firsttoken_proxy_records_dropped_total: 7,
    'firsttoken_proxy_overhead_seconds_count before': 0,
  })
  expect(Object.keys(samplesOf(startMetrics(null))).filter((name) => name.includes('records'))).toEqual([])
})

test('every family that is defined is there, in both formats, under the names of the queries', () => {
  const metrics = startMetrics()
  for (const record of [proxyRecord(), leftRecord()]) metrics.add(record)
  metrics.refuse('credential_needed')
  const families = metrics.families()
  const { provider, proxy, chat } = proxyDefinitions
  expect(families.map(({ name }) => name)).toEqual([...provider, ...proxy, ...chat].map(({ name }) => name))
  const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const text = exposition(families, 'text')
  expect(lines(text)).toEqual(lines(exposition(families, 'openmetrics')))
  for (const kind of [
    'chat_requests_total counter',
    'chat_ttft_ms histogram',
    'chat_in_flight gauge',
    'build_info gauge',
  ])
    expect(text.split(`# TYPE ${kind}\n`)).toHaveLength(2)
})

test('whoever accepts OpenMetrics is sent it, everybody else plain text', () => {
  const metrics = startMetrics()
  metrics.add(proxyRecord())
  const [openmetrics, text] = [metrics.page('application/openmetrics-text'), metrics.page(null)]
  expect([openmetrics.type, text.type]).toEqual([
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
    'text/plain; version=0.0.4; charset=utf-8',
  ])
  expect(openmetrics.text).toBe(exposition(metrics.families(), 'openmetrics'))
  expect(text.text).toBe(exposition(metrics.families(), 'text'))
})

const anyRecord = fc
  .record({
    totalLatencyMs: fc.double({ min: 0, max: 2e6, noNaN: true }),
    ttftMs: fc.option(fc.double({ min: 0, max: 2e5, noNaN: true })),
    tps: fc.option(fc.double({ min: 1e-3, max: 1e5, noNaN: true })),
    status: fc.option(fc.constantFrom(200, 429, 502)),
    modelAsked: fc.constantFrom('gpt-5.4-nano', 'x', 'y', '__proto__'),
    provider: fc.constantFrom('openai', 'groq', 'constructor'),
    clientLeft: fc.option(fc.constantFrom('body', 'paused')),
  })
  .map((more) => proxyRecord(more))

test('whatever passes, buckets are cumulative and every request is counted by all who count it', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { maxLength: 30 }), (records) => {
      // The strict reader checks the order of the bounds, the sums of buckets and each count.
      const found = Object.entries(counted(...records))
      const sum = (start: string) =>
        found.filter(([name]) => name.startsWith(`${start} `)).reduce((total, [, value]) => total + value, 0)
      const n = records.length
      expect(sum('firsttoken_proxy_requests_total')).toBe(n)
      expect(sum('firsttoken_proxy_duration_seconds_count')).toBe(n)
      expect(sum('chat_requests_total')).toBe(n)
      expect(sum('chat_duration_ms_count')).toBe(n)
      expect(sum('chat_ttft_ms_count')).toBe(records.filter(({ ttftMs }) => ttftMs !== null).length)
    }),
  )
})
