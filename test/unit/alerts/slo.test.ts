import { expect, test } from 'vitest'
import { judgeTarget } from '../../../src/alerts/judge-target.ts'
import type { SeenObjective, TargetWindow } from '../../../src/alerts/window.ts'
import { ago, checksOf, incidentOf, inShort, quietTarget, samplesOf } from '../../support/windows.ts'

const good = 'oooooooooooo'
/** One of the last eight failed. */
const failing = 'ooooooooxooo'
/** An objective that 99 of 100 keep, with counts of 24 hours and 7 days. */
const aim = (
  day: readonly [bad: number, n: number],
  week: readonly [bad: number, n: number],
  more: Partial<SeenObjective> = {},
): SeenObjective => ({
  objective: 'availability',
  share: 0.99,
  withinMs: null,
  day: { bad: day[0], n: day[1], since: day[0] > 0 ? ago(600) : null },
  week: { bad: week[0], n: week[1], since: week[0] > 0 ? ago(6000) : null },
  ...more,
})
const windowOf = (objectives: SeenObjective[], more: Partial<TargetWindow> = {}): TargetWindow => ({
  ...quietTarget,
  checks: checksOf(failing),
  objectives,
  ...more,
})
const judge = (objectives: SeenObjective[], more: Partial<TargetWindow> = {}) =>
  inShort(judgeTarget(windowOf(objectives, more)))
const openSlo = (objective = 'availability') =>
  incidentOf(quietTarget, 'slo', { evidence: { objective, share: 0.99 } })

test.each([
  ['a tenth of a day at 99 %', aim([10, 100], [10, 700]), ['open slo']],
  ['less than a tenth', aim([9, 100], [9, 700]), []],
  ['three hundredths of a week', aim([0, 96], [21, 700]), ['open slo']],
  ['less than three hundredths', aim([0, 96], [20, 700]), []],
  ['two, however few checks there are', aim([2, 3], [2, 3], { share: 0.999 }), []],
  ['three of a day at 99.9 %', aim([3, 96], [3, 96], { share: 0.999 }), ['open slo']],
  ['nothing', aim([0, 0], [0, 0]), []],
  // Ten times as fast is more than all.
  ['a share that allows more than a tenth', aim([96, 96], [96, 672], { share: 0.8 }), []],
  ['its week', aim([96, 96], [404, 672], { share: 0.8 }), ['open slo']],
])('%s', (_, seen, expected) => {
  expect(judge([seen])).toEqual(expected)
})

test('it holds the numbers, begins in the hour of the first bad check, and is told', () => {
  expect(judgeTarget(windowOf([aim([12, 96], [15, 672])]))).toEqual([
    {
      do: 'open',
      scope: quietTarget.scope,
      kind: 'slo',
      severity: 'major',
      subject: quietTarget.subject,
      firstBadAt: ago(600),
      shadow: false,
      flapping: false,
      evidence: {
        objective: 'availability',
        share: 0.99,
        within_ms: null,
        n_24h: 96,
        bad_24h: 12,
        burn_24h: 12.5,
        n_7d: 672,
        bad_7d: 15,
        burn_7d: expect.closeTo(2.232, 3) as number,
      },
    },
  ])
  expect(judgeTarget(windowOf([aim([2, 96], [30, 672])]))).toMatchObject([{ firstBadAt: ago(6000) }])
})

test('a timing is judged by its samples: one of the last eight was slower than it may be', () => {
  const hot = aim([40, 96], [40, 672], { objective: 'ttft', share: 0.96, withinMs: 800 })
  const samples = (last: number) => samplesOf([900, 700, 700, 700, 700, 700, 700, 700, last])
  expect(judge([hot], { checks: checksOf(good), samples: samples(801) })).toEqual(['open slo'])
  // The bad one is the ninth from the end.
  expect(judge([hot], { checks: checksOf(failing), samples: samples(800) })).toEqual([])
  const whole = { ...hot, objective: 'latency', withinMs: 2999 } as const
  expect(judgeTarget(windowOf([aim([0, 96], [0, 672]), whole], { samples: samples(1) }))).toMatchObject([
    { evidence: { objective: 'latency', within_ms: 2999 } },
  ])
})

test('nothing opens by what was bad before the last eight, or is older than results count', () => {
  const hot = [aim([12, 96], [15, 672])]
  expect(judge(hot, { checks: checksOf('xxxxoooooooo') })).toEqual([])
  const old = checksOf(failing).map((each) => ({ ...each, at: new Date(each.at.getTime() - 7 * 3_600_000) }))
  expect(judge(hot, { checks: old })).toEqual([])
  expect(judge(hot, { state: 'stale' })).toEqual([])
  expect(judge(hot, { inMaintenance: true })).toEqual([])
})

test('what a person resolved opens again by a later failure alone', () => {
  const hot = [aim([12, 96], [15, 672])]
  const resolved = (minutes: number) => ({
    past: { slo: { opened: 1, last: { resolvedAt: ago(minutes), reason: 'by_hand', severity: 'major' } } },
  })
  // The failure was 45 minutes ago.
  expect(judge(hot, resolved(44) as Partial<TargetWindow>)).toEqual([])
  expect(judge(hot, resolved(46) as Partial<TargetWindow>)).toEqual(['open slo'])
})

test('it ends once both are below half of what opens it and the last eight were good', () => {
  const open = [openSlo()]
  const calm = aim([4, 96], [10, 700])
  const ends = (seen: SeenObjective, more: Partial<TargetWindow> = {}) =>
    judge([seen], { open, checks: checksOf(good), ...more })
  expect(ends(calm)).toEqual(['resolve slo: recovered'])
  // 5 of 100 are five times, 10.5 of 700 one and a half times what may be.
  expect(ends(aim([5, 100], [10, 700]))).toEqual([])
  expect(ends(aim([0, 96], [11, 700]))).toEqual([])
  expect(ends(calm, { checks: checksOf(failing) })).toEqual([])
  expect(ends(calm, { checks: checksOf('ooooooo') })).toEqual([])
  expect(ends(calm, { state: 'stale' })).toEqual([])
})

test('all objectives of a target are one incident: it ends with the last of them, or with its own being taken away', () => {
  const open = [openSlo()]
  const calm = aim([0, 96], [0, 672])
  const hot = aim([40, 96], [40, 672], { objective: 'ttft', share: 0.96, withinMs: 800 })
  const more = { open, checks: checksOf(good), samples: samplesOf(Array.from({ length: 8 }, () => 700)) }
  expect(judge([calm, hot], more)).toEqual([])
  expect(
    judge([calm, { ...hot, ...aim([0, 96], [0, 672]), objective: 'ttft', withinMs: 800 }], more),
  ).toEqual(['resolve slo: recovered'])
  expect(judge([hot], more)).toEqual(['resolve slo: expired'])
  expect(judge([], more)).toEqual(['resolve slo: expired'])
})

test('an outage neither ends it nor keeps it from opening; who switches the target off ends it', () => {
  const outage = { state: 'down', since: ago(15), checks: checksOf('ooooooooooxx') } as const
  expect(judge([aim([12, 96], [15, 672])], outage)).toEqual(['open slo', 'open down'])
  const both = { ...outage, open: [openSlo(), incidentOf(quietTarget, 'down')] }
  expect(judge([aim([12, 96], [15, 672])], both)).toEqual([])
  expect(judge([], { open: [openSlo()], state: 'paused' })).toEqual(['resolve slo: gone'])
})
