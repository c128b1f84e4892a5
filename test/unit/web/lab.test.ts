import { expect, test } from 'vitest'
import type { LiveEvent } from '../../../src/http/contract.ts'
import type { ComparedMetric, LevelReport, SweptLevel } from '../../../web/api/sweep-queries.ts'
import type { Option } from '../../../web/charts/engine.ts'
import type { Palette } from '../../../web/charts/drawing.ts'
import {
  allowedText,
  changeInterval,
  changeText,
  metricName,
  valueParts,
  verdictWords,
} from '../../../web/screens/lab/compare.ts'
import { drawnOf, pointsOf } from '../../../web/screens/lab/curve.ts'
import { drawOf } from '../../../web/screens/lab/draw-curve.ts'
import { doubtsOf } from '../../../web/screens/lab/distrust.ts'
import { hear, linesOf, nothingHeard } from '../../../web/screens/lab/live.ts'
import { parseLoads, toggled } from '../../../web/screens/lab/loads.ts'
import { askedOf, sloText, whyNot } from '../../../web/screens/lab/request.ts'
import { labSearch } from '../../../web/screens/lab/search.ts'
import { curvesOf, distributionOf, loadNames, loadsName } from '../../../web/screens/lab/view.ts'
import { intervalText, perSecond, share, shareInterval } from '../../../web/screens/lab/words.ts'

const id = '019e5a00-0000-7000-8000-000000000001'
const other = '019e5a00-0000-7000-8000-000000000002'

test('a URL says what is chosen; what is usual, out of range or unknown is left out', () => {
  const given = {
    models: ['groq/openai/gpt-oss-20b'],
    loop: 'open',
    rates: [0.5, 10],
    arrivals: 'poisson',
    seed: 0,
    tiers: [0, 5000],
    ttft: 500,
    own: true,
    run: id,
    pick: [id, other],
    compare: true,
    by: 'latency',
  }
  expect(labSearch(given)).toEqual(given)
  const wrong = {
    models: ['gpt-5', 7],
    loop: 'closed',
    concurrency: [0, 1.5, 2000, '4'],
    rates: [],
    total: 50,
    seed: -1,
    slots: 256,
    tiers: [0],
    tokens: 256,
    own: 'yes',
    run: 'x',
    pick: ['x'],
    compare: true,
    by: 'ttft',
    view: 'all',
  }
  expect(labSearch(wrong)).toEqual({})
  expect(labSearch({ concurrency: [4, 1, 4, 'x', 0] })).toEqual({ concurrency: [4, 1] })
  expect(labSearch({ pick: [id], compare: true })).toEqual({ pick: [id] })
})

test('loads are read from a text, or it is said what is wrong with it', () => {
  const range = { least: 1, most: 1000, whole: true, entries: 3 }
  expect(parseLoads(' 1,2; 4 4', range)).toEqual({ loads: [1, 2, 4] })
  expect(parseLoads('', range)).toEqual({ problem: 'Name at least one' })
  expect(parseLoads('1, 2.5', range)).toEqual({ problem: "'2.5' is no whole number from 1 to 1000" })
  expect(parseLoads('1, x', range)).toEqual({ problem: "'x' is no whole number from 1 to 1000" })
  expect(parseLoads('1 2 3 4', range)).toEqual({ problem: 'At most 3, and these are 4' })
  expect(parseLoads('0.5', { ...range, least: 0.001, whole: false })).toEqual({ loads: [0.5] })
  expect([toggled([1, 4], 2), toggled([1, 4], 4)]).toEqual([[1, 2, 4], [1]])
})

const models = ['openai/gpt-5']
const targets = [{ provider_id: 'openai', model: 'gpt-5' }]

test('a request says what its kind of load takes, and no more', () => {
  const usual = { targets, total: 50, context_tiers: [0], max_tokens: 256 }
  const arrivals = { arrivals: 'poisson', seed: 7, slots: 20 } as const
  expect(askedOf({ models, ...arrivals })).toEqual({ ...usual, concurrency: [1, 2, 4, 8] })
  expect(askedOf({ models, loop: 'open', rates: [5], ...arrivals })).toEqual({
    ...usual,
    rates: [5],
    ...arrivals,
  })
  expect(askedOf({ models, loop: 'open', seed: 7 })).toEqual({
    ...usual,
    rates: [0.5, 1, 2],
    arrivals: 'constant',
  })
  const more = {
    models,
    ttft: 500,
    latency: 2000,
    limit: 0,
    errors: 5,
    temperature: 0,
    own: true,
    text: 'Hi',
    prompt: 'code',
  } as const
  expect(askedOf(more)).toMatchObject({
    slo: { ttft_ms: 500, latency_ms: 2000 },
    max_cost_usd: 0,
    max_errors: 5,
    temperature: 0,
    i_own_this_endpoint: true,
    prompt: 'Hi',
  })
  expect([sloText(more), sloText({})]).toEqual(['ttft=500ms,latency=2000ms', null])
})

test('what cannot be started says why', () => {
  expect(whyNot({})).toBe('Select a model to load')
  expect(whyNot({ models, text: ' ' })).toMatch(/Write a prompt/)
  expect(whyNot({ models: Array.from({ length: 21 }, (_, n) => `a/${n}`) })).toMatch(/at most 20 models/)
  expect(whyNot({ models })).toBeNull()
})

const percentile = (value: number) => ({ value, low: value - 10, high: value + 10 })
const distribution = (n: number, p50: number) => ({
  n,
  p50: percentile(p50),
  p90: percentile(p50 + 50),
  p95: { value: p50 + 80, low: p50, high: null },
  p99: { value: p50 + 90, low: null, high: null },
})
const times = (p50: number) => ({
  ttft_ms: distribution(50, p50),
  ttfa_ms: distribution(50, p50),
  tpot_ms: distribution(50, p50 / 10),
  itl_p95_ms: distribution(50, p50 / 5),
  total_latency_ms: distribution(50, p50 * 4),
})
const reportOf = (perS: number, p50: number, given: Partial<LevelReport> = {}): LevelReport => {
  const throughput = {
    requests_per_s: perS,
    input_tokens_per_s: perS * 20,
    output_tokens_per_s: perS * 100,
    output_tokens_per_s_per_user: 25,
    in_flight: 4,
    little_error: 0,
  }
  return {
    n: 50,
    errors: {},
    window: { from: 0, to: 9000 },
    throughput,
    whole: throughput,
    offered_rate: null,
    achieved_rate: perS,
    from_scheduled: null,
    from_sent: times(p50),
    lateness: null,
    loop_lag: distribution(50, 1),
    queue_free_ttft_ms: p50,
    goodput: { good: 50, n: 50, undetermined: 0, share: 1, low: 0.93, high: 1 },
    cost_usd: 0,
    client_limits: [],
    ...given,
  }
}
const levelOf = (level: number, concurrency: number, report: LevelReport | null): SweptLevel => ({
  level,
  provider: 'openai',
  model: 'gpt-5',
  context_tokens: null,
  load: { concurrency, stagger_ms: 0 },
  warmups: concurrency,
  total: 50,
  report,
  sizes: { asked: null, counted: null, billed: null, cached: null, output_limit: null, output: null },
  wall_ms: 10_000,
  warmed_up: concurrency,
  not_made: 0,
  wall: 10_000,
  rps: null,
  tps: null,
  ttft_p50: null,
  ttft_p95: null,
  dur_p50: null,
  dur_p95: null,
})
const event = (given: {
  level: number
  warmup?: boolean
  ttft?: number | null
  atMs: number
  done: number
}): LiveEvent =>
  ({
    event: 'probe_recorded',
    created_at: new Date(given.atMs).toISOString(),
    probe: { level: given.level, warmup: given.warmup ?? false },
    result: { success: given.ttft !== null, ttft_ms: given.ttft ?? null },
    progress: { done: given.done, total: 106, percent: 0, eta_s: null, detail: null },
  }) as LiveEvent

test('levels fill up one after the other, and show what was heard of them', () => {
  const levels = [levelOf(0, 2, reportOf(4, 300)), levelOf(1, 4, null)]
  const heard = hear(nothingHeard, [
    event({ level: 1, warmup: true, ttft: 9999, atMs: 0, done: 53 }),
    ...Array.from({ length: 11 }, (_, n) =>
      event({ level: 1, ttft: n === 10 ? null : 100 + n, atMs: 1000 + n * 100, done: 54 + n }),
    ),
  ])
  const [first, second] = linesOf(levels, { heard, done: heard.progress?.done ?? 0 })
  expect(first).toMatchObject({ state: 'over', done: 52, total: 52, n: 50, requestsPerS: 4, ttftP50: 300 })
  expect(second).toMatchObject({ state: 'running', done: 12, total: 54, n: 11, failed: 1, ttftP50: 104 })
  // 9 answers after the first in the second that ten calls took.
  expect(second?.requestsPerS).toBe(9)
  expect([second?.ttftP95, second?.leftS]).toEqual([null, 42 / 9])
  expect(linesOf(levels, { heard: nothingHeard, done: 0 }).map(({ state }) => state)).toEqual([
    'waiting',
    'waiting',
  ])
})

const sweep = [
  levelOf(0, 1, reportOf(4, 300)),
  levelOf(1, 2, reportOf(7.8, 310)),
  levelOf(2, 4, reportOf(9, 480)),
  levelOf(3, 8, reportOf(9.2, 900, { window: null, errors: { overloaded: 2 } })),
  levelOf(4, 16, reportOf(30, 9000, { client_limits: ['cpu'] })),
  levelOf(5, 32, null),
]

const groups = [
  {
    provider: 'openai',
    model: 'gpt-5',
    context_tokens: null,
    levels: [0, 1, 2, 3, 4, 5],
    ranked: [0, 1, 2, 3],
    knee: 1,
    best: 3,
  },
]

test('levels are curves by the groups of the API, with its knee and its best; while a sweep goes on, those that are over', () => {
  const [curve] = curvesOf(sweep.toReversed(), groups)
  expect(curve?.levels.map(({ level }) => level)).toEqual([0, 1, 2, 3, 4, 5])
  expect([curve?.ranked, curve?.knee?.level, curve?.best?.level]).toEqual([4, 1, 3])
  const [begun] = curvesOf(sweep.slice(0, 1), groups)
  expect([begun?.levels.length, begun?.knee, begun?.best]).toEqual([1, null, null])
  expect(curvesOf([], groups)).toEqual([])
})

test('what is to be distrusted is said of each level', () => {
  expect(sweep.map((level) => doubtsOf(level).map(({ kind }) => kind))).toEqual([
    [],
    [],
    [],
    ['window'],
    ['limit'],
    ['short'],
  ])
  const open = { rate: 5, arrivals: 'poisson', seed: 1, slots: 256 } as const
  const level = { ...levelOf(0, 1, reportOf(4, 300, { window: null })), load: open, not_made: 3 }
  expect(doubtsOf(level).map(({ text }) => text)).toEqual(['3 calls not made'])
  expect(loadNames(sweep.slice(1, 4).map(({ load }) => load))).toBe('2, 4 and 8 in flight')
  expect(loadsName([open, { ...open, rate: 20 }])).toBe('open loop, 5 to 20 requests/s, Poisson')
  expect(loadsName(sweep.map(({ load }) => load))).toBe('closed loop, 1 to 32 in flight')
})

test('an open loop is counted from when its requests were due, unless it is to be from when they were sent', () => {
  const report = reportOf(4, 300, { from_scheduled: times(700) })
  expect(distributionOf(report, {}).p50?.value).toBe(700)
  expect(distributionOf(report, { from: 'sent', by: 'latency' }).p50?.value).toBe(1200)
  expect(distributionOf(reportOf(4, 300), {}).p50?.value).toBe(300)
})

test('the curve joins ranked levels alone, and every point can be reached', () => {
  const drawn = drawnOf(curvesOf(sweep, groups), {}, () => 'gpt-5')
  const option: Option = drawOf(drawn, {})({} as Palette)
  const [line, bars, points] = option.series as { data: { value?: number[] }[] }[]
  expect([line?.data.length, bars?.data.length, points?.data.length]).toEqual([4, 5, 5])
  const told = pointsOf(drawn, {})
  expect(told.map(({ series, index }) => [series, index])).toEqual([0, 1, 2, 3, 4].map((n) => [2, n]))
  expect(told[1]?.text).toBe(
    '2 in flight, the knee: 7.80 requests/s, TTFT p50 310 ms (95 %: 300–320 ms), n 50',
  )
  expect(told[4]?.text).toMatch(/this machine limits it, so that it is not ranked$/)
})

test('an interval without an end is said to be open, and shares are all or nothing only if they are', () => {
  expect(intervalText({ value: 300, low: 290, high: 1310 })).toBe('0.29–1.31 s')
  expect(intervalText({ value: 300, low: 290, high: null })).toBe('from 290 ms')
  expect(intervalText({ value: 300, low: null, high: 310 })).toBe('up to 310 ms')
  expect(intervalText({ value: 300, low: null, high: null })).toBe('too few for an interval')
  expect([0.424, 9.949, 9.96, 99.6, 1240].map(perSecond)).toEqual(['0.42', '9.95', '10.0', '100', '1,240'])
  expect([1, 0, 0.9996, 0.0001, 0.974, 0.994, null].map(share)).toEqual([
    '100 %',
    '0 %',
    '99.9 %',
    '0.1 %',
    '97 %',
    '99.4 %',
    '–',
  ])
  expect(shareInterval({ low: 0.85, high: 1 })).toBe('85–100 %')
})

test('a metric of two sweeps says how it changed, what is allowed, and why nothing can be said', () => {
  const row = (given: Partial<ComparedMetric> = {}): ComparedMetric => ({
    metric: 'ttft_p50',
    n: 300,
    before: 300,
    after: 1320,
    change: { value: 0.042, low: -0.0004, high: 0.1 },
    over: 0.05,
    verdict: 'unknown',
    needs: 1240,
    gates: true,
    ...given,
  })
  const failed = row({ metric: 'errors', over: 0.01, change: { value: -0.003, low: -0.02, high: 0.01 } })
  expect([metricName(row()), metricName(failed), metricName(row({ metric: 'new' }))]).toEqual([
    'TTFT p50',
    'Errors',
    'new',
  ])
  expect([changeText(row()), changeInterval(row()), allowedText(row())]).toEqual([
    '+4.2 %',
    '0.0 to +10.0',
    '5 %',
  ])
  expect([changeText(failed), changeInterval(failed), allowedText(failed)]).toEqual([
    '−0.3 points',
    '−2.0 to +1.0',
    '1 point',
  ])
  expect(changeText(row({ change: null }))).toBe('–')
  expect(valueParts(row(), 1320)).toEqual({ value: '1.32', unit: 's' })
  expect(valueParts(row(), 1.64)).toEqual({ value: '1.6', unit: 'ms' })
  expect(valueParts(row({ metric: 'rps' }), 4.2)).toEqual({ value: '4.20', unit: '' })
  expect(valueParts(failed, 0.5)).toEqual({ value: '50 %', unit: '' })
  expect(verdictWords(row())).toEqual({ word: 'cannot say', why: 'needs about 1,240 more' })
  expect(verdictWords(row({ needs: null }))).toMatchObject({ why: 'it is at what is allowed' })
  expect(verdictWords(row({ n: 0, needs: null }))).toMatchObject({ why: 'a sweep has none' })
  expect(verdictWords(row({ verdict: 'not_worse', needs: 0 }))).toEqual({ word: 'not worse', why: null })
  expect(verdictWords(row({ verdict: 'worse', needs: 0 }))).toEqual({ word: 'worse', why: null })
})
