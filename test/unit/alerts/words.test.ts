import { expect, test } from 'vitest'
import { judgeDrift } from '../../../src/alerts/judge-drift.ts'
import { judgeModel } from '../../../src/alerts/judge-model.ts'
import { judgeProvider } from '../../../src/alerts/judge-provider.ts'
import { judgeSystem } from '../../../src/alerts/judge-system.ts'
import { judgeTarget } from '../../../src/alerts/judge-target.ts'
import { kindsInWords } from '../../../src/alerts/words.ts'
import { incidentKinds, type Transition } from '../../../src/core/incident.ts'
import {
  ago,
  checksOf,
  quietModel,
  quietProvider,
  quietSystem,
  quietTarget,
  samplesOf,
} from '../../support/windows.ts'

const slow = Array.from({ length: 8 }, () => 3000)
const down = {
  targetId: 'a',
  scope: 'target/a/r',
  state: 'down',
  since: ago(9),
  inMaintenance: false,
  down: null,
} as const
const attempt = { success: false, faultDomain: 'account', errorKind: 'auth' } as const
const sample = { n: 96, latencyMs: null, tpotMs: null }
const names = (name: string, n: number, until: number) =>
  Array.from({ length: n }, (_, index) => ({ at: ago(until + n - index), responseModel: name }))

/** What opens each kind. */
const opened: Transition[] = [
  ...judgeTarget({ ...quietTarget, state: 'down', since: ago(15), checks: checksOf('oxx') }),
  ...judgeTarget({
    ...quietTarget,
    checks: checksOf('xoxoxoxo'),
    attempts: [ago(2), ago(1)].map((at) => ({ at, ...attempt })),
    samples: samplesOf(slow),
    baseline: { ttft: { n: 200, days: 3, p50: 1000, p95: 2000 } },
    limits: { ttftMs: 2999, latencyMs: null },
    objectives: [
      {
        objective: 'availability',
        share: 0.99,
        withinMs: null,
        day: { n: 96, bad: 10, since: ago(700) },
        week: { n: 672, bad: 10, since: ago(700) },
      },
    ],
  }),
  ...judgeProvider({
    ...quietProvider,
    targets: [
      { ...down, model: 'a' },
      { ...down, model: 'b', targetId: 'b', scope: 'target/b/r' },
    ],
  }),
  ...judgeSystem({
    ...quietSystem,
    schedule: { state: 'overdue', lastFinishedAt: ago(60), limitMs: 1 },
    lastRun: { id: 'r', finishedAt: ago(60), ownOutage: 'our own outage' },
    spent: { ...quietSystem.spent, day: { since: ago(700), usd: 9, limitUsd: 10 } },
    calibration: { at: ago(1), host: 'h', p99Ms: 9 },
  }),
  ...judgeModel({
    ...quietModel,
    missedSyncs: 2,
    lastSync: { id: 's', at: ago(5) },
    priceChange: {
      at: ago(5),
      before: { inputPerM: 1, outputPerM: 1 },
      after: { inputPerM: 2, outputPerM: 2 },
      source: 'provider',
    },
    answers: [...names('a', 20, 3), ...names('b', 3, 0)],
  }),
  ...judgeDrift({
    ...quietTarget,
    series: 'a',
    days: Array.from({ length: 35 }, (_, index) => ({
      ...sample,
      day: ago((35 - index) * 1440),
      ttftMs: index < 28 ? 1000 : 1300,
    })),
  }),
]

test.each(incidentKinds)('the evidence of %s is as it is described', (kind) => {
  const evidence = opened.flatMap((each) => (each.do === 'open' && each.kind === kind ? [each.evidence] : []))
  expect(evidence.map((each) => Object.keys(each).toSorted())).toEqual([
    Object.keys(kindsInWords[kind].evidence).toSorted(),
  ])
})
