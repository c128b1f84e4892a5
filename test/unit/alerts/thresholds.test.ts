import { expect, test } from 'vitest'
import { judgeDrift } from '../../../src/alerts/judge-drift.ts'
import { judgeModel } from '../../../src/alerts/judge-model.ts'
import { judgeProvider } from '../../../src/alerts/judge-provider.ts'
import { judgeSystem } from '../../../src/alerts/judge-system.ts'
import { judgeTarget } from '../../../src/alerts/judge-target.ts'
import {
  type SetThresholds,
  thresholds,
  thresholdsWith,
  usualThresholds,
} from '../../../src/alerts/thresholds.ts'
import type { DriftWindow, SeenTarget, TargetWindow } from '../../../src/alerts/window.ts'
import type { Transition } from '../../../src/core/incident.ts'
import {
  ago,
  checksOf,
  incidentOf,
  inShort,
  quietModel,
  quietProvider,
  quietSystem,
  quietTarget,
  samplesOf,
} from '../../support/windows.ts'

const times = (n: number, value: number) => Array.from({ length: n }, () => value)
const by = (set: SetThresholds) => ({ thresholds: thresholdsWith(set) })

const slowBy = (set: SetThresholds, ms: number, change: Partial<TargetWindow> = {}) =>
  judgeTarget({
    ...quietTarget,
    ...by(set),
    samples: samplesOf(times(8, ms)),
    baseline: { ttft: { n: 1300, days: 14, p50: 1000, p95: 1100 } },
    ...change,
  })
const errorsBy = (set: SetThresholds, checks: string) =>
  judgeTarget({ ...quietTarget, ...by(set), checks: checksOf(checks) })
const overBy = (set: SetThresholds, samples: number) =>
  judgeTarget({
    ...quietTarget,
    ...by(set),
    samples: samplesOf(times(samples, 900)),
    limits: { ttftMs: 800, latencyMs: null },
  })
/** 28 days at one second, then a week at another. */
const driftBy = (set: SetThresholds, ms: number, change: Partial<DriftWindow> = {}) =>
  judgeDrift({
    ...quietTarget,
    ...by(set),
    series: 'a',
    days: [...times(28, 1000), ...times(7, ms)].map((ttftMs, index) => ({
      day: ago((35 - index) * 1440),
      n: 96,
      ttftMs,
      latencyMs: null,
      tpotMs: null,
    })),
    ...change,
  })
const goneBy = (set: SetThresholds, missedSyncs: number) =>
  judgeModel({ ...quietModel, ...by(set), missedSyncs, lastSync: { id: 's', at: ago(5) } })
const wideBy = (set: SetThresholds, states: readonly SeenTarget['state'][]) =>
  judgeProvider({
    ...quietProvider,
    ...by(set),
    targets: states.map((state, place) => ({
      scope: `target/t${place}/r`,
      targetId: `t${place}`,
      model: `m${place}`,
      state,
      since: ago(9),
      inMaintenance: false,
      down: null,
    })),
  })
const spentBy = (set: SetThresholds, usd: number) =>
  judgeSystem({
    ...quietSystem,
    ...by(set),
    spent: { ...quietSystem.spent, day: { since: ago(700), usd, limitUsd: 10 } },
  })
const lateBy = (set: SetThresholds, p99Ms: number) =>
  judgeSystem({ ...quietSystem, ...by(set), calibration: { at: ago(1), host: 'h', p99Ms } })

const opens = (transitions: readonly Transition[]) => inShort(transitions).length > 0

test.each<[string, boolean, Transition[]]>([
  ['3 of 12 failed, of 3', true, errorsBy({ errors: { failed: 3 } }, 'xooxooooooxo')],
  ['3 of 12 failed, of 4', false, errorsBy({}, 'xooxooooooxo')],
  ['4 of 12 failed, of 5', false, errorsBy({ errors: { failed: 5 } }, 'xooxoooxooxo')],
  ['4 of 12 failed, of 3 in 6', false, errorsBy({ errors: { failed: 3, of: 6 } }, 'xooxoooxooxo')],
  ['3 of 6 failed, of 3 in 6', true, errorsBy({ errors: { failed: 3, of: 6 } }, 'ooooooxoxoxo')],
  ['1.4 times, of 1.3', true, slowBy({ slow: { ratio: 1.3 } }, 1400)],
  ['1.4 times, of 1.5', false, slowBy({}, 1400)],
  ['1.6 times, of 2', false, slowBy({ slow: { ratio: 2 } }, 1600)],
  ['600 ms longer, of 700', false, slowBy({ slow: { floor_ms: 700 } }, 1600)],
  ['2 in a row over the limit, of 2', true, overBy({ limit: { over: 2 } }, 2)],
  ['2 in a row over the limit, of 3', false, overBy({}, 2)],
  ['a week at 1.1 times, of 1.1', true, driftBy({ drift: { ratio: 1.1 } }, 1100)],
  ['a week at 1.3 times, of 1.4', false, driftBy({ drift: { ratio: 1.4 } }, 1300)],
  ['1 listing without it, of 1', true, goneBy({ model_gone: { syncs: 1 } }, 1)],
  ['2 listings without it, of 3', false, goneBy({ model_gone: { syncs: 3 } }, 2)],
  ['2 of 4 down, of 3', false, wideBy({ provider_wide: { targets: 3 } }, ['down', 'down', 'up', 'up'])],
  ['2 of 4 down, of 60 %', false, wideBy({ provider_wide: { share: 0.6 } }, ['down', 'down', 'up', 'up'])],
  [
    '2 of 5 down, of 40 %',
    true,
    wideBy({ provider_wide: { share: 0.4 } }, ['down', 'down', 'up', 'up', 'up']),
  ],
  ['85 % spent, of 90 %', false, spentBy({ budget: { share: 0.9 } }, 8.5)],
  ['50 % spent, of 50 %', true, spentBy({ budget: { share: 0.5 } }, 5)],
  ['9 ms late, of 10', false, lateBy({ calibration: { p99_ms: 10 } }, 9)],
  ['2 ms late, of 1', true, lateBy({ calibration: { p99_ms: 1 } }, 2)],
])('%s: opens %s', (_, expected, transitions) => {
  expect(opens(transitions)).toBe(expected)
})

test('what is major is set too', () => {
  expect(slowBy({ slow: { worse_ratio: 2 } }, 2000)).toMatchObject([{ severity: 'major' }])
  expect(slowBy({}, 2000)).toMatchObject([{ severity: 'minor' }])
  expect(spentBy({ budget: { worse_share: 0.9 } }, 9)).toMatchObject([{ severity: 'major' }])
  const open = [
    incidentOf(quietTarget, 'slow', {
      evidence: { metric: 'ttft', series: 'a', p50_ms: 1000, p95_ms: 1100 },
    }),
  ]
  expect(slowBy({ slow: { worse_ratio: 2 } }, 2000, { open })).toMatchObject([
    { do: 'worsen', severity: 'major', evidence: { worse_ratio: 2 } },
  ])
})

test('what opens at a higher ratio is over at a higher one too, halfway to the usual', () => {
  const evidence = { metric: 'ttft', series: 'a', p50_ms: 1000, p95_ms: 3000, reference_ms: 1000 }
  const of = (kind: 'slow' | 'drift') => ({
    open: [incidentOf(quietTarget, kind, { openedAt: ago(10_000), evidence })],
  })
  const calm = (set: SetThresholds, ms: number) =>
    inShort(slowBy(set, ms, { ...of('slow'), samples: samplesOf(times(24, ms)) }))
  expect(calm({}, 1400)).toEqual([])
  expect(calm({ slow: { ratio: 2 } }, 1400)).toEqual(['resolve slow: recovered'])
  expect(calm({ slow: { ratio: 2 } }, 1600)).toEqual([])
  expect(inShort(driftBy({}, 1150, of('drift')))).toEqual([])
  expect(inShort(driftBy({ drift: { ratio: 1.4 } }, 1150, of('drift')))).toEqual(['resolve drift: recovered'])
  expect(inShort(driftBy({ drift: { ratio: 1.4 } }, 1250, of('drift')))).toEqual([])
})

test('the evidence has the number that applied', () => {
  expect(errorsBy({ errors: { failed: 2, of: 5 } }, 'ooxox')).toMatchObject([
    { evidence: { limit_failed: 2, limit_n: 5 } },
  ])
  expect(slowBy({ slow: { ratio: 1.3 } }, 1400)).toMatchObject([
    { evidence: { limit_ratio: 1.3, limit_longer_ms: 200, worse_ratio: 3 } },
  ])
  expect(spentBy({ budget: { share: 0.5 } }, 6)).toMatchObject([
    { evidence: { limit_share: 0.5, worse_share: 1 } },
  ])
})

test('what another version set, which this one does not know, is left alone', () => {
  const set = { slow: { ratio: 2, mood: 1, floor_ms: '1' }, weather: { ratio: 9 }, drift: 3, budget: null }
  expect(thresholdsWith(set)).toEqual({ ...usualThresholds, slow: { ...usualThresholds.slow, ratio: 2 } })
})

test('what is usual is within its bounds, and is no more than what it goes up to', () => {
  for (const of of Object.values<Readonly<Record<string, (typeof thresholds)['errors']['failed']>>>(
    thresholds,
  ))
    for (const { usual, least, most, upTo } of Object.values(of)) {
      const highest = upTo === null ? most : (of[upTo]?.usual ?? Number.NaN)
      expect([least <= usual, usual <= most, usual <= highest]).toEqual([true, true, true])
    }
})
