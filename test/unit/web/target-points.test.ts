import { expect, test } from 'vitest'
import type { Palette } from '../../../web/charts/drawing.ts'
import { drawRaw, rawOf, rawPoints } from '../../../web/over-time/raw.ts'
import { drawSpread, isWide, spreadGround, spreadPoints } from '../../../web/screens/target/spread.ts'

const palette = new Proxy({}, { get: (_, name) => String(name) }) as Palette
const about = { provider: 'p', model: 'm', target_id: 't', synthetic: false, series: 's' }
const minute = 60_000
const t0 = '2026-11-26T00:00:00Z'

const points = {
  t0,
  more: false,
  lines: [
    { ...about, region: 'ap' },
    { ...about, region: 'eu' },
    { ...about, region: 'us' },
  ],
  ids: ['a', 'b', 'c', 'd', 'e', 'f'],
  line: [1, 2, 1, 1, 1, 2],
  at_ms: [0, 1, 15, 30, 90, 91].map((at) => at * minute),
  ttft: [400, 500, null, 420, 430, null],
  ttfa: [400, 500, null, 420, 430, null],
  tps: [50, 50, null, 50, 50, null],
  latency: [900, 900, null, 900, 900, null],
  errors: [null, null, 'provider.timeout_first_token', null, null, 'account.rate_limited'],
}
const series = { metric: 'ttft', t0, step_s: 900, n_points: 8, lines: [] }
const drawing = { series, metric: 'ttft' as const, marks: [] }
const raw = rawOf(points, 'ttft')

test('results are lines of the regions that have some, broken where one failed and where nothing was called', () => {
  const drawn = drawRaw(raw, drawing)(palette).series as { data: unknown[]; color?: string }[]
  const at = (minutes: number) => Date.parse(t0) + minutes * minute
  expect(drawn.map(({ color }) => color)).toEqual([undefined, 'series-1', 'series-2', 'fill-down'])
  expect(drawn[1]?.data).toEqual([
    [at(0), 400],
    [at(15), null],
    [at(30), 420],
    [at(60), null],
    [at(90), 430],
  ])
  // What is not the provider's fault is not red.
  expect(drawn[3]?.data).toEqual([
    { value: [at(15), 0], itemStyle: { color: 'fill-down' } },
    { value: [at(91), 0], itemStyle: { color: 'control' } },
  ])
})

test('each result is reached once in order of time, told, and opens', () => {
  const reached = rawPoints(raw, drawing)
  expect(reached.map(({ series: of, index, result }) => [of, index, result])).toEqual([
    [1, 0, 'a'],
    [2, 0, 'b'],
    [3, 0, 'c'],
    [1, 2, 'd'],
    [1, 4, 'e'],
    [3, 1, 'f'],
  ])
  expect(reached[0]?.text).toMatch(/, eu: 400 ms$/)
  expect(reached[2]?.text).toMatch(/, eu: failed, timeout first token$/)
})

const line = (region: string, n: number, scale: number) => ({
  ...about,
  region,
  n,
  percentiles: Array.from({ length: 101 }, (_, percent) => scale * (100 + percent)),
  p50: scale * 150,
  p95: n < 59 ? null : scale * 195,
  p99: n < 299 ? null : scale * 199,
})
const spreadOf = (lines: ReturnType<typeof line>[]) => ({
  metric: 'ttft',
  since: t0,
  until: '2026-11-27T00:00:00Z',
  lines,
})

test('a distribution has marks where there are enough samples, and a scale of ratios beyond a decade', () => {
  const near = spreadOf([line('eu', 300, 1), line('us', 60, 2)])
  const far = spreadOf([line('eu', 300, 1), line('us', 60, 9)])
  expect([isWide(near.lines), isWide(far.lines), isWide([line('eu', 9, 0)])]).toEqual([false, true, false])
  expect(drawSpread(near)(palette).xAxis).toMatchObject({ type: 'value', min: 0 })
  expect(drawSpread(far)(palette).xAxis).toMatchObject({ type: 'log', min: 100, max: 2000 })
  const drawn = drawSpread(near)(palette).series as {
    type: string
    data: { itemStyle: { opacity: number }; name: string }[]
  }[]
  const seen = drawn
    .filter(({ type }) => type === 'scatter')
    .map(({ data }) => data.flatMap(({ name, itemStyle }) => (itemStyle.opacity === 1 ? [name] : [])))
  expect(seen).toEqual([
    ['p50', 'p95', 'p99'],
    ['p50', 'p95'],
  ])
  expect(spreadGround(near)).toMatch(/^n 360 · .* · p99 from n 299$/)
  const texts = spreadPoints(near).map(({ text }) => text)
  expect(texts).toContain('us: 95 % of answers within 390 ms, n 60')
  expect(texts[0]).toBe('eu: the least was 100 ms, n 300')
  expect(texts).toHaveLength(20)
})
