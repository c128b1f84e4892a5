import { expect, test } from 'vitest'
import type { Palette } from '../../../web/charts/drawing.ts'
import { drawOf, pointsOf } from '../../../web/screens/target/draw.ts'
import { targetSearch } from '../../../web/screens/target/search.ts'
import { medianPhases } from '../../../web/screens/target/median-phases.ts'
import { groundOf, priceMarks, type Line, type Series } from '../../../web/screens/target/view.ts'

const line = (given: Partial<Line>): Line => ({
  provider: 'openai',
  model: 'gpt',
  target_id: 'a',
  region: 'eu',
  synthetic: false,
  series: 's',
  n: [],
  p50: [],
  p95: [],
  failed: [],
  ...given,
})
const seriesOf = (lines: Line[], stepS = 3600): Series => ({
  metric: 'ttft',
  t0: '2026-11-26T00:00:00Z',
  step_s: stepS,
  n_points: lines[0]?.n.length ?? 0,
  lines,
})
const eu = line({
  n: [60, null, 1, 0],
  p50: [400, null, 500, null],
  p95: [700, null, null, null],
  failed: [0, null, 0, 2],
})
const us = line({
  region: 'us',
  n: [null, 4, 4, 4],
  p50: [null, 900, 910, 920],
  p95: [null, null, null, null],
  failed: [null, 0, 0, 0],
})
const metric = 'ttft'
const palette = new Proxy({}, { get: (_, name) => String(name) }) as Palette
const seriesIn = (lines: Line[]) =>
  drawOf({ series: seriesOf(lines), metric, marks: [] })(palette).series as {
    data: ({ value: [number, number | null]; symbol?: string } & [number, number | null])[]
    areaStyle?: { opacity: number }
  }[]

test('a gap stays a gap, a value between gaps is a dot, a failure is a tick at the foot', () => {
  const [drawn, failures] = seriesIn([eu])
  expect(drawn?.data.map(({ value: [, value], symbol }) => [value, symbol])).toEqual([
    [400, 'circle'],
    [null, undefined],
    [500, 'circle'],
    [null, undefined],
  ])
  expect(failures?.data).toEqual([[Date.parse('2026-11-26T03:30:00Z'), 0]])
})

test('the band reaches from the median to p95 where that is known, and is drawn for one region alone', () => {
  const [, , below, above] = seriesIn([eu])
  expect([below?.data[0]?.[1], above?.data[0]?.[1], above?.data[2]?.[1]]).toEqual([400, 300, null])
  expect(seriesIn([eu, us]).filter(({ areaStyle }) => areaStyle)).toEqual([])
})

test('the arrows reach each step with a call once, and it says all regions with their ground', () => {
  const marks = [{ at: Date.parse('2026-11-26T01:10:00Z'), text: 'in $1.00 → $2.00' }]
  const points = pointsOf({ series: seriesOf([eu, us]), metric, marks })
  expect(points.map(({ series, index }) => [series, index])).toEqual([
    [0, 0],
    [1, 1],
    [0, 2],
    [1, 3],
  ])
  expect(points.map(({ text }) => text.split('\n').slice(1))).toEqual([
    ['eu: p50 400 ms, p95 700 ms, n 60'],
    ['us: p50 900 ms, n 4', 'in $1.00 → $2.00'],
    ['eu: 500 ms, n 1', 'us: p50 910 ms, n 4'],
    ['eu: n 0, 2 failed', 'us: p50 920 ms, n 4'],
  ])
  const alone = pointsOf({ series: seriesOf([eu]), metric, marks: [] })
  expect(alone.at(-1)).toMatchObject({ series: 1, index: 0 })
})

test('a chart says how many samples it rests on and why there is no p95', () => {
  expect(groundOf(seriesOf([eu]))).toBe('n 61 · 2 failures · a point: 60 min · band to p95 where n ≥ 59')
  expect(groundOf(seriesOf([us]))).toBe('n 12 · a point: 60 min · no p95: a point has n < 59')
})

test('a price is marked where it replaced another, within the time shown', () => {
  const price = {
    cached_per_m: null,
    cache_write_per_m: null,
    reasoning_per_m: null,
    overrides: [],
    source: 'x',
  }
  const at = (since: string, input: number, output: number) => ({
    ...price,
    as_of: since,
    since,
    valid_until: null,
    input_per_m: input,
    output_per_m: output,
  })
  const rows = [
    at('2026-11-20T00:00:00Z', 1, 3),
    at('2026-11-10T00:00:00Z', 1, 2),
    at('2026-10-01T00:00:00Z', 2, 2),
  ]
  const from = Date.parse('2026-11-15T00:00:00Z')
  expect(priceMarks(rows, from, from + 9e8)).toEqual([
    { at: Date.parse('2026-11-20T00:00:00Z'), text: 'out $2.00 → $3.00' },
  ])
  expect(priceMarks(rows, 0, from)).toHaveLength(1)
})

test('a URL holds the range, its end, the region and the view, and nothing else', () => {
  expect(targetSearch({ range: '24h', region: '', view: 'chart', other: 1 })).toEqual({})
  expect(targetSearch({ range: '9d', until: 'soon' })).toEqual({})
  const all = { range: '30d', until: '2026-11-26T00:00:00.000Z', region: 'eu', view: 'table' }
  expect(targetSearch(all)).toEqual(all)
})

test('the phases in the middle are each of the calls that had it', () => {
  const call = { dns_ms: null, tcp_ms: 10, tls_ms: null, ttft_ms: 100, ttfa_ms: 100, total_latency_ms: 300 }
  const thinking = { ...call, tcp_ms: 20, ttfa_ms: 150, dns_ms: 4 }
  expect(medianPhases([call, thinking])).toEqual({
    dns: 4,
    tcp: 15,
    tls: null,
    wait: 100,
    reasoning: 50,
    answer: 175,
  })
  expect(medianPhases([]).wait).toBeNull()
})
