import { expect, test } from 'vitest'
import { judgeSystem } from '../../../src/alerts/judge-system.ts'
import type { Spent, SystemWindow } from '../../../src/alerts/window.ts'
import { ago, incidentOf, inShort, minuteMs, quietSystem } from '../../support/windows.ts'

const judge = (change: Partial<SystemWindow>) => inShort(judgeSystem({ ...quietSystem, ...change }))
const scheduleOf = (state: 'kept' | 'overdue' | 'never', minutes: number) => ({
  schedule: { state, lastFinishedAt: ago(minutes), limitMs: 37.5 * minuteMs },
})
const silent = incidentOf(quietSystem, 'silent')

test('a schedule that is overdue opens silent, since it was', () => {
  expect(judgeSystem({ ...quietSystem, ...scheduleOf('overdue', 40) })).toMatchObject([
    {
      kind: 'silent',
      severity: 'major',
      scope: 'system',
      firstBadAt: ago(2.5),
      evidence: { last_finished_at: ago(40).toISOString(), limit_ms: 2_250_000 },
    },
  ])
})

test('silent is resolved by a run that finished, and by nothing else', () => {
  expect(judge({ ...scheduleOf('kept', 1), open: [silent] })).toEqual(['resolve silent: recovered'])
  expect(judge({ ...scheduleOf('overdue', 300), open: [silent] })).toEqual([])
  expect(judge({ schedule: null, open: [silent] })).toEqual([])
})

test('an installation that never ran, or has no schedule, is not silent', () => {
  expect(judge({ schedule: { state: 'never', lastFinishedAt: null, limitMs: 1 } })).toEqual([])
  expect(judge({ schedule: null })).toEqual([])
})

test('silence that a person resolved is told again only after another run', () => {
  const past = {
    silent: { opened: 1, last: { resolvedAt: ago(1), reason: 'by_hand', severity: 'major' } },
  } as const
  expect(judge({ ...scheduleOf('overdue', 40), past })).toEqual([])
  expect(judge({ ...scheduleOf('overdue', 38), past })).toEqual(['open silent'])
})

const runOf = (ownOutage: string | null, minutes = 3) => ({
  lastRun: { id: 'r1', finishedAt: ago(minutes), ownOutage },
})
const outage = incidentOf(quietSystem, 'own_outage')

test('a run that was our own outage opens it, and the next that was not resolves it', () => {
  const reason = 'our own outage: 5 of 6 targets over 3 providers failed on the network'
  expect(judgeSystem({ ...quietSystem, ...runOf(reason) })).toMatchObject([
    { kind: 'own_outage', severity: 'major', firstBadAt: ago(3), evidence: { run_id: 'r1', reason } },
  ])
  expect(judge({ ...runOf(reason), open: [outage] })).toEqual([])
  expect(judge({ ...runOf(null), open: [outage] })).toEqual(['resolve own_outage: recovered'])
  expect(judge({ lastRun: null, open: [outage] })).toEqual([])
  const past = {
    own_outage: { opened: 1, last: { resolvedAt: ago(2), reason: 'by_hand', severity: 'major' } },
  } as const
  expect(judge({ ...runOf(reason), past })).toEqual([])
  expect(judge({ ...runOf(reason, 1), past })).toEqual(['open own_outage'])
})

const { day, month } = quietSystem.spent
const spentOf = (ofDay: Partial<Spent>, ofMonth: Partial<Spent> = {}) => ({
  spent: { day: { ...day, ...ofDay }, month: { ...month, ...ofMonth } },
})

test.each([
  ['below 80 % of a day', spentOf({ usd: 7.9, limitUsd: 10 }), []],
  ['80 % of a day', spentOf({ usd: 8, limitUsd: 10 }), [['minor', 'day', 8, 10]]],
  ['100 % of a day', spentOf({ usd: 10, limitUsd: 10 }), [['major', 'day', 10, 10]]],
  [
    'more of the month',
    spentOf({ usd: 8, limitUsd: 10 }, { usd: 99, limitUsd: 100 }),
    [['minor', 'month', 99, 100]],
  ],
  ['no budget', spentOf({ usd: 1000 }, { usd: 1000 }), []],
])('budget: %s', (_, spent, expected) => {
  const found = judgeSystem({ ...quietSystem, ...spent }).map((transition) => {
    if (transition.do !== 'open') throw new Error(`nothing was open: ${transition.do}`)
    const { period, usd, limit_usd } = transition.evidence
    return [transition.severity, period, usd, limit_usd]
  })
  expect(found).toEqual(expected)
})

test('budget worsens once, and ends with its day or below its limit', () => {
  const open = [incidentOf(quietSystem, 'budget', { evidence: { period: 'day', usd: 8, limit_usd: 10 } })]
  const spent = spentOf({ usd: 11, limitUsd: 10 })
  expect(judgeSystem({ ...quietSystem, ...spent, open })).toMatchObject([
    { do: 'worsen', severity: 'major', evidence: { period: 'day', usd: 11 } },
  ])
  const worse = open.map((incident) => ({ ...incident, severity: 'major' as const }))
  expect(judge({ ...spent, open: worse })).toEqual([])
  expect(judge({ ...spentOf({ usd: 9, limitUsd: 10 }), open: worse })).toEqual([])
  expect(judge({ ...spentOf({ usd: 0.1, limitUsd: 10 }), open: worse })).toEqual([
    'resolve budget: recovered',
  ])
})

test('a budget that a person resolved is told again on the next day, or if it is worse', () => {
  const past = (at: Date) =>
    ({
      past: { budget: { opened: 1, last: { resolvedAt: at, reason: 'by_hand', severity: 'minor' } } },
    }) as const
  const spent = spentOf({ usd: 8.5, limitUsd: 10 })
  expect(judge({ ...spent, ...past(ago(60)) })).toEqual([])
  expect(judge({ ...spent, ...past(ago(13 * 60)) })).toEqual(['open budget'])
  expect(judge({ ...spentOf({ usd: 10, limitUsd: 10 }), ...past(ago(60)) })).toEqual(['open budget'])
})

test('a calibration over 5 ms opens it, one of 5 ms resolves it', () => {
  const of = (p99Ms: number, minutes = 10) => ({ calibration: { at: ago(minutes), host: 'h', p99Ms } })
  const open = [incidentOf(quietSystem, 'calibration')]
  expect(judgeSystem({ ...quietSystem, ...of(5.1) })).toMatchObject([
    {
      kind: 'calibration',
      severity: 'minor',
      firstBadAt: ago(10),
      evidence: { host: 'h', p99_ms: 5.1, limit_ms: 5 },
    },
  ])
  expect(judge({ ...of(5.1), open })).toEqual([])
  expect(judge({ ...of(5), open })).toEqual(['resolve calibration: recovered'])
  expect(judge({ ...of(5) })).toEqual([])
  expect(judge({ calibration: null, open })).toEqual([])
  const past = {
    calibration: { opened: 1, last: { resolvedAt: ago(5), reason: 'by_hand', severity: 'minor' } },
  } as const
  expect(judge({ ...of(6), past })).toEqual([])
  expect(judge({ ...of(6, 4), past })).toEqual(['open calibration'])
})

test('maintenance of everything opens and resolves nothing', () => {
  const wrong = {
    ...scheduleOf('overdue', 40),
    ...runOf('our own outage'),
    ...spentOf({ usd: 9, limitUsd: 10 }),
  }
  expect(judge(wrong)).toEqual(['open silent', 'open own_outage', 'open budget'])
  expect(judge({ ...wrong, inMaintenance: true })).toEqual([])
  expect(judge({ ...scheduleOf('kept', 1), open: [silent], inMaintenance: true })).toEqual([])
})
