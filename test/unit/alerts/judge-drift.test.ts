import { expect, test } from 'vitest'
import { judgeDrift } from '../../../src/alerts/judge-drift.ts'
import type { DriftWindow, SeenDay } from '../../../src/alerts/window.ts'
import { ago, incidentOf, inShort, quietTarget } from '../../support/windows.ts'

/** Days up to yesterday, with these medians of TTFT. */
const daysOf = (medians: readonly number[], n = 96): SeenDay[] =>
  medians.map((ttftMs, index) => ({
    day: new Date(Date.UTC(2026, 2, 10) - (medians.length - index) * 86_400_000),
    n,
    ttftMs,
    latencyMs: 4000,
    tpotMs: null,
  }))
const times = (n: number, value: number) => Array.from({ length: n }, () => value)
const windowOf = (days: readonly SeenDay[], change: Partial<DriftWindow> = {}): DriftWindow => ({
  ...quietTarget,
  series: 'a',
  days,
  ...change,
})
const judge = (medians: readonly number[], change: Partial<DriftWindow> = {}) =>
  inShort(judgeDrift(windowOf(daysOf(medians), change)))

test('a week that is a fifth slower than the four before it is drift', () => {
  // The median of 28 days of which 20 took 1000 ms and 8 took 1100 is 1000, their p75 is between the 21st and 22nd: 1100.
  const medians = [...times(20, 1000), ...times(8, 1100), ...times(6, 1300), 1000]
  expect(judgeDrift(windowOf(daysOf(medians)))).toEqual([
    {
      do: 'open',
      scope: quietTarget.scope,
      kind: 'drift',
      severity: 'info',
      subject: quietTarget.subject,
      firstBadAt: new Date('2026-03-03'),
      shadow: false,
      flapping: false,
      evidence: {
        metric: 'ttft',
        series: 'a',
        recent_ms: 1300,
        reference_ms: 1000,
        ratio: 1.3,
        days: 7,
        reference_days: 28,
        limit_ratio: 1.2,
      },
    },
  ])
})

test.each<[string, number[]]>([
  ['19 % more', [...times(28, 1000), ...times(7, 1190)]],
  // Five of seven above p75.
  ['two days as before', [...times(28, 1000), ...times(5, 1300), 1000, 1000]],
  ['a week in which usual days are as slow', [...times(20, 1000), ...times(8, 1300), ...times(7, 1300)]],
  ['27 days before the week', [...times(27, 1000), ...times(7, 1300)]],
  ['a week that is faster', [...times(28, 1000), ...times(7, 500)]],
  ['nothing', []],
])('%s is none', (_, medians) => {
  expect(judge(medians)).toEqual([])
})

test('days with too few samples do not count, and others take their place', () => {
  const days = daysOf([...times(31, 1000), ...times(7, 1300)])
  const lacking = (n: number) =>
    windowOf(days.map((each, index) => (index % 10 === 5 ? { ...each, n } : each)))
  expect(inShort(judgeDrift(lacking(48)))).toEqual(['open drift'])
  // Of 38 days, the four with 47 samples leave 34.
  expect(judgeDrift(lacking(47))).toEqual([])
})

test('the week is of the last ten days, else nothing is judged', () => {
  const days = daysOf([...times(28, 1000), ...times(7, 1300), ...times(3, 1300)])
  const few = (n: number) =>
    days.map((each, index) => (index >= days.length - n ? { ...each, n: 10 } : each)).slice(-35 - n)
  expect(inShort(judgeDrift(windowOf(few(2))))).toEqual(['open drift'])
  expect(judgeDrift(windowOf(few(3)))).toEqual([])
})

test('the total and the rate are judged too', () => {
  const slower = daysOf(times(35, 1000)).map((each, index) => ({
    ...each,
    latencyMs: index < 28 ? 4000 : 5000,
  }))
  expect(judgeDrift(windowOf(slower))).toMatchObject([{ evidence: { metric: 'latency', ratio: 1.25 } }])
  const rate = daysOf(times(35, 1000)).map((each, index) => ({ ...each, tpotMs: index < 28 ? 10 : 15 }))
  expect(judgeDrift(windowOf(rate))).toMatchObject([{ evidence: { metric: 'tpot', ratio: 1.5 } }])
})

const drift = incidentOf(quietTarget, 'drift', {
  openedAt: ago(3 * 24 * 60),
  evidence: { metric: 'ttft', series: 'a', reference_ms: 1000 },
})

test.each<[string, number[], string[]]>([
  ['a week that is 10 % slower still', [...times(28, 1000), ...times(7, 1100)], []],
  ['a week that is 9 % slower', [...times(28, 1000), ...times(7, 1090)], ['resolve drift: recovered']],
  // Four weeks later that is usual, but it is no recovery.
  ['weeks that stay slower', times(35, 1300), []],
  ['no days', [], []],
])('an open drift and %s', (_, medians, expected) => {
  expect(judge(medians, { open: [drift] })).toEqual(expected)
})

test('drift ends after 28 days, or with its series', () => {
  const slower = times(35, 1300)
  const since = (days: number) => judge(slower, { open: [{ ...drift, openedAt: ago(days * 24 * 60) }] })
  expect(since(27.9)).toEqual([])
  expect(since(28)).toEqual(['resolve drift: expired'])
  expect(judge(slower, { open: [drift], series: 'b' })).toEqual(['resolve drift: expired'])
})

test('the same days are not told again, a week later they may be', () => {
  const medians = [...times(28, 1000), ...times(7, 1300)]
  const past = (at: string) =>
    ({
      past: { drift: { opened: 0, last: { resolvedAt: new Date(at), reason: 'by_hand', severity: 'info' } } },
    }) as const
  expect(judge(medians, past('2026-03-03T10:00Z'))).toEqual([])
  expect(judge(medians, past('2026-03-02T10:00Z'))).toEqual(['open drift'])
})

test.each(['stale', 'unknown', 'paused', 'deleted'] as const)(
  'a target that is %s does not drift',
  (state) => {
    const medians = [...times(28, 1000), ...times(7, 1300)]
    expect(judge(medians, { state })).toEqual([])
    expect(judge(times(35, 1000), { state, open: [drift] })).toEqual([])
  },
)

test('maintenance and a new target: nothing, and shown only', () => {
  const medians = [...times(28, 1000), ...times(7, 1300)]
  expect(judge(medians, { inMaintenance: true })).toEqual([])
  expect(judgeDrift(windowOf(daysOf(medians), { firstCheckAt: ago(13 * 24 * 60) }))).toMatchObject([
    { shadow: true },
  ])
})
