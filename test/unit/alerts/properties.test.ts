import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { judgeDrift } from '../../../src/alerts/judge-drift.ts'
import { judgeModel } from '../../../src/alerts/judge-model.ts'
import { judgeProvider } from '../../../src/alerts/judge-provider.ts'
import { judgeSystem } from '../../../src/alerts/judge-system.ts'
import { judgeTarget } from '../../../src/alerts/judge-target.ts'
import { type SetThresholds, thresholdsWith, usualThresholds } from '../../../src/alerts/thresholds.ts'
import type {
  DriftWindow,
  ModelWindow,
  ProviderWindow,
  SeenCheck,
  SeenObjective,
  SystemWindow,
  TargetWindow,
  Watched,
} from '../../../src/alerts/window.ts'
import { seededRandom, shuffle } from '../../../src/core/random.ts'
import type { Incident, Transition } from '../../../src/core/incident.ts'
import { Ledger } from '../../support/ledger.ts'
import {
  minuteMs,
  quietModel,
  quietProvider,
  quietSystem,
  quietTarget,
  stateOf,
} from '../../support/windows.ts'

/** What an arbitrary makes. */
type Valued<Made> = Made extends fc.Arbitrary<infer Value> ? Value : never

const began = Date.UTC(2026, 2, 1)
const slotMs = 15 * minuteMs
const dayMs = 96 * slotMs
const after = (slots: number) => new Date(began + slots * slotMs)

/**
 * Judges and applies, then judges again: nothing is left to do. If the order of the data matters, all of it is left. The
 * ledger throws if a kind would be open twice, or if what is not open is resolved.
 */
function settle<Window extends Watched>(
  judge: (window: Window) => Transition[],
  ledger: Ledger,
  windowOf: () => Window,
): { asked: Transition[]; left: Transition[] } {
  const known = () => {
    const window = windowOf()
    return { ...window, open: ledger.open(window.scope), past: ledger.past(window.scope, window.now) }
  }
  const window = known()
  const asked = judge(window)
  const isOrdered = isDeepStrictEqual(judge(disordered(window)), asked)
  ledger.apply(asked, window.now)
  return { asked, left: isOrdered ? judge(known()) : asked }
}

/** The same, each result twice and in another order. */
function disordered<Window extends Watched>(window: Window): Window {
  const lists = ['checks', 'attempts', 'samples', 'answers', 'days']
  const mixed = Object.entries(window).map(([key, value]): [string, unknown] => {
    if (!lists.includes(key) || !Array.isArray(value)) return [key, value]
    return [key, shuffle([...value, ...value], seededRandom(value.length))]
  })
  return { ...window, ...Object.fromEntries(mixed) }
}

/** What comes of a slot: an answer and its TTFT, a failure by whose fault, or nothing; now or an hour late. */
const slot = fc.record({
  fault: fc.oneof(
    { weight: 6, arbitrary: fc.constant('none' as const) },
    { weight: 4, arbitrary: fc.constant('provider' as const) },
    fc.constantFrom('account' as const, 'self' as const, 'missing' as const),
  ),
  ttftMs: fc.constantFrom(500, 900, 1900, 2500, 4000),
  late: fc.boolean(),
  inMaintenance: fc.nat(20).map((n) => n === 0),
  isStale: fc.nat(20).map((n) => n === 0),
})
type Slot = Valued<typeof slot>
/** Things stay as they are for a while: what is decided is decided by many in a row. */
const slots = fc
  .array(fc.tuple(slot, fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 12 })
  .map((runs) => runs.flatMap(([each, n]) => Array.from({ length: n }, () => each)))

/** An objective of which a tenth may be bad: the week is all checks, the day the last forty. */
function availabilityOf(checks: readonly SeenCheck[]): SeenObjective {
  const period = (counted: readonly SeenCheck[]) => {
    const failed = counted.filter(({ ok }) => !ok)
    return { n: counted.length, bad: failed.length, since: failed[0]?.at ?? null }
  }
  return {
    objective: 'availability',
    share: 0.9,
    withinMs: null,
    day: period(checks.slice(-40)),
    week: period(checks),
  }
}

/** The window of a target at a moment, of all that was recorded by then. */
function targetAt(
  recorded: readonly { index: number; slot: Slot }[],
  at: number,
  thresholds = usualThresholds,
): TargetWindow {
  const results = recorded.toSorted((a, b) => a.index - b.index)
  const of = (...faults: string[]) => results.filter(({ slot: { fault } }) => faults.includes(fault))
  const checks = of('none', 'provider').map(({ index, slot: { fault } }) => ({
    at: after(index),
    ok: fault === 'none',
    errorKind: fault === 'none' ? null : ('reset' as const),
  }))
  const attempts = of('none', 'provider', 'account', 'self').map(({ index, slot: { fault } }) => ({
    at: after(index),
    success: fault === 'none',
    faultDomain: fault === 'none' || fault === 'missing' ? null : fault,
    errorKind: null,
  }))
  const samples = of('none').map(({ index, slot: { ttftMs } }) => ({
    at: after(index),
    series: 'a',
    ttftMs,
    latencyMs: ttftMs,
    tps: null,
    outputTokens: null,
  }))
  const last = recorded.at(-1)?.slot
  const state = stateOf(checks)
  return {
    ...quietTarget,
    ...state,
    thresholds,
    state: last?.isStale === true ? 'stale' : state.state,
    inMaintenance: last?.inMaintenance ?? false,
    now: after(at + 0.1),
    checks: checks.slice(-12),
    attempts: attempts.slice(-24),
    samples: samples.slice(-24),
    baseline: { ttft: { n: 1300, days: 14, p50: 1000, p95: 1800 } },
    limits: { ttftMs: 3000, latencyMs: null },
    objectives: [availabilityOf(checks)],
  }
}

/** What is judged after each slot of a history. */
function replay(history: Slot[], set: SetThresholds = {}) {
  const ledger = new Ledger()
  const thresholds = thresholdsWith(set)
  const recorded: { index: number; slot: Slot }[] = []
  const left: Transition[] = []
  history.forEach((each, index) => {
    recorded.push({ index: each.late ? index - 4.5 : index, slot: each })
    left.push(...settle(judgeTarget, ledger, () => targetAt(recorded, index, thresholds)).left)
  })
  return { ledger, left }
}

/** Numbers that somebody set. */
const set = fc.record(
  {
    errors: fc
      .integer({ min: 1, max: 12 })
      .chain((of) => fc.record({ of: fc.constant(of), failed: fc.integer({ min: 1, max: of }) })),
    slow: fc.record({
      ratio: fc.constantFrom(1.1, 2, 4),
      floor_ms: fc.constantFrom(0, 1000),
      worse_ratio: fc.constantFrom(4, 10),
    }),
    limit: fc.record({ over: fc.integer({ min: 1, max: 18 }) }),
  },
  { requiredKeys: [] },
)

test('a target that was judged asks for nothing more: however late, twice or disordered its results are', () => {
  fc.assert(
    fc.property(slots, set, (history, numbers) => {
      expect(replay(history, numbers).left).toEqual([])
    }),
    { numRuns: 50 },
  )
})

test('histories open and resolve every kind of a target', () => {
  const seen = new Set<string>()
  for (const history of fc.sample(slots, { numRuns: 100, seed: 1 }))
    for (const { kind, resolveReason } of replay(history).ledger.incidents)
      seen.add(`${kind} ${resolveReason}`)
  const expected = ['down', 'errors', 'slow', 'limit', 'slo', 'misconfigured'].flatMap((kind) => [
    `${kind} null`,
    `${kind} recovered`,
  ])
  expect([...seen]).toEqual(
    expect.arrayContaining([...expected, 'errors superseded', 'slow superseded', 'limit superseded']),
  )
})

test('without results nothing of a target is opened or resolved', () => {
  fc.assert(
    fc.property(slots, fc.integer({ min: 1, max: 10_000 }), (history, later) => {
      const { ledger } = replay(history)
      const open = ledger.open(quietTarget.scope).filter(({ kind }) => kind !== 'down')
      const window: TargetWindow = { ...targetAt([], history.length + later), open }
      expect(judgeTarget(window)).toEqual([])
    }),
    { numRuns: 50 },
  )
})

test('time alone opens and resolves nothing of a target that goes stale', () => {
  fc.assert(
    fc.property(slots, fc.integer({ min: 1, max: 10_000 }), (history, later) => {
      const { ledger } = replay(history)
      const recorded = history.map((each, index) => ({
        index,
        slot: { ...each, isStale: true, inMaintenance: false },
      }))
      const window = targetAt(recorded.slice(-24), history.length - 1)
      const now = after(history.length + 30 + later)
      const stale = { ...window, now, open: ledger.open(window.scope), past: ledger.past(window.scope, now) }
      // The last attempts are data, and were judged when they came.
      expect(judgeTarget({ ...stale, attempts: [] })).toEqual([])
    }),
    { numRuns: 50 },
  )
})

const targets = fc.array(
  fc.record({
    state: fc.constantFrom('up', 'up', 'failing', 'down', 'down', 'stale', 'paused'),
    isOpen: fc.boolean(),
    inMaintenance: fc.nat(8).map((n) => n === 0),
  }),
  { maxLength: 5 },
)

test('a provider that was judged asks for nothing more, and its children have one parent', () => {
  const judgeEach = (history: Valued<typeof targets>[]) => {
    const ledger = new Ledger()
    history.forEach((each, index) => {
      const now = after(index)
      const names = each.map((_, place) => `target/t${place}/local`)
      const downs = () => names.map((scope) => ledger.open(scope)[0] ?? null)
      downs().forEach((down: Incident | null, place) => {
        const [target, scope] = [each[place], names[place] ?? '']
        if (target === undefined) return
        const [at, evidence] = [{ scope, kind: 'down', severity: 'critical' } as const, {}]
        const opening = {
          ...at,
          do: 'open',
          subject: quietTarget.subject,
          firstBadAt: now,
          shadow: false,
          flapping: false,
          evidence,
        } as const
        if (target.state === 'down' && target.isOpen && down === null) ledger.apply([opening], now)
        if (target.state === 'up' && down !== null)
          ledger.apply([{ do: 'resolve', incident: down, reason: 'recovered', evidence }], now)
      })
      const windowOf = (): ProviderWindow => ({
        ...quietProvider,
        now,
        targets: each.map(({ state, inMaintenance }, place) => ({
          scope: names[place] ?? '',
          targetId: `t${place}`,
          model: `m${place}`,
          state,
          since: now,
          inMaintenance,
          down: downs()[place] ?? null,
        })),
      })
      expect(settle(judgeProvider, ledger, windowOf).left).toEqual([])
    })
    return ledger
  }
  fc.assert(fc.property(fc.array(targets, { maxLength: 8 }), (history) => void judgeEach(history)))
  const seen = fc
    .sample(fc.array(targets, { maxLength: 8 }), { numRuns: 100, seed: 1 })
    .flatMap((each) => judgeEach(each).incidents)
  expect(seen.some(({ kind, resolvedAt }) => kind === 'provider_wide' && resolvedAt !== null)).toBe(true)
  expect(seen.some(({ parentId }) => parentId !== null)).toBe(true)
})

test('the installation, when judged, asks for nothing more', () => {
  const moment = fc.record({
    state: fc.constantFrom('kept', 'overdue', 'never'),
    ownOutage: fc.constantFrom(null, 'our own outage'),
    usd: fc.constantFrom(1, 8, 12),
    p99Ms: fc.constantFrom(1, 9),
    inMaintenance: fc.nat(8).map((n) => n === 0),
  })
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 12 }), (history) => {
      const ledger = new Ledger()
      history.forEach(({ state, ownOutage, usd, p99Ms, inMaintenance }, index) => {
        const now = after(20 * index + 1)
        const window: SystemWindow = {
          ...quietSystem,
          now,
          inMaintenance,
          schedule: { state, lastFinishedAt: after(20 * index), limitMs: 1 },
          lastRun: { id: `r${index}`, finishedAt: after(20 * index), ownOutage },
          spent: {
            ...quietSystem.spent,
            day: { since: new Date(Math.floor(now.getTime() / dayMs) * dayMs), usd, limitUsd: 10 },
          },
          calibration: { at: after(20 * index), host: 'h', p99Ms },
        }
        expect(settle(judgeSystem, ledger, () => window).left).toEqual([])
      })
    }),
    { numRuns: 50 },
  )
})

test('a model that was judged asks for nothing more', () => {
  const moment = fc.record({
    answers: fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 25 })),
    synced: fc.boolean(),
    missed: fc.boolean(),
    priced: fc.boolean(),
    hasActiveTarget: fc.nat(8).map((n) => n > 0),
  })
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 12 }), (history) => {
      const ledger = new Ledger()
      let answers: { at: Date; responseModel: string }[] = []
      let [lastSync, missedSyncs, priceChange]: [
        ModelWindow['lastSync'],
        number,
        ModelWindow['priceChange'],
      ] = [null, 0, null]
      history.forEach(({ answers: [responseModel, n], synced, missed, priced, hasActiveTarget }, index) => {
        const at = after(100 * index)
        answers = [
          ...answers,
          ...Array.from({ length: n }, (_, place) => ({
            at: after(100 * index - 50 + place),
            responseModel,
          })),
        ].slice(-48)
        if (synced) {
          lastSync = { id: `s${index}`, at }
          missedSyncs = missed ? missedSyncs + 1 : 0
          const [before, next] = [
            { inputPerM: index, outputPerM: 1 },
            { inputPerM: index + 1, outputPerM: 1 },
          ]
          priceChange = priced ? { at, before, after: next, source: 'provider' } : null
        }
        const window = {
          ...quietModel,
          now: after(100 * index + 1),
          answers,
          lastSync,
          missedSyncs,
          priceChange,
          hasActiveTarget,
        }
        expect(settle(judgeModel, ledger, () => window).left).toEqual([])
      })
    }),
    { numRuns: 50 },
  )
})

test('drift that was judged asks for nothing more', () => {
  const weeks = fc.array(fc.tuple(fc.constantFrom(1000, 1150, 1300, 1600), fc.integer({ min: 1, max: 30 })), {
    maxLength: 8,
  })
  fc.assert(
    fc.property(weeks, (runs) => {
      const ledger = new Ledger()
      const medians = runs.flatMap(([ms, n]) => Array.from({ length: n }, () => ms))
      const days = medians.map((ttftMs, index) => ({
        day: new Date(began + index * dayMs),
        n: 96,
        ttftMs,
        latencyMs: null,
        tpotMs: null,
      }))
      for (let index = 0; index < days.length; index += 1) {
        const seen = days.slice(Math.max(0, index - 44), index + 1)
        const window: DriftWindow = {
          ...quietTarget,
          now: new Date(began + (index + 1.1) * dayMs),
          series: 'a',
          days: seen,
        }
        expect(settle(judgeDrift, ledger, () => window).left).toEqual([])
      }
    }),
    { numRuns: 50 },
  )
})
