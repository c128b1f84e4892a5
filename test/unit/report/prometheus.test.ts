import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { formulaVersion } from '../../../src/core/metrics.ts'
import { version } from '../../../src/core/version.ts'
import { familiesOf, familyDefinitions } from '../../../src/report/metric-families.ts'
import type { HistogramFamily } from '../../../src/report/metric-family.ts'
import { exposition, formatFor, sampleName } from '../../../src/report/prometheus.ts'
import { monitoredTarget, monitoring } from '../../support/monitoring.ts'
import { readOpenMetrics } from '../../support/openmetrics.ts'

const read = (known = monitoring(), synthetic = false) =>
  readOpenMetrics(exposition(familiesOf(known, synthetic), 'openmetrics'))
const about = {
  provider: 'openai',
  model: 'gpt-5.4-nano',
  region: 'iad1',
  target: monitoredTarget().targetId,
}
/** The values of a family, each by the labels that its target does not explain. */
const valuesOf = (name: string) =>
  Object.fromEntries(
    read()
      .get(`firsttoken_${name}`)
      ?.samples.map(({ labels, value }) => {
        const others = Object.entries(labels).filter(([label]) => !(label in about))
        return [others.map(([, text]) => text).join(' '), value]
      }) ?? [],
  )

test('a strict reader understands the whole, and every family that is defined is there', () => {
  const families = read()
  const defined = [...familyDefinitions.installation, ...familyDefinitions.target]
  expect([...families.keys()]).toEqual(defined.map(({ name }) => name))
  for (const { name, labels } of familyDefinitions.target)
    for (const sample of families.get(name)?.samples ?? [])
      expect(Object.keys(sample.labels)).toEqual([...Object.keys(about), ...labels])
})

test('values are in base units, and are those of the last call and of all calls', () => {
  const expected: [string, Record<string, number>][] = [
    ['build', { [`${version} ${formulaVersion}`]: 1 }],
    ['schedule_lateness_seconds', { '': 30 }],
    ['schedule_interval_seconds', { '': 900 }],
    ['target', { 'series-1': 1 }],
    ['target_up', { '': 1 }],
    ['target_interval_seconds', { '': 900 }],
    ['target_state', { up: 1, failing: 0, down: 0, stale: 0 }],
    ['probe_timestamp_seconds', { '': 1_795_946_405.25 }],
    ['probe_ttft_seconds', { '': 0.2505 }],
    ['probe_ttfa_seconds', { '': 0.3 }],
    ['probe_latency_seconds', { '': 1.8 }],
    ['probe_tokens_per_second', { '': 62.5 }],
    ['probe_tokens', { input: 520, output: 109 }],
    ['probe_timing_quality', { ok: 1, degraded: 0, untrusted: 0 }],
    ['price_usd_per_token', { input: 1.5e-7, output: 6e-7, cached: 7.5e-8, cache_write: 1.875e-7 }],
    ['probes', { '': 100 }],
    ['probe_failures', { provider: 6, account: 3, config: 0, excluded: 0, self: 0, unknown: 1 }],
    [
      'probe_errors',
      { 'timeout_idle provider': 6, 'rate_limited account': 3, 'from_another_version unknown': 1 },
    ],
    ['tokens', { input: 52_000, output: 10_900 }],
    ['cost_usd', { '': 0.014_34 }],
    ['incident_open', { 'slow minor': 1 }],
    ['incident_opened_timestamp_seconds', { 'slow minor': 1_795_942_800 }],
    ['channel_enabled', { slack: 1 }],
    ['notifications_waiting', { slack: 1 }],
    ['notification_waiting_since_timestamp_seconds', { slack: 1_795_947_240 }],
  ]
  for (const [name, values] of expected) {
    const found = valuesOf(name)
    expect([name, Object.keys(found)]).toEqual([name, Object.keys(values)])
    for (const [labels, value] of Object.entries(values)) expect(found[labels]).toBeCloseTo(value, 12)
  }
})

test('incidents are counted by kind from none on, and what an incident is not about is no label', () => {
  expect(valuesOf('incidents_opened')).toMatchObject({ slow: 3, down: 1, errors: 0, budget: 0 })
  expect(valuesOf('incidents_resolved')).toMatchObject({ slow: 2, down: 1, errors: 0, budget: 0 })
  const budget = {
    kind: 'budget' as const,
    severity: 'major' as const,
    provider: null,
    model: null,
    region: null,
    targetId: null,
    openedAt: new Date(0),
  }
  const families = read(monitoring({ incidents: { open: [budget], opened: {}, resolved: {} }, channels: [] }))
  expect(families.get('firsttoken_incident_open')?.samples).toEqual([
    { name: 'firsttoken_incident_open', labels: { kind: 'budget', severity: 'major' }, value: 1 },
  ])
  expect([...families.keys()].filter((name) => /channel|notification/.test(name))).toEqual([])
})

test('a channel has what it took, and what it was never told, from none on', () => {
  expect(valuesOf('notifications')).toEqual({ 'slack sent': 13, 'slack dead': 1 })
  expect(valuesOf('judged_timestamp_seconds')).toEqual({ '': 1_795_946_405.25 })
  expect(read(monitoring({ judgedUntil: null })).has('firsttoken_judged_timestamp_seconds')).toBe(false)
})

test('what is unknown has no time series: a failed call no timings, a target without checks no up', () => {
  const unknown = { ttftMs: null, ttfaMs: null, latencyMs: null, tps: null, costUsd: null }
  const { last } = monitoredTarget()
  const failed = monitoredTarget({
    state: 'stale',
    price: null,
    intervalS: null,
    lastSuccessAt: null,
    last: last && { ...last, ...unknown, success: false, timingQuality: null },
  })
  const families = read(monitoring({ targets: [failed], schedule: null }))
  expect(families.get('firsttoken_probe_success')?.samples).toEqual([
    { name: 'firsttoken_probe_success', labels: about, value: 0 },
  ])
  expect(
    [...families.keys()].filter((name) =>
      /ttf|latency|price|target_up|last_success|schedule|interval/.test(name),
    ),
  ).toEqual([])
  const never = read(monitoring({ targets: [monitoredTarget({ last: null })] }))
  expect([...never.keys()].filter((name) => /probe_(?!successes|failures|errors)/.test(name))).toEqual([])
  expect([...read(monitoring({ targets: [] })).keys()]).toEqual(
    familyDefinitions.installation.map(({ name }) => name),
  )
})

test.each([
  ['a quote, a backslash and a line end', 'a"b\\c\nd\\n'],
  ['what ends labels elsewhere', '},{#'],
  ['other writing', '模型 🙂 \t é'],
  ['nothing', ''],
])('a label comes back as it was: %s', (_, model) => {
  const [sample] =
    read(monitoring({ targets: [monitoredTarget({ model })] })).get('firsttoken_target_up')?.samples ?? []
  expect(sample?.labels).toEqual({ ...about, model })
})

test('synthetic targets say so in a label that real ones do not have', () => {
  const labelsOf = (synthetic: boolean) =>
    read(monitoring(), synthetic).get('firsttoken_target_up')?.samples[0]?.labels
  expect(labelsOf(true)).toEqual({ ...about, synthetic: 'true' })
  expect(labelsOf(false)).toEqual(about)
})

test('plain text has the same samples under the same names', () => {
  const families = familiesOf(monitoring(), false)
  const samplesOf = (text: string) => text.split('\n').filter((line) => !line.startsWith('#') && line !== '')
  const text = exposition(families, 'text')
  expect(samplesOf(text)).toEqual(samplesOf(exposition(families, 'openmetrics')))
  expect(text).toContain('# TYPE firsttoken_cost_usd_total counter\n')
  expect(text).toContain('# TYPE firsttoken_build_info gauge\n')
  expect(text).not.toMatch(/# (UNIT|EOF)/)
  for (const family of families) expect(text).toContain(`\n${sampleName(family)}`)
})

const waits = (series: HistogramFamily['series']): HistogramFamily => ({
  name: 'wait_seconds',
  type: 'histogram',
  unit: 'seconds',
  help: 'How long.',
  labels: [],
  series,
})

test('a histogram has cumulative buckets under canonical bounds, then its sum and count', () => {
  const bounds = [0.00005, 0.0005, 0.25, 1, 120]
  const family = waits([
    { labels: { model: 'a"b' }, histogram: { bounds, counts: [1, 0, 2, 0, 0, 3], sum: 400.5 } },
    { labels: {}, histogram: { bounds: [], counts: [0], sum: 0 } },
  ])
  const samples = `wait_seconds_bucket{model="a\\"b",le="5e-05"} 1
wait_seconds_bucket{model="a\\"b",le="0.0005"} 1
wait_seconds_bucket{model="a\\"b",le="0.25"} 3
wait_seconds_bucket{model="a\\"b",le="1.0"} 3
wait_seconds_bucket{model="a\\"b",le="120.0"} 3
wait_seconds_bucket{model="a\\"b",le="+Inf"} 6
wait_seconds_sum{model="a\\"b"} 400.5
wait_seconds_count{model="a\\"b"} 6
wait_seconds_bucket{le="+Inf"} 0
wait_seconds_sum 0
wait_seconds_count 0
`
  expect(exposition([family], 'text')).toBe(
    `# HELP wait_seconds How long.\n# TYPE wait_seconds histogram\n${samples}`,
  )
  expect(exposition([family], 'openmetrics')).toBe(
    `# TYPE wait_seconds histogram\n# UNIT wait_seconds seconds\n# HELP wait_seconds How long.\n${samples}# EOF\n`,
  )
})

const prometheus =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
test.each([
  [prometheus, 'openmetrics'],
  ['application/openmetrics-text', 'openmetrics'],
  ['Application/OpenMetrics-Text; Version=1.0.0', 'openmetrics'],
  ['text/plain;version=0.0.4;q=0.5,application/openmetrics-text;q=0.5', 'openmetrics'],
  ['text/plain, application/openmetrics-text;q=0.5', 'text'],
  ['application/openmetrics-text;q=0', 'text'],
  ['application/openmetrics-text;q=no', 'text'],
  ['application/openmetrics-text;version=2.0.0', 'text'],
  ['application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited', 'text'],
  ['text/html,*/*;q=0.8', 'text'],
  ['', 'text'],
  [null, 'text'],
] as const)('whoever accepts %s is sent %s', (accept, format) => {
  expect(formatFor(accept)).toBe(format)
})

test('the version is that of package.json', () => {
  expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ version })
})

test.each([
  ['a_total 1\n# EOF\n', 'without a family'],
  ['# TYPE a counter\na 1\n# EOF\n', 'no sample of the counter'],
  ['# TYPE a counter\na_total -1\n# EOF\n', 'below zero'],
  ['# TYPE a gauge\na 1\na 2\n# EOF\n', 'comes twice'],
  ['# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n', 'a wrong unit'],
  ['# TYPE a_total counter\na_total_total 1\n# EOF\n', 'a wrong type'],
  ['# TYPE a gauge\n\na 1\n# EOF\n', 'no name'],
  ['# TYPE a gauge\na{b="c\\d"} 1\n# EOF\n', 'no label'],
  ['# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# TYPE a gauge\n# EOF\n', 'comes twice'],
  ['# TYPE a gauge\na NaN1\n# EOF\n', 'no number'],
  ['# TYPE a gauge\na 1\n', 'does not end with'],
  [
    '# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n# EOF\n',
    'wrong bounds',
  ],
  ['# TYPE a histogram\na_bucket{le="1.0"} 1\na_sum 1\na_count 1\n# EOF\n', 'wrong bounds'],
  [
    '# TYPE a histogram\na_bucket{le="1.0"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n# EOF\n',
    'not cumulative',
  ],
  ['# TYPE a histogram\na_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n# EOF\n', 'not that of the last bucket'],
  ['# TYPE a histogram\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n# EOF\n', 'in this order'],
])('the strict reader refuses %j', (text, why) => {
  expect(() => readOpenMetrics(text)).toThrow(why)
})
