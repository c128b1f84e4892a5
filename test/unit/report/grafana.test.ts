import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { familyDefinitions } from '../../../src/report/metric-families.ts'
import { sampleName } from '../../../src/report/prometheus.ts'

interface Board {
  panels: {
    id: number
    title: string
    gridPos: { x: number; y: number; w: number; h: number }
    targets: { expr: string }[]
  }[]
  templating: { list: { name: string }[] }
}

const text = readFileSync('docs/grafana/dashboard.json', 'utf8')
const { panels, templating } = JSON.parse(text) as Board
const names = [...familyDefinitions.installation, ...familyDefinitions.target].map(sampleName)
const ofTargets = familyDefinitions.target.map(sampleName)
const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

test.each(['docs/grafana/dashboard.json', 'docs/grafana/alerts.yaml', 'docs/monitoring.md'])(
  '%s asks only for metrics that are there',
  (path) => {
    const asked = readFileSync(path, 'utf8').match(/\bfirsttoken_[a-z_]+/g) ?? []
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter((name) => !names.includes(name))).toEqual([])
  },
)

test('every alert is explained, and no other', () => {
  const rules = readFileSync('docs/grafana/alerts.yaml', 'utf8')
  const alerts = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name)
  const rows = [...readFileSync('docs/monitoring.md', 'utf8').matchAll(/^\| `(Firsttoken\w+)` \|/gm)]
  expect(alerts.length).toBeGreaterThan(10)
  expect(rows.map(([, name]) => name)).toEqual(alerts)
})

test('every panel about targets can be narrowed by provider, model and region', () => {
  const chosen = '{provider=~"$provider",model=~"$model",region=~"$region"'
  const everywhere = expressions.flatMap((expr) =>
    [...expr.matchAll(/\b(firsttoken_\w+)(\{?[^}]*)/g)].flatMap(([, name = '', selector = '']) =>
      ofTargets.includes(name) && !selector.startsWith(chosen) ? [expr] : [],
    ),
  )
  expect(everywhere).toEqual([])
  expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'provider', 'model', 'region'])
})

test('the board shows what it is for, and no panel lies over another', () => {
  const wanted = [
    'target_up',
    'ttft',
    'latency',
    'tokens_per_second',
    'failures',
    'cost_usd',
    'lateness',
    'incident_opened',
    'notifications',
  ]
  expect(wanted.filter((part) => !expressions.some((expr) => expr.includes(part)))).toEqual([])
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
  )
  expect(new Set(cells).size).toBe(cells.length)
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
})
