import { expect, test } from 'vitest'
import { judgeTarget } from '../../../src/alerts/judge-target.ts'
import type { SeenAttempt, TargetWindow, WatchedState } from '../../../src/alerts/window.ts'
import type { FaultDomain } from '../../../src/core/outcome.ts'
import {
  ago,
  checksOf,
  incidentOf,
  inShort,
  interval,
  minuteMs,
  quietTarget,
  samplesOf,
} from '../../support/windows.ts'

const judge = (change: Partial<TargetWindow>) => inShort(judgeTarget({ ...quietTarget, ...change }))
const openDown = incidentOf(quietTarget, 'down')
const openErrors = incidentOf(quietTarget, 'errors')
const openLimit = incidentOf(quietTarget, 'limit', { evidence: { metric: 'ttft' } })
const resolvedAt = (at: Date) =>
  ({ opened: 0, last: { resolvedAt: at, reason: 'recovered', severity: 'critical' } }) as const

test('the state down opens it since the first failed check, with what failed', () => {
  const checks = checksOf('oooxx').map((check, index) =>
    index === 3 ? { ...check, errorKind: 'reset' as const } : check,
  )
  const window: TargetWindow = { ...quietTarget, state: 'down', since: ago(interval), checks }
  expect(judgeTarget(window)).toMatchObject([
    {
      do: 'open',
      kind: 'down',
      severity: 'critical',
      firstBadAt: ago(interval),
      shadow: false,
      evidence: { failures: 2, error_kinds: ['server_error', 'reset'] },
    },
  ])
  expect(judge({ state: 'failing', since: ago(0), checks: checksOf('oooox') })).toEqual([])
})

test.each<[string, WatchedState, string[]]>([
  ['xxo', 'up', []],
  ['xoo', 'up', ['resolve down: recovered']],
  // The only good checks there are, of which one is missing.
  ['o', 'up', []],
  ['oox', 'failing', []],
  // Failed in maintenance, and so not among the checks.
  ['oo', 'down', []],
  ['oo', 'failing', []],
  ['oo', 'stale', []],
  ['oo', 'unknown', []],
])('an open down, checks %s and the state %s: %j', (checks, state, expected) => {
  expect(judge({ state, checks: checksOf(checks), open: [openDown] })).toEqual(expected)
})

test('what a person resolved opens again only by a later failure', () => {
  const at = { state: 'down', since: ago(30), checks: checksOf('xxx') } as const
  const past = { down: { opened: 1, last: { ...resolvedAt(ago(5)).last, reason: 'by_hand' } } } as const
  expect(judge({ ...at, lastCheckAt: ago(10), past })).toEqual([])
  expect(judge({ ...at, lastCheckAt: ago(10), past, open: [openErrors] })).toEqual([])
  expect(judge({ ...at, lastCheckAt: ago(1), past })).toEqual(['open down'])
})

test('what recovered opens again by the next failures, also if the clock of their worker is an hour behind', () => {
  const past = { opened: 1, last: { ...resolvedAt(ago(30)).last } } as const
  const checks = checksOf('xxooxx').map((check) => ({
    ...check,
    at: new Date(check.at.getTime() - 60 * minuteMs),
  }))
  const since = checks[4]?.at ?? null
  const down = { state: 'down', since, lastCheckAt: ago(60), checks } as const
  expect(judge({ ...down, past: { down: past } })).toEqual(['open down'])
  const attempts = checks.map(({ at, ok }): SeenAttempt => ({
    at,
    success: ok,
    faultDomain: ok ? null : 'account',
    errorKind: ok ? null : 'auth',
  }))
  expect(judge({ state: 'stale', checks: [], attempts, past: { misconfigured: past } })).toEqual([
    'open misconfigured',
  ])
})

test.each<[string, string[]]>([
  ['oooooooooxxx', []],
  ['ooxooxooxoox', ['open errors']],
  ['xooxooxooxoo', ['open errors']],
  // The four are those of 3 hours, and of longer than that.
  ['xoooxoxoxooooo', []],
  // As many, but what would resolve it opens nothing.
  ['xxxxoooooooo', []],
  ['xxoxx', ['open errors']],
])('checks %s: %j', (checks, expected) => {
  const state = checks.endsWith('x') ? 'failing' : 'up'
  expect(judge({ state, checks: checksOf(checks).slice(-12) })).toEqual(expected)
})

test('errors say how many of how many, since the first that is counted', () => {
  expect(judgeTarget({ ...quietTarget, checks: checksOf('xooxooxooxoo') })).toMatchObject([
    {
      severity: 'major',
      firstBadAt: ago(11 * interval),
      evidence: { failed: 4, n: 12, error_kinds: ['server_error'] },
    },
  ])
})

test.each<[string, string[]]>([
  ['xxxxooooooo', []],
  ['xxxxoooooooo', ['resolve errors: recovered']],
  ['ooooooo', []],
  ['ooooooox', []],
])('open errors and checks %s: %j', (checks, expected) => {
  expect(judge({ checks: checksOf(checks), open: [openErrors] })).toEqual(expected)
})

test('failures that are not fresh open nothing', () => {
  const checks = checksOf('xooxooxooxoo')
  const old = checks.map((check) => ({ ...check, at: new Date(check.at.getTime() - 4 * 60 * minuteMs) }))
  // The first of four failed 405 minutes ago.
  expect(judge({ checks: old })).toEqual([])
  expect(judge({ checks: old, intervalMs: 60 * minuteMs })).toEqual(['open errors'])
})

test('failures that an outage told are not told again', () => {
  const checks = checksOf('xxxxxxxxoo')
  expect(judge({ checks, open: [openDown] })).toEqual(['resolve down: recovered'])
  const after = { checks: checksOf('xxxxxxxooxox'), state: 'failing' } as const
  expect(judge({ ...after, past: { down: resolvedAt(ago(3 * interval - 1)) } })).toEqual([])
  expect(judge(after)).toEqual(['open errors'])
})

test('an outage ends what it makes worse, and nothing else opens during it', () => {
  const down = { state: 'down', since: ago(interval), checks: checksOf('ooxooxoooxx') } as const
  const open = [openErrors, openLimit, incidentOf(quietTarget, 'slow'), incidentOf(quietTarget, 'drift')]
  expect(judge({ ...down, open })).toEqual([
    'open down',
    'resolve errors: superseded',
    'resolve limit: superseded',
    'resolve slow: superseded',
  ])
  const slow = { samples: samplesOf([900, 900, 900]), limits: { ttftMs: 500, latencyMs: null } }
  expect(judge({ ...down, ...slow, checks: checksOf('xxxxxxxx'), open: [openDown] })).toEqual([])
  // One good check is no recovery yet.
  expect(judge({ ...slow, checks: checksOf('xxxxxxxo'), open: [openDown] })).toEqual([])
  expect(judge({ ...slow, checks: checksOf('xxxxxxoo'), open: [openDown] })).toEqual([
    'resolve down: recovered',
    'open limit',
  ])
})

test.each<[string, number[], string[]]>([
  ['three in a row over it', [900, 1001, 1200, 1100], ['open limit']],
  ['just as much as is allowed', [1001, 1000, 1001], []],
  ['two samples', [1001, 1001], []],
  ['two in a row', [1001, 1001, 900, 1001, 1001], []],
])('a limit and %s', (_, ttft, expected) => {
  const limits = { ttftMs: 1000, latencyMs: null }
  expect(judge({ samples: samplesOf(ttft), limits })).toEqual(expected)
})

test('a limit of the whole answer opens it too, and it says what was seen', () => {
  const limits = { ttftMs: 1000, latencyMs: 2999 }
  expect(judgeTarget({ ...quietTarget, samples: samplesOf([100, 100, 100]), limits })).toMatchObject([
    {
      severity: 'minor',
      firstBadAt: ago(30),
      evidence: { metric: 'latency', limit_ms: 2999, recent_ms: [3000, 3000, 3000] },
    },
  ])
  const rare = samplesOf([2000, 2000, 2000], {}, 181)
  expect(judge({ samples: rare, limits: { ttftMs: 1000, latencyMs: null } })).toEqual([])
})

test.each<[string, number[], number | null, string[]]>([
  ['two under it', [1100, 900, 900], 1000, []],
  ['three under it', [1100, 900, 1000, 900], 1000, ['resolve limit: recovered']],
  ['no samples', [], 1000, []],
  ['a higher limit', [1100, 1100, 1100], 1100, ['resolve limit: recovered']],
  ['no limit any more', [1100, 1100, 1100], null, ['resolve limit: expired']],
])('an open limit and %s', (...[, ttft, ttftMs, expected]) => {
  expect(judge({ samples: samplesOf(ttft), limits: { ttftMs, latencyMs: null }, open: [openLimit] })).toEqual(
    expected,
  )
})

/** Attempts every 15 minutes up to now, by whose fault they failed; null succeeded. */
const attemptsOf = (faults: readonly (FaultDomain | null)[]): SeenAttempt[] =>
  faults.map((faultDomain, index) => ({
    at: ago((faults.length - 1 - index) * interval),
    success: faultDomain === null,
    faultDomain,
    errorKind: faultDomain === null ? null : faultDomain === 'account' ? 'auth' : 'bad_request',
  }))

test.each<[string, (FaultDomain | null)[], string[]]>([
  ['one refusal', [null, 'account'], []],
  ['two in a row', [null, 'account', 'config'], ['open misconfigured']],
  ['two with a success between them', ['account', null, 'account'], []],
  ['two with a failure of the provider between them', ['account', 'provider', 'account'], []],
  [
    'two with what says nothing between them',
    ['account', 'self', 'excluded', 'account'],
    ['open misconfigured'],
  ],
  ['two that are over', ['account', 'account', null], []],
])('a key or a parameter that is refused: %s', (_, faults, expected) => {
  expect(judge({ attempts: attemptsOf(faults) })).toEqual(expected)
  // What is refused is no check: such a target may be stale, or was never up.
  expect(judge({ state: 'stale', attempts: attemptsOf(faults) })).toEqual(expected)
})

test('misconfigured says whose fault it is, and only of late', () => {
  const attempts = attemptsOf([null, 'account', 'config', 'config'])
  expect(judgeTarget({ ...quietTarget, attempts })).toMatchObject([
    {
      severity: 'minor',
      firstBadAt: ago(2 * interval),
      evidence: { failures: 3, fault_domain: 'config', error_kinds: ['bad_request', 'auth'] },
    },
  ])
  const old = attempts.map((attempt) => ({ ...attempt, at: new Date(attempt.at.getTime() - 361 * minuteMs) }))
  expect(judge({ attempts: old })).toEqual([])
})

test.each<[string, (FaultDomain | null)[], string[]]>([
  ['one success', ['account', null], []],
  ['two in a row', ['account', null, null], ['resolve misconfigured: recovered']],
  [
    'two with our own fault between them',
    ['account', null, 'self', null],
    ['resolve misconfigured: recovered'],
  ],
  ['failures of the provider', ['account', 'provider', 'provider'], []],
  ['nothing', [], []],
])('an open misconfigured and %s', (_, faults, expected) => {
  const open = [incidentOf(quietTarget, 'misconfigured')]
  expect(judge({ attempts: attemptsOf(faults), open })).toEqual(expected)
})

/** Everything that can be wrong at once. */
const wrong: Partial<TargetWindow> = {
  checks: checksOf('xooxooxooxoo'),
  attempts: attemptsOf(['account', 'account']),
  samples: samplesOf([1100, 1100, 1100]),
  limits: { ttftMs: 1000, latencyMs: null },
}

test('maintenance opens and resolves nothing', () => {
  expect(judge({ ...wrong, inMaintenance: true })).toEqual([])
  expect(judge({ state: 'down', inMaintenance: true, checks: checksOf('oo'), open: [openErrors] })).toEqual(
    [],
  )
  expect(judge(wrong)).toEqual(['open misconfigured', 'open errors', 'open limit'])
})

test.each<WatchedState>(['paused', 'deleted'])(
  'incidents of a target that is %s are gone, in maintenance too',
  (state) => {
    const open = [openDown, openErrors, incidentOf(quietTarget, 'drift')]
    const gone = ['resolve down: gone', 'resolve errors: gone', 'resolve drift: gone']
    expect(judge({ ...wrong, state, open })).toEqual(gone)
    expect(judge({ ...wrong, state, open, inMaintenance: true })).toEqual(gone)
    expect(judge({ ...wrong, state })).toEqual([])
  },
)

test.each<WatchedState>(['stale', 'unknown'])(
  'a target that is %s opens and resolves nothing by its checks',
  (state) => {
    expect(judge({ ...wrong, attempts: [], state })).toEqual([])
    expect(judge({ checks: checksOf('oooooooooooo'), state, open: [openDown, openErrors] })).toEqual([])
  },
)

test('the third opening within a day is flapping, and kinds in shadow are told to nobody', () => {
  const down = { state: 'down', since: ago(interval), checks: checksOf('oxx') } as const
  const opened = (n: number) => ({ past: { down: { opened: n, last: null } } })
  expect(judgeTarget({ ...quietTarget, ...down, ...opened(1) })).toMatchObject([
    { flapping: false, shadow: false },
  ])
  expect(judgeTarget({ ...quietTarget, ...down, ...opened(2) })).toMatchObject([{ flapping: true }])
  expect(judgeTarget({ ...quietTarget, ...down, shadow: ['down'] })).toMatchObject([{ shadow: true }])
  expect(judgeTarget({ ...quietTarget, ...down, firstCheckAt: ago(60) })).toMatchObject([{ shadow: false }])
})

test('a target of which nothing is known asks for nothing', () => {
  expect(judgeTarget(quietTarget)).toEqual([])
  expect(judge({ open: [openErrors, openLimit], limits: { ttftMs: 1, latencyMs: 1 } })).toEqual([])
})
