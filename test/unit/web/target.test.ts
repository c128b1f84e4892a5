import { expect, test } from 'vitest'
import { incidentLike } from '../../support/told-incidents.ts'
import type { Palette } from '../../../web/charts/drawing.ts'
import { drawOf, pointsOf } from '../../../web/over-time/draw.ts'
import { areasOf, duringOf, type Mark, marksOf } from '../../../web/over-time/marks.ts'
import { closer, shownOf, targetSearch } from '../../../web/screens/target/search.ts'
import { groundOf, type Line, type Series } from '../../../web/over-time/series.ts'

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
  const [, drawn, failures] = seriesIn([eu])
  expect(drawn?.data.map(({ value: [, value], symbol }) => [value, symbol])).toEqual([
    [400, 'circle'],
    [null, undefined],
    [500, 'circle'],
    [null, undefined],
  ])
  expect(failures?.data).toEqual([{ value: [Date.parse('2026-11-26T03:30:00Z'), 0] }])
})

test('the band reaches from the median to p95 where that is known, and is drawn for one region alone', () => {
  const [, , , below, above] = seriesIn([eu])
  expect([below?.data[0]?.[1], above?.data[0]?.[1], above?.data[2]?.[1]]).toEqual([400, 300, null])
  expect(seriesIn([eu, us]).filter(({ areaStyle }) => areaStyle)).toEqual([])
})

test('the arrows reach each step with a call once, and it says all regions with their ground', () => {
  const at = Date.parse('2026-11-26T01:10:00Z')
  const marks: Mark[] = [{ kind: 'price', from: at, to: at, text: 'in $1.00 → $2.00' }]
  const points = pointsOf({ series: seriesOf([eu, us]), metric, marks })
  expect(points.map(({ series, index }) => [series, index])).toEqual([
    [1, 0],
    [2, 1],
    [0, 0],
    [1, 2],
    [2, 3],
  ])
  expect(points[2]).toMatchObject({ text: 'in $1.00 → $2.00', at })
  expect(points.map(({ text }) => text.split('\n').slice(1))).toEqual([
    ['eu: p50 400 ms, p95 700 ms, n 60'],
    ['us: p50 900 ms, n 4', 'in $1.00 → $2.00'],
    [],
    ['eu: 500 ms, n 1', 'us: p50 910 ms, n 4'],
    ['eu: n 0, 2 failed', 'us: p50 920 ms, n 4'],
  ])
  const alone = pointsOf({ series: seriesOf([eu]), metric, marks: [] })
  expect(alone.at(-1)).toMatchObject({ series: 2, index: 0 })
})

test('a chart says how many samples it rests on and why there is no p95', () => {
  expect(groundOf(seriesOf([eu]))).toBe('n 61 · 2 failures · a point: 60 min · band to p95 where n ≥ 59')
  expect(groundOf(seriesOf([us]))).toBe('n 12 · a point: 60 min · no p95: a point has n < 59')
})

const from = Date.parse('2026-11-15T00:00:00Z')
const hours = (n: number) => from + n * 3_600_000
const iso = (n: number) => new Date(hours(n)).toISOString()
const outage = (since: number, last: number, until: number | null) => ({
  provider: 'p',
  model: 'm',
  target_id: 't',
  synthetic: false,
  region: 'eu',
  since: iso(since),
  last_failed_at: iso(last),
  until: until === null ? null : iso(until),
  n_failed: 3,
  errors: { timeout_first_token: 1, overloaded: 2 },
})
const gap = (since: number, until: number, reason: string | null) => ({
  schedule: 'benchmark',
  since: iso(since),
  until: iso(until),
  n_slots: 4,
  reason,
})
const price = (since: number, input: number, output: number) => ({
  cached_per_m: null,
  cache_write_per_m: null,
  reasoning_per_m: null,
  overrides: [],
  source: 'x',
  as_of: iso(since),
  since: iso(since),
  valid_until: null,
  input_per_m: input,
  output_per_m: output,
})

test('what touches the time shown is marked in order: outages, gaps with their reason, prices that replaced another', () => {
  const marks = marksOf(
    {
      outages: [outage(20, 22, null), outage(-3, -1, 1), outage(-9, -8, -7)],
      gaps: [gap(5, 9, null), gap(11, 11, 'the database was away'), gap(40, 41, null)],
      prices: [price(10, 1, 3), price(-100, 1, 2), price(-900, 2, 2)],
      incidents: [],
    },
    from,
    hours(24),
  )
  expect(marks.map(({ kind, from: start }) => [kind, (start - from) / 3_600_000])).toEqual([
    ['outage', -3],
    ['gap', 5],
    ['price', 10],
    ['gap', 11],
    ['outage', 20],
  ])
  const [ended, noRun, changed, missed, open] = marks.map(({ text }) => text)
  expect(ended).toMatch(
    /^down in eu .* \(4 h\): 3 checks failed in a row, overloaded 2 and timeout first token 1$/,
  )
  expect(noRun).toMatch(/4 slots without a run, the schedule did not run$/)
  expect(changed).toMatch(/: out \$2\.00 → \$3\.00 per M$/)
  expect(missed).toMatch(/, the database was away$/)
  expect(open).toMatch(/no check has succeeded since: 3 checks/)
  // An open outage lasts to the end of what is shown.
  expect(marks.at(-1)?.to).toBe(hours(24))
})

test('an outage leads to its incident; another incident is a mark of its own', () => {
  const about = { region: 'eu', target_id: 't' }
  const incidents = [
    incidentLike({ ...about, id: 'a', kind: 'down', first_bad_at: iso(-3), resolved_at: iso(1.5) }),
    incidentLike({ ...about, id: 'b', kind: 'down', first_bad_at: iso(-3), region: 'us' }),
    incidentLike({
      ...about,
      id: 'c',
      kind: 'slow',
      severity: 'minor',
      first_bad_at: iso(4),
      resolved_at: iso(9),
    }),
    incidentLike({ ...about, id: 'd', kind: 'errors', severity: 'major', first_bad_at: iso(12) }),
    incidentLike({ ...about, id: 'e', kind: 'slow', first_bad_at: iso(-30), resolved_at: iso(-20) }),
  ]
  const marks = marksOf({ outages: [outage(-3, -1, 1)], gaps: [], prices: [], incidents }, from, hours(24))
  expect(
    marks.map(({ kind, incident, isSevere, to }) => [kind, incident, isSevere, (to - from) / 3_600_000]),
  ).toEqual([
    ['outage', 'a', undefined, 1],
    ['incident', 'b', true, 24],
    ['incident', 'c', false, 9],
    ['incident', 'd', true, 24],
  ])
  expect(marks[2]?.text).toMatch(/^gpt-5 at openai is down: 15 Nov, \d\d:00 to /)
  const points = pointsOf({ series: seriesOf([eu]), metric, marks })
  expect(points.flatMap((point) => point.incident ?? [])).toEqual(['a', 'b', 'c', 'd'])
})

test('values that a chart is compared with are lines across it, which the axis reaches', () => {
  const references = [
    { name: 'usual 400 ms', value: 400 },
    { name: 'usual p95 2.5 s', value: 2500 },
  ]
  const option = drawOf({ series: seriesOf([eu]), metric, marks: [], references })(palette)
  const drawn = option.series as {
    data: unknown[]
    markLine?: { data: unknown[]; label: { position: string } }
  }[]
  const [usual, p95] = drawn.slice(-2)
  const [start, end] = ['2026-11-26T00:00:00Z', '2026-11-26T04:00:00Z'].map((at) => Date.parse(at))
  expect(usual?.data).toEqual([
    [start, 400],
    [end, 400],
  ])
  expect(p95?.markLine?.data).toEqual([{ name: 'usual p95 2.5 s', yAxis: 2500 }])
  expect([usual, p95].map((each) => each?.markLine?.label.position)).toEqual([
    'insideStartBottom',
    'insideStartTop',
  ])
  // Of what is larger than two seconds the axis is in seconds.
  expect((option.yAxis as { name: string }[])[0]?.name).toBe('TTFT (s)')
})

test('areas are never too thin to be seen, and do not overlap', () => {
  const mark = (start: number, end: number): Mark => ({
    kind: 'gap',
    from: hours(start),
    to: hours(end),
    text: '',
  })
  const areas = areasOf([mark(-5, 1), mark(50, 50), mark(50.5, 50.6), mark(90, 200)], [from, hours(100)])
  expect(areas.map((area) => area.map((at) => Math.round(((at - from) / 3_600_000) * 10) / 10))).toEqual([
    [0, 1],
    [50, 50.4],
    [50.5, 50.9],
    [90, 100],
  ])
  const many = Array.from({ length: 900 }, (_, at) => mark(at / 9, at / 9 + 0.01))
  expect(areasOf(many, [from, hours(100)])).toHaveLength(1)
})

test('a step tells what lasted during it, and what happened at its first moment, not at its end', () => {
  const moment = (at: number): Mark => ({ kind: 'price', from: hours(at), to: hours(at), text: String(at) })
  const lasting: Mark = { kind: 'outage', from: hours(0), to: hours(2), text: 'down' }
  const during = (step: number) =>
    duringOf([lasting, moment(1), moment(2)], hours(step), hours(step + 1)).map(({ text }) => text)
  expect([during(0), during(1), during(2), during(3)]).toEqual([['down'], ['down', '1'], ['2'], []])
})

test('a chosen span is shown instead of the range, which stays to go back to', () => {
  const span = closer({ from: from + 90_500, to: from + 95_000 })
  expect(span).toEqual({ from: '2026-11-15T00:01:00.000Z', to: '2026-11-15T00:11:00.000Z' })
  const search = targetSearch({ range: '30d', ...span })
  expect(search).toEqual({ range: '30d', ...span })
  expect(shownOf(search)).toMatchObject({ ms: 600_000, until: span.to, label: '10 min' })
  expect(shownOf({ range: '30d' })).toMatchObject({ ms: 30 * 86_400_000, until: null, label: '30 d' })
  for (const bad of [{ from: span.to, to: span.from }, { from: span.from }, { from: 'x', to: span.to }])
    expect(targetSearch(bad)).toEqual({})
})

test('a URL holds the range, its end, the region and the view, and nothing else', () => {
  expect(targetSearch({ range: '24h', region: '', view: 'chart', other: 1 })).toEqual({})
  expect(targetSearch({ range: '9d', until: 'soon' })).toEqual({})
  const all = {
    range: '30d',
    until: '2026-11-26T00:00:00.000Z',
    metric: 'tps',
    region: 'eu',
    view: 'table',
  }
  expect(targetSearch(all)).toEqual(all)
})
