import { expect, test } from 'vitest'
import { fleetDefinitions, fleetFamilies } from '../../../src/report/fleet-families.ts'
import { fleetText } from '../../../src/report/fleet.ts'
import { exposition } from '../../../src/report/prometheus.ts'
import { fleetRegion, fleetWorker, noFleet, sampleFleet } from '../../support/fleet-sample.ts'
import { readOpenMetrics } from '../../support/openmetrics.ts'

const read = (fleet = sampleFleet()) => readOpenMetrics(exposition(fleetFamilies(fleet), 'openmetrics'))
/** The values of a family, each by its labels. */
const valuesOf = (name: string, fleet = sampleFleet()) =>
  Object.fromEntries(
    read(fleet)
      .get(`firsttoken_fleet_${name}`)
      ?.samples.map(({ labels, value }) => [Object.values(labels).join(' '), value]) ?? [],
  )

test('a strict reader understands what is told of a fleet, and every family that is defined is there', () => {
  const { region, lanes } = fleetDefinitions
  const families = read()
  expect([...families.keys()]).toEqual([...region, ...lanes].map(({ name }) => name))
  const labelled = [
    ...region.map((definition) => ({ definition, about: ['region'] })),
    ...lanes.map((definition) => ({ definition, about: ['provider', 'region'] })),
  ]
  for (const { definition, about } of labelled)
    for (const { labels } of families.get(definition.name)?.samples ?? [])
      expect(Object.keys(labels), definition.name).toEqual([...about, ...definition.labels])
})

test.each([
  ['workers', { 'fra live': 1, 'fra leaving': 0, 'fra silent': 0 }],
  ['heartbeat_age_seconds', { fra: 4 }],
  ['worker_lag_seconds', { 'fra fra-1': 0.0024 }],
  ['concurrency', { fra: 8 }],
  ['in_hand', { fra: 3 }],
  ['shards', { 'fra due': 2, 'fra later': 410, 'fra taken': 3 }],
  ['probes', { 'fra due': 81, 'fra later': 17_200, 'fra taken': 120 }],
  ['lateness_p50_seconds', { fra: 1.25 }],
  ['lateness_p99_seconds', { fra: 14.5 }],
  ['shards_done', { fra: 1210 }],
  ['shards_lost', { fra: 2 }],
  ['probes_skipped', { 'fra late': 3, 'fra rate limited': 41 }],
  ['lanes', { 'groq fra': 2, 'openai fra': 4 }],
  ['lanes_in_use', { 'groq fra': 2, 'openai fra': 1 }],
  ['oldest_due_seconds', { 'groq fra': 34, 'openai fra': 0 }],
])('firsttoken_fleet_%s is in base units', (name, expected) => {
  const found = valuesOf(name)
  expect(Object.keys(found)).toEqual(Object.keys(expected))
  for (const [labels, value] of Object.entries(expected)) expect(found[labels]).toBeCloseTo(value, 12)
})

test('without a fleet there is no time series', () => {
  expect(fleetFamilies(noFleet)).toEqual([])
})

test('a worker that is silent is counted, and does nothing any more', () => {
  const workers = [
    fleetWorker({ beat_age_s: 9, lag_ms: 3, state: 'leaving' }),
    fleetWorker({ beat_age_s: 12, lag_ms: 80 }),
    fleetWorker({ host: 'fra-2', beat_age_s: 400, lag_ms: 900, state: 'silent' }),
  ]
  const fleet = sampleFleet({ regions: [fleetRegion({ workers })] })
  expect(valuesOf('workers', fleet)).toEqual({ 'fra live': 1, 'fra leaving': 1, 'fra silent': 1 })
  expect(valuesOf('heartbeat_age_seconds', fleet)).toEqual({ fra: 9 })
  // Of two on a host, the worse one.
  expect(valuesOf('worker_lag_seconds', fleet)).toEqual({ 'fra fra-1': 0.08 })
  expect(valuesOf('in_hand', fleet)).toEqual({ fra: 6 })
})

test('a region without workers and without a shard of the hour has no age and no lateness', () => {
  const { lately } = fleetRegion()
  const idle = { ...lately, begun: 0, late_p50_s: null, late_p99_s: null, skip_reasons: {} }
  const names = [...read(sampleFleet({ regions: [fleetRegion({ workers: [], lately: idle })] })).keys()]
  expect(names.filter((name) => /heartbeat|lag|lateness|skipped/.test(name))).toEqual([])
  expect(names).toContain('firsttoken_fleet_workers')
})

test('as text it is a table of regions, one of workers, one of lanes, and what was skipped', () => {
  const text = fleetText(sampleFleet())
  expect(text.split('\n\n').map((part) => part.split('\n').map((line) => line.split(/ {2,}/)))).toEqual([
    [
      ['REGION', 'WORKERS', 'IN HAND', 'DUE', 'OLDEST', 'LATER', 'TAKEN', 'LATE p50', 'p99', 'DONE', 'LOST'],
      ['fra', '1 live', '3 of 8', '2', '34 s', '410', '3', '1.3 s', '14.5 s', '1210', '2'],
    ],
    [
      ['WORKER', 'REGION', 'STATE', 'IN HAND', 'LAG', 'MADE', 'LAST BEAT', 'CLOCK ERROR', 'VERSION'],
      ['fra-1:4711:0a1b2c3d', 'fra', 'live', '3 of 8', '2.4 ms', '12480', '4 s ago', '0.35 ms', '1.4.0'],
    ],
    [
      ['PROVIDER', 'REGION', 'IN USE', 'OF', 'DUE', 'OLDEST', 'PAUSED UNTIL (UTC)'],
      ['groq', 'fra', '2', '2 (set)', '2', '34 s', '2026-11-30 12:05'],
      ['openai', 'fra', '1', '4', '0', '-'],
    ],
    [['skipped in fra, of the runs of the last hour: 41 rate limited, 3 late']],
  ])
})

test('as text, what rests on few shards is marked, and a worker that never was calibrated says so', () => {
  const { lately } = fleetRegion()
  const regions = [
    fleetRegion({
      workers: [fleetWorker({ state: 'silent', calibration: null, owner: 'a\u001B[2Jb' })],
      lately: { ...lately, begun: 298 },
    }),
  ]
  const text = fleetText(sampleFleet({ regions, lanes: [] }))
  expect(text).toMatch(/^fra +0 live, 1 silent +0 of 0 .*~14\.5 s/m)
  expect(text).toMatch(/^ab +fra +silent .*not calibrated/m)
  expect(fleetText(noFleet)).toContain('scripts/worker.ts --region NAME starts a worker')
})
