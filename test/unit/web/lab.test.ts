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
import { askedWords } from '../../../web/screens/lab/asked-words.ts'
import { drawnOf, pointsOf } from '../../../web/screens/lab/curve.ts'
import { drawOf } from '../../../web/screens/lab/draw-curve.ts'
import { doubtsOf } from '../../../web/screens/lab/distrust.ts'
import { foundFigure, searchIn, searchText } from '../../../web/screens/lab/found.ts'
import { hear, linesOf, nothingHeard, wayOf } from '../../../web/screens/lab/live.ts'
import { curvesOf, distributionOf, loadNames, loadsName } from '../../../web/screens/lab/view.ts'
import { intervalText, perSecond, share, shareInterval } from '../../../web/screens/lab/words.ts'

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
    interrupted_ms: null,
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
  failures: [],
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
  expect(first).toMatchObject({
    state: 'over',
    calls: '52 / 52',
    percent: 100,
    n: 50,
    requestsPerS: 4,
    ttftP50: 300,
  })
  expect(second).toMatchObject({ state: 'running', calls: '12 / 54', n: 11, failed: 1, ttftP50: 104 })
  // 9 answers after the first in the second that ten calls took.
  expect(second?.requestsPerS).toBe(9)
  expect([second?.ttftP95, second?.leftS]).toEqual([null, 42 / 9])
  expect(linesOf(levels, { heard: nothingHeard, done: 0 }).map(({ state }) => state)).toEqual([
    'waiting',
    'waiting',
  ])
})

test('levels that last go by their time: nobody knows how many calls they have', () => {
  const lasting = (level: number, report: LevelReport | null) => ({
    ...levelOf(level, 2, report),
    total: 100,
    duration_ms: 20_000,
  })
  const levels = [lasting(0, reportOf(4, 300)), lasting(1, null), lasting(2, null)]
  const heard = hear(
    nothingHeard,
    Array.from({ length: 11 }, (_, n) => event({ level: 1, ttft: 100, atMs: n * 500, done: 700 + n })),
  )
  const lines = linesOf(levels, { heard, done: 710 })
  expect(lines).toMatchObject([
    { state: 'over', calls: '50 calls', percent: 100, leftS: null },
    { state: 'running', calls: '11 calls', percent: 25, leftS: 15 },
    { state: 'waiting', calls: '0 calls', percent: 0, leftS: 20 },
  ])
  const planned = { percent: 99, eta_s: 1 }
  expect(wayOf(lines, planned)).toEqual({ percent: 125 / 3, leftS: 35 })
  const counted = linesOf([levelOf(0, 2, null)], { heard: nothingHeard, done: 0 })
  expect(wayOf(counted, planned)).toEqual({ percent: 99, leftS: 1 })
})

test('a search says what it looks for, and what it found', () => {
  expect(searchIn({})).toBeNull()
  const search = { most: 64, goodput: 0.995, calls_per_client: 10, objectives: { ttft: 500 } }
  expect(searchText(searchIn({ search }) ?? { most: 0, goodput: null })).toBe(
    'the highest at which 99.5 % are good, up to 64',
  )
  const found = {
    provider: 'openai',
    model: 'gpt-5',
    context_tokens: null,
    by: 'concurrency',
    most: 64,
    goodput: 0.995,
    highest: 24,
    unresolved: [26],
    stop: 'found',
  } as const
  expect(foundFigure({ ...found, unresolved: [26] })).toEqual({
    name: '99.5 % are good up to',
    value: '24',
    unit: 'in flight',
    about: 'the next level does not hold; 26 may hold: more calls would tell',
  })
  expect(foundFigure({ ...found, by: 'rate', unresolved: [], highest: 64, stop: 'limit' })).toMatchObject({
    unit: 'requests/s',
    about: 'it was tried no further than 64',
  })
  expect(foundFigure({ ...found, goodput: null, unresolved: [], highest: null, stop: 'errors' })).toEqual({
    name: 'More is of use up to',
    value: '–',
    unit: '',
    about: 'above it more than 5 % failed',
  })
})

test('what was asked for of a sweep is told in a few words', () => {
  const levels = [levelOf(0, 1, null), { ...levelOf(1, 2, null), total: 60 }]
  const search = { most: 8, goodput: null }
  expect(askedWords(levels, { search, max_tokens: 64, temperature: 0.7, work: { cache: 'cold' } })).toEqual([
    'closed loop, 1 to 2 in flight',
    'more while it brings more, up to 8',
    '2 levels',
    'max 64 tokens',
    'temperature 0.7',
  ])
  const paused = {
    ...levelOf(0, 4, null),
    duration_ms: 30_000,
    load: { concurrency: 4, stagger_ms: 0, think_ms: 250 },
  }
  const work = {
    cache: 'shared',
    shared_tokens: 1000,
    outputs: { least: 64, most: 256 },
    prompts: [{}, {}, {}],
  }
  expect(askedWords([paused], { max_tokens: 256, work })).toEqual([
    'closed loop, 4 in flight',
    '1 level',
    '30 s each',
    'pauses of 250 ms',
    'max 64 to 256 tokens',
    '1000 shared tokens',
    '3 prompts',
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
