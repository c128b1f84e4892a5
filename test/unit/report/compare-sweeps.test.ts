import { expect, test } from 'vitest'
import type { Level } from '../../../src/core/plan.ts'
import type { LevelQuestion } from '../../../src/lab/compare-levels.ts'
import { parseThresholds, usualThresholds } from '../../../src/lab/thresholds.ts'
import {
  compareSweeps,
  type ComparableSweep,
  type SweepComparison,
} from '../../../src/report/compare-sweeps.ts'
import { loopRows, poissonLevel, queuedRows, queuedSweep, recordedSweep } from '../../support/sweep-rows.ts'

const usual: LevelQuestion = { thresholds: usualThresholds, objectives: {} }
const over = (text: string): LevelQuestion => {
  const parsed = parseThresholds(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return { ...usual, thresholds: parsed.thresholds }
}

function compared(a: ComparableSweep, b: ComparableSweep, question = usual): SweepComparison {
  const found = compareSweeps(a, b, question)
  if ('problem' in found) throw new Error(found.problem)
  return found
}
const rowsOf = ({ levels }: SweepComparison, place = 0) =>
  Object.fromEntries((levels[place]?.metrics ?? []).map((row) => [row.metric, row]))
const problemOf = (a: ComparableSweep, b: ComparableSweep) => {
  const found = compareSweeps(a, b, usual)
  return 'problem' in found ? found.problem : null
}

const closedLevel = (concurrency: number, total: number): Level => ({
  provider: 'a',
  model: 'm',
  contextTokens: null,
  warmups: concurrency,
  total,
  load: { concurrency, staggerMs: 290 },
})
const closed = (level: Level, seed: number, serviceMs = 290) =>
  recordedSweep([level], loopRows(level, { seed, serviceMs }))

const twoPercent = over('ttft_p50=2%,ttft_p95=2%,tpot_p50=2%,latency_p50=2%,latency_p95=2%,rps=2%,tps=2%')

test('of 8 pairs of sweeps of one queue none is called worse by more than 2 % in any metric', () => {
  const verdicts = [...Array(8).keys()].map((seed) => {
    const level = poissonLevel(11, 300, seed)
    return compared(
      queuedSweep({ seed: 100 + seed }, level),
      queuedSweep({ seed: 200 + seed }, level),
      twoPercent,
    ).verdict
  })
  expect(verdicts.filter((verdict) => verdict === 'worse')).toEqual([])
})

test('a queue that is 5 % slower is found by 300 requests of the same arrivals', () => {
  const found = compared(
    queuedSweep({ seed: 1 }),
    queuedSweep({ seed: 2, serviceMs: 290 * 1.05 }),
    twoPercent,
  )
  expect(found).toMatchObject({ verdict: 'worse', levels: [{ paired: true, resemblance: null }] })
  const { ttft_p50: ttft, tpot_p50: tpot, rps, ttft_p99: p99, errors } = rowsOf(found)
  expect(ttft).toMatchObject({ n: 300, verdict: 'worse', needs: 0, over: 0.02, gates: true })
  expect(tpot?.change?.value).toBeCloseTo(0.05, 2)
  expect(rps?.verdict).not.toBe('worse')
  expect(p99).toMatchObject({ verdict: 'unknown', needs: 700, gates: false })
  expect(errors).toMatchObject({ before: 0, after: 0, gates: true })
})

test('clients of a closed loop are compared by blocks: of 6 pairs of the same none is worse, 10 % fewer answers are found', () => {
  const level = closedLevel(4, 200)
  const question = over('rps=2%,tps=2%,latency_p50=2%')
  for (let seed = 0; seed < 6; seed++)
    expect(compared(closed(level, 2 * seed), closed(level, 2 * seed + 1), question).verdict).not.toBe('worse')
  const found = compared(closed(level, 1), closed(level, 2, 290 / 0.9), question)
  expect(found.levels[0]).toMatchObject({ paired: false, resemblance: expect.any(Number) })
  const { rps, tps } = rowsOf(found)
  expect(rps).toMatchObject({ verdict: 'worse', n: 200 })
  expect(rps?.change?.value).toBeCloseTo(-0.1, 2)
  expect(rps?.before).toBeCloseTo(4 / 0.29, 0)
  expect(tps?.before).toBeCloseTo((20 * 4) / 0.29, -1)
})

test('requests are paired by their arrival, whichever the other sweep lacks', () => {
  const short = poissonLevel(11, 100)
  const before = queuedSweep({ seed: 1 })
  const after = queuedSweep({ seed: 1 }, short)
  const lacking = { ...after, rows: after.rows.filter(({ iteration }) => iteration % 10 !== 5).toReversed() }
  const found = compared(before, lacking)
  expect(found.levels[0]).toMatchObject({ paired: true, n: { before: 300, after: 90 } })
  expect(rowsOf(found)['ttft_p50']).toMatchObject({ n: 90, change: { value: 0, low: 0, high: 0 } })
  // As many warm-ups fewer, and the first that counts is another arrival.
  const few = { ...poissonLevel(11, 100), warmups: 4 }
  const other = compared(before, recordedSweep([few], queuedRows(few)))
  expect(other.levels[0]?.paired).toBe(true)
  expect(rowsOf(other)['ttft_p50']?.n).toBe(94)
})

test('arrivals that turn out not to be the same are compared by blocks, with a warning if waits resemble', () => {
  const before = queuedSweep({ seed: 1 })
  const shifted = queuedSweep({ seed: 2 }, poissonLevel(11, 300, 8))
  const found = compared(before, { ...shifted, levels: before.levels })
  expect(found.levels[0]?.paired).toBe(false)
  expect(found.levels[0]?.resemblance).toBeGreaterThan(0.3)
})

test('failures decide whatever was asked, because they are in no percentile', () => {
  const found = compared(queuedSweep(), queuedSweep({ failing: 0.1 }), over('ttft_p50=10%'))
  expect(found.verdict).toBe('worse')
  expect(rowsOf(found)).toMatchObject({
    ttft_p50: { verdict: 'not_worse' },
    errors: { verdict: 'worse', before: 0 },
  })
  const all = compared(queuedSweep(), queuedSweep({ failing: 1 }), over('ttft_p50=10%'))
  expect(rowsOf(all)).toMatchObject({
    ttft_p50: { n: 0, change: null, verdict: 'unknown', needs: null },
    rps: { verdict: 'worse', gates: false, change: { value: -1 } },
  })
})

test('goodput is compared if there are objectives, and falls by percentage points', () => {
  expect(rowsOf(compared(queuedSweep(), queuedSweep()))['goodput']).toBeUndefined()
  const question = { ...usual, objectives: { latency: 600 } }
  const found = rowsOf(compared(queuedSweep(), queuedSweep({ serviceMs: 380 }), question))['goodput']
  expect(found).toMatchObject({ verdict: 'worse', over: 0.05 })
  expect(found?.change?.value).toBeCloseTo((found?.after ?? 0) - (found?.before ?? 0))
})

test('if one sweep has some of the levels of the other these are compared, and the rest is named', () => {
  const levels = [5, 11].map((rate) => poissonLevel(rate, 60))
  const both = recordedSweep(
    levels,
    levels.flatMap((level, place) => queuedRows(level, {}, place)),
  )
  const found = compared(both, queuedSweep({}, poissonLevel(11, 60)))
  expect(found.levels.map(({ level }) => level)).toEqual([levels[1]])
  expect(found.leftOut).toMatchObject([{ of: 'after', why: 'missing', level: { load: { rate: 5 } } }])
  expect(compared(queuedSweep({}, poissonLevel(11, 60)), both).leftOut).toMatchObject([{ of: 'before' }])
})

const rates = (...all: number[]) => {
  const levels = all.map((rate) => poissonLevel(rate, 60))
  return recordedSweep(
    levels,
    levels.flatMap((level, place) => queuedRows(level, {}, place)),
  )
}
const sweep = queuedSweep({}, poissonLevel(11, 60))
const late = (of: ComparableSweep) => ({ ...of, rows: of.rows.map((row) => ({ ...row, late_ms: 50 })) })
const edited = (edit: Partial<Level>) => queuedSweep({}, { ...poissonLevel(11, 60), ...edit })
const series = (settings: Record<string, unknown>) => ({
  ...sweep,
  settings,
  rows: sweep.rows.map((row) => ({ ...row, series: 'b2' })),
})

const refusals: [string, ComparableSweep, ComparableSweep, RegExp][] = [
  [
    'another seed',
    sweep,
    queuedSweep({}, poissonLevel(11, 60, 8)),
    /arrivals differ: .*seed 7\) has the seed 8 .*--seed 7$/,
  ],
  [
    'other rates',
    rates(5, 11),
    rates(11, 12),
    /levels differ: only the first run has a \/ m, 5\/s .*only the second a \/ m, 12\/s/,
  ],
  ['no common rate', rates(5), sweep, /levels differ: only the first run has/],
  ['another model', sweep, edited({ model: 'n' }), /levels differ: .*a \/ m, .*a \/ n, /],
  ['another provider', sweep, edited({ provider: 'b' }), /levels differ: .*a \/ m, .*b \/ m, /],
  ['another context tier', sweep, edited({ contextTokens: 5000 }), /levels differ: .*a \/ m, context 5000, /],
  [
    'another kind of arrivals',
    sweep,
    edited({ load: { rate: 11, arrivals: 'constant', seed: null, slots: 256 } }),
    /levels differ/,
  ],
  ['a closed loop', sweep, closed(closedLevel(4, 60), 1), /levels differ: .*concurrency 4/],
  [
    'another prompt',
    { ...sweep, settings: { prompt_hash: 'a', prompt: 'x' } },
    series({ prompt_hash: 'b', prompt: 'y' }),
    /requests differ: .* another series in the second run, by its prompt\. Make/,
  ],
  [
    'other limits',
    { ...sweep, settings: { max_tokens: 5, max_errors: 1 } },
    series({ max_tokens: 6, max_errors: 2 }),
    /by its max_tokens\. /,
  ],
  ['other parameters of the target', sweep, series({}), /by its target parameters\. /],
  [
    'synthetic with real',
    sweep,
    { ...sweep, run: { ...sweep.run, id: 'x', synthetic: true } },
    /^run x is of the synthetic provider and run \S+ is real/,
  ],
  [
    'a run that goes on',
    { ...sweep, run: { ...sweep.run, id: 'x', status: 'running' } },
    sweep,
    /^run x is running: compare it when it has ended/,
  ],
  [
    'late requests',
    sweep,
    late(sweep),
    /no level can be compared: .*in the second run the sending machine was the limit, requests were sent late/,
  ],
  [
    'a busy CPU',
    { ...sweep, cpuShares: new Map([[0, 0.95]]) },
    sweep,
    /in the first run the sending machine was the limit, its CPU was busy/,
  ],
  [
    'a level that another process took over',
    sweep,
    { ...sweep, rows: sweep.rows.map((row, index) => ({ ...row, worker: index < 30 ? 'a' : 'b' })) },
    /no level can be compared: .*: in the second run another process took it over\. /,
  ],
  [
    'nothing that was called',
    sweep,
    { ...sweep, rows: [] },
    /no level can be compared: .*the second run made none of its calls/,
  ],
]

test.each(refusals.map(([name, ...of]) => ({ name, of })))(
  '$name is refused, saying what differs',
  ({ of: [a, b, message] }) => {
    expect(problemOf(a, b)).toMatch(message)
  },
)

test('a level that the sending machine limited is left out, and the others are compared', () => {
  const both = rates(5, 11)
  const mixed = {
    ...both,
    rows: [
      ...both.rows.filter(({ level }) => level === 0),
      ...late(both).rows.filter(({ level }) => level === 1),
    ],
  }
  const found = compared(both, mixed)
  expect(found.levels).toMatchObject([{ level: { load: { rate: 5 } } }])
  expect(found.leftOut).toMatchObject([
    { of: 'after', why: 'client', limits: ['late'], level: { load: { rate: 11 } } },
  ])
})

test('what figures do not depend on may differ: slots, stagger, number of requests, what ends a run', () => {
  const level = closedLevel(4, 40)
  const other: Level = { ...closedLevel(4, 50), load: { concurrency: 4, staggerMs: 1000 } }
  expect(problemOf(closed(level, 1), closed(other, 2))).toBeNull()
  const slots = edited({ load: { rate: 11, arrivals: 'poisson', seed: 7, slots: 100 } })
  expect(problemOf(sweep, { ...slots, settings: { max_errors: 3 } })).toBeNull()
})

test('the same runs give the same intervals', () => {
  const [a, b] = [queuedSweep({ seed: 1 }), queuedSweep({ seed: 2 })]
  expect(compared(a, b)).toEqual(compared(a, b))
})
