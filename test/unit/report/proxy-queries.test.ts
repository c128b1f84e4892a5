import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProxyMetrics } from '../../../src/proxy/metrics.ts'
import { exposition } from '../../../src/report/prometheus.ts'
import { leftRecord, proxyRecord, unreachedRecord } from '../../support/proxy-traffic.ts'
import { readOpenMetrics } from '../../support/openmetrics.ts'

const startMetrics = () =>
  createProxyMetrics({
    clock: { date: () => new Date('2026-11-30T12:00:00Z') },
    isKnownModel: () => true,
    records: () => ({ waiting: 0, dropped: 0 }),
  })

const [, block = ''] = /```promql\n([^`]*)\n```/.exec(readFileSync('docs/proxy-metrics.md', 'utf8')) ?? []
const queries = block.split('\n')
const { panels } = JSON.parse(readFileSync('docs/grafana/proxy.json', 'utf8')) as {
  panels: { targets: { expr: string }[] }[]
}
const ofBoard = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

/** The labels of each sample by its name, after a request of every kind. */
function labelsBySample(): Map<string, string[]> {
  const metrics = startMetrics()
  for (const record of [proxyRecord(), unreachedRecord(), leftRecord()]) metrics.add(record)
  const families = readOpenMetrics(exposition(metrics.families(), 'openmetrics'))
  const samples = [...families.values()].flatMap((family) => family.samples)
  return new Map(samples.map(({ name, labels }) => [name, Object.keys(labels)]))
}

test.each([...queries, ...ofBoard])(
  'asks for samples that are shown, by labels that they have: %s',
  (query) => {
    const known = labelsBySample()
    const selectors = [...query.matchAll(/\b((?:chat|firsttoken)_\w+)(?:\{([^}]*)\})?/g)]
    expect(selectors.length).toBeGreaterThan(0)
    const grouped = [...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', '))
    for (const [, name = '', matchers = ''] of selectors) {
      const narrowed = [...matchers.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label)
      expect(known.get(name)).toEqual(expect.arrayContaining([...narrowed, ...grouped]))
    }
  },
)

/**
 * What the queries come to if a first token takes 120, 180, 250 and 350 ms each second, and a fifth request meets no upstream.
 * Prometheus takes values for evenly spread over their bucket.
 */
const expected: Record<string, [labels: string, value: number][]> = {
  'sum(rate(chat_requests_total[5m])) by (status)': [
    ['{status="200"}', 4],
    ['{status="502"}', 1],
  ],
  // The second of four is the last in the bucket up to 200.
  'histogram_quantile(0.5, sum(rate(chat_ttft_ms_bucket[5m])) by (le))': [['{}', 200]],
  // The 3.8th is at 0.8 of the bucket from 300 to 400.
  'histogram_quantile(0.95, sum(rate(chat_ttft_ms_bucket[5m])) by (le))': [['{}', 380]],
  // Of 3, 1000, 1200, 2250 and 2600 ms the 2.5th is in the middle of the bucket from 1000 to 1500.
  'histogram_quantile(0.5, sum(rate(chat_duration_ms_bucket[5m])) by (le))': [['{}', 1250]],
  'rate(chat_tokens_total[5m])': [['{runtime="node", model="gpt-5.4-nano"}', 400]],
  'rate(chat_bytes_out_total[5m])': [['{runtime="node", model="gpt-5.4-nano"}', 120_150]],
  'sum(chat_in_flight)': [['{}', 2]],
  // All between 0.1 and 0.2 ms.
  'histogram_quantile(0.95, sum by (le, at) (rate(firsttoken_proxy_overhead_seconds_bucket[5m])))': [
    ['{at="before"}', 0.000_195],
    ['{at="first_token"}', 0.000_195],
  ],
  'sum by (provider) (rate(firsttoken_proxy_failures_total{fault_domain="provider"}[5m])) / sum by (provider) (rate(firsttoken_proxy_requests_total[5m]))':
    [['{provider="openai"}', 0.2]],
  '3600 * sum by (provider, model) (rate(firsttoken_proxy_cost_usd_total[5m]))': [
    ['{provider="openai", model="gpt-5.4-nano"}', 2.88],
  ],
}

const each = { overheadBeforeMs: 0.15, overheadFirstMs: 0.15 }
const second = [
  proxyRecord({ ...each, ttftMs: 120, totalLatencyMs: 1000 }),
  proxyRecord({ ...each, ttftMs: 180, totalLatencyMs: 1200 }),
  proxyRecord({ ...each, ttftMs: 250, totalLatencyMs: 2250 }),
  proxyRecord({ ...each, ttftMs: 350, totalLatencyMs: 2600 }),
  unreachedRecord(),
]

/** Every time series of /metrics as it is scraped once a minute, six times. */
function scrapes() {
  const metrics = startMetrics()
  for (let n = 0; n < 2; n += 1) metrics.begin({ provider: 'openai', modelAsked: 'gpt-5.4-nano' })
  const series = new Map<string, string[]>()
  for (let minute = 0; minute < 6; minute += 1) {
    for (let n = 0; n < 60; n += 1) for (const record of second) metrics.add(record)
    for (const line of exposition(metrics.families(), 'text').split('\n').slice(0, -1)) {
      const at = line.lastIndexOf(' ')
      if (!line.startsWith('#'))
        series.set(line.slice(0, at), [...(series.get(line.slice(0, at)) ?? []), line.slice(at + 1)])
    }
  }
  return [...series].map(([name, values]) => ({ series: name, values: values.join(' ') }))
}

test('every query of docs/proxy-metrics.md has an expected value', () => {
  expect(queries).toEqual(Object.keys(expected))
})

test('the queries give the numbers that were put in', ({ skip }) => {
  skip(spawnSync('promtool', ['--version']).status !== 0, 'promtool is not installed')
  const promql_expr_test = Object.entries(expected).map(([query, samples]) => ({
    expr: `round(${query}, 0.000001)`,
    eval_time: '5m',
    exp_samples: samples.map(([labels, value]) => ({ labels, value })),
  }))
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-queries-'))
  try {
    const file = join(dir, 'test.yaml')
    const tests = [{ interval: '1m', input_series: scrapes(), promql_expr_test }]
    writeFileSync(file, JSON.stringify({ evaluation_interval: '1m', tests }))
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' })
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')])
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

test('promtool finds nothing to mend in /metrics of the proxy but names that are in use elsewhere', ({
  skip,
}) => {
  const metrics = startMetrics()
  for (const record of [proxyRecord(), unreachedRecord(), leftRecord()]) metrics.add(record)
  const input = exposition(metrics.families(), 'text')
  skip(spawnSync('promtool', ['--version']).status !== 0, 'promtool is not installed')
  const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
  const told = (stdout + stderr).split('\n').filter((line) => line !== '' && !line.startsWith('chat_'))
  expect(told).toEqual([])
})
