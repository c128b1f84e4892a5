import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fleetDefinitions } from '../../../src/report/fleet-families.ts'
import { familyDefinitions } from '../../../src/report/metric-families.ts'
import { sampleName } from '../../../src/report/prometheus.ts'
import { proxyDefinitions } from '../../../src/report/proxy-families.ts'

interface Board {
  panels: {
    id: number
    title: string
    gridPos: { x: number; y: number; w: number; h: number }
    targets: { expr: string }[]
  }[]
  templating: { list: { name: string }[] }
}

const boardAt = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Board
const expressionsOf = ({ panels }: Board) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

const [ofProbes, ofProxy] = [boardAt('docs/grafana/dashboard.json'), boardAt('docs/grafana/proxy.json')]
const samplesOf = (definitions: readonly Parameters<typeof sampleName>[0][]) =>
  definitions.flatMap((definition) =>
    definition.type === 'histogram'
      ? ['', '_bucket', '_sum', '_count'].map((suffix) => definition.name + suffix)
      : [sampleName(definition)],
  )
const names = samplesOf([
  ...familyDefinitions.installation,
  ...familyDefinitions.target,
  ...Object.values(fleetDefinitions).flat(),
])
const ofTargets = samplesOf(familyDefinitions.target)
const namesOfProxy = samplesOf(Object.values(proxyDefinitions).flat())

test.each([
  'docs/grafana/dashboard.json',
  'docs/grafana/proxy.json',
  'docs/grafana/alerts.yaml',
  'docs/monitoring.md',
  'docs/proxy-metrics.md',
])('%s asks only for metrics that are there', (path) => {
  const asked = readFileSync(path, 'utf8').match(/\b(?:firsttoken|chat)_[a-z_]+\b/g) ?? []
  expect(asked.length).toBeGreaterThan(5)
  expect(asked.filter((name) => ![...names, ...namesOfProxy].includes(name))).toEqual([])
})

test('every alert is explained, and no other', () => {
  const rules = readFileSync('docs/grafana/alerts.yaml', 'utf8')
  const alerts = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name)
  const rows = [...readFileSync('docs/monitoring.md', 'utf8').matchAll(/^\| `(Firsttoken\w+)` \|/gm)]
  expect(alerts.length).toBeGreaterThan(10)
  expect(rows.map(([, name]) => name)).toEqual(alerts)
})

/** Expressions that ask for a metric of this list without being narrowed to what is chosen. */
const unnarrowed = (board: Board, about: readonly string[], chosen: string) =>
  expressionsOf(board).flatMap((expr) =>
    [...expr.matchAll(/\b((?:firsttoken|chat)_\w+)(\{?[^}]*)/g)].flatMap(([, name = '', selector = '']) =>
      about.includes(name) && !selector.startsWith(chosen) ? [expr] : [],
    ),
  )
const choices = ({ templating }: Board) => templating.list.map(({ name }) => name)

test('every panel about targets can be narrowed by provider, model and region', () => {
  const chosen = '{provider=~"$provider",model=~"$model",region=~"$region"'
  expect(unnarrowed(ofProbes, ofTargets, chosen)).toEqual([])
  expect(choices(ofProbes)).toEqual(['datasource', 'provider', 'model', 'region'])
})

test('every panel about models that pass through the proxy can be narrowed to some', () => {
  const { provider, chat } = proxyDefinitions
  expect(unnarrowed(ofProxy, samplesOf(provider), '{provider=~"$provider",model=~"$model"')).toEqual([])
  expect(unnarrowed(ofProxy, samplesOf(chat), '{model=~"$model"')).toEqual([])
  expect(choices(ofProxy)).toEqual(['datasource', 'provider', 'model'])
})

const shown = {
  probes: [
    'target_up',
    'ttft',
    'latency',
    'tokens_per_second',
    'failures',
    'cost_usd',
    'lateness',
    'incident_opened',
    'notifications',
    'fleet_workers',
    'fleet_lateness',
    'fleet_lanes_in_use',
  ],
  proxy: [
    'by (status)',
    'ttft_seconds_bucket',
    'duration_seconds_bucket',
    'tokens_total',
    'bytes_out',
    'in_flight',
    'overhead_seconds_bucket{at="before"}',
    'overhead_seconds_bucket{at="first_token"}',
    'records_dropped',
  ],
}

test.each([
  ['dashboard.json', ofProbes, shown.probes],
  ['proxy.json', ofProxy, shown.proxy],
] as const)('%s shows what it is for, and no panel lies over another', (_, board, wanted) => {
  const expressions = expressionsOf(board)
  expect(wanted.filter((part) => !expressions.some((expr) => expr.includes(part)))).toEqual([])
  const { panels } = board
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (__, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
})
