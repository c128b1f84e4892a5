import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { ClosedLoad, Level, OpenLoad, Plan } from '../../../src/core/plan.ts'
import { seededRandom } from '../../../src/core/random.ts'
import { dueTimes } from '../../../src/lab/arrivals.ts'
import type { Call } from '../../../src/probe/probe.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { execute } from '../../../src/run/execute.ts'
import type { RunParts } from '../../../src/run/parts.ts'
import { openLimits } from '../../../src/run/limits.ts'
import { makePlan } from '../../../src/run/plan.ts'
import { configuredProviders } from '../../../src/registry/configure.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { collect, observation, partsOf } from '../../support/run-parts.ts'
import { samplePlan, samplePrice, sampleTarget } from '../../support/samples.ts'
import { sleepingClock } from '../../support/sleeping-clock.ts'

const { providers } = configuredProviders({ OPENAI_API_KEY: 'sk-a' })
const target = sampleTarget('a', 'openai')
const poisson = { rate: 5, arrivals: 'poisson', seed: 1, slots: 256 } as const

function planOf(
  loads: (ClosedLoad | OpenLoad)[],
  {
    warmups = 1,
    total = 4,
    ...limits
  }: { warmups?: number; total?: number } & Partial<Plan['settings']> = {},
): Plan {
  let id = 0
  return makePlan({
    ...samplePlan([], { mode: 'sweep' }),
    region: 'local',
    runs: 1,
    contextTiers: [0],
    warmup: true,
    targets: [target],
    providers,
    priceOf: () => samplePrice,
    contextWindowOf: () => null,
    budget: null,
    settings: { ...samplePlan([]).settings, ...limits },
    levels: loads.map((load) => {
      const level: Level = { provider: 'openai', model: 'a', contextTokens: null, load, warmups, total }
      return { target, level }
    }),
    random: Math.random,
    uuid: () => `id-${(id += 1)}`,
  })
}

/** Carries a plan out with calls of `callMs`: what was measured, in order, with when it began. */
async function carryOut(plan: Plan, callMs: (n: number) => number, more: Partial<RunParts> = {}) {
  const { clock, sleep, during } = sleepingClock()
  const calls: { at: number; dueAt: number | undefined }[] = []
  let inFlight = 0
  let most = 0
  const measure = async ({ dueAt }: Call) => {
    calls.push({ at: clock.now(), dueAt })
    most = Math.max(most, (inFlight += 1))
    await sleep(Math.max(0, (dueAt ?? 0) - clock.now()) + callMs(calls.length))
    inFlight -= 1
    return observation(plan)
  }
  const parts = partsOf(plan, { clock, sleep, measure, providers, ...more })
  const events = await during(collect(execute(plan, parts)))
  return { calls, most, events, results: resultsOf(events) }
}
const resultsOf = (events: RunEvent[]) => events.flatMap((event) => ('result' in event ? [event.result] : []))

test('a plan has warm-ups and the rest of a level in one stream of seeded arrivals, level after level', () => {
  const plan = planOf([poisson, { concurrency: 2, staggerMs: 100 }])
  const due = dueTimes(poisson, 5, seededRandom(1))
  expect(plan.probes.map(({ level, iteration, warmup, dueMs }) => [level, iteration, warmup, dueMs])).toEqual(
    [
      [0, 0, true, due[0]],
      [0, 1, false, due[1]],
      [0, 2, false, due[2]],
      [0, 3, false, due[3]],
      [0, 4, false, due[4]],
      [1, 0, true, null],
      ...[1, 2, 3, 4].map((iteration) => [1, iteration, false, null]),
    ],
  )
  expect(plan.settings.levels).toMatchObject([{ load: poisson }, { load: { concurrency: 2 } }])
})

test('an open loop sends every request when it is due, however slow the answers are, and records when that was', async () => {
  const plan = planOf([poisson], { total: 7 })
  const { calls, results } = await carryOut(plan, () => 10_000)
  const due = dueTimes(poisson, 8, seededRandom(1))
  // The level begins a second ahead, so that the first can be claimed in time; sockets are opened up to 250 ms before.
  expect(calls.map(({ dueAt }) => dueAt)).toEqual(due.map((ms) => 1000 + ms))
  for (const { at, dueAt } of calls) {
    expect(at).toBeLessThanOrEqual(dueAt ?? 0)
    expect(at).toBeGreaterThanOrEqual((dueAt ?? 0) - 251)
  }
  const scheduled = results
    .map(({ scheduled_at }) => Date.parse(scheduled_at ?? ''))
    .toSorted((a, b) => a - b)
  expect(scheduled).toEqual(due.map((ms) => Math.floor(1000 + ms)))
  expect(results.filter(({ warmup }) => warmup)).toHaveLength(1)
})

test('with few slots a request is late, but neither skipped nor moved', async () => {
  const plan = planOf([{ ...poisson, arrivals: 'constant', seed: null, slots: 1 }], { total: 3 })
  const { calls, most } = await carryOut(plan, () => 1000)
  expect(most).toBe(1)
  expect(calls.map(({ dueAt }) => dueAt)).toEqual([1000, 1200, 1400, 1600])
  expect(calls.at(-1)?.at).toBeGreaterThanOrEqual(4000)
})

test('a closed loop has as many in flight as it may, begins staggered, and is not drained after its warm-ups', async () => {
  const plan = planOf([{ concurrency: 4, staggerMs: 400 }], { warmups: 4, total: 8 })
  const { calls, most, results } = await carryOut(plan, () => 400)
  expect(most).toBe(4)
  expect(calls.map(({ at }) => at)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1100])
  expect(results.filter(({ warmup }) => !warmup)).toHaveLength(8)
})

test('levels come one after the other', async () => {
  const plan = planOf([{ concurrency: 2, staggerMs: 0 }, poisson, { concurrency: 1, staggerMs: 0 }])
  const { results } = await carryOut(plan, (n) => 100 * (1 + (n % 3)))
  expect(results.map(({ level }) => level)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2])
})

test('while a result is recorded the next call of its lane is made', async () => {
  const plan = planOf([{ concurrency: 1, staggerMs: 0 }], { warmups: 0, total: 3 })
  const memory = createMemoryStore()
  const second = Promise.withResolvers<void>()
  let made = 0
  const leases = new Set<number>()
  const store = {
    ...memory,
    claimProbe: async (input: Parameters<typeof memory.claimProbe>[0]) => {
      leases.add(input.leaseMs)
      return memory.claimProbe(input)
    },
    recordResult: async (input: Parameters<typeof memory.recordResult>[0]) => {
      await second.promise
      return memory.recordResult(input)
    },
  }
  const { events } = await carryOut(
    plan,
    () => {
      if ((made += 1) === 2) second.resolve()
      return 10
    },
    { store },
  )
  expect(events.at(-1)).toMatchObject({ run: { n_succeeded: 3 } })
  // It may wait for a call of 120 s before its own, and has a minute to be recorded.
  expect([...leases]).toEqual([300_000])
})

test('a stop keeps what was measured, and skips what was claimed ahead and the rest', async () => {
  const plan = planOf([{ concurrency: 2, staggerMs: 0 }, poisson])
  const stop = new AbortController()
  const callMs = (n: number) => {
    if (n === 3) stop.abort()
    return 10
  }
  const { results, events } = await carryOut(plan, callMs, { stop: stop.signal })
  expect(results.length).toBeLessThanOrEqual(4)
  expect(events.at(-1)).toMatchObject({
    type: 'run_finished',
    run: { status: 'cancelled', n_succeeded: results.length, n_skipped: 10 - results.length },
  })
})

test('it stops before the call that could exceed what it may cost', async () => {
  const plan = planOf([{ concurrency: 3, staggerMs: 0 }], { total: 19, maxCostUsd: 0 })
  const estimate = plan.probes[0]?.estimateUsd ?? 0
  // Every call costs a fifth of its estimate: with 2 estimates allowed, 2 are reserved at once, and then one by one.
  plan.settings = { ...plan.settings, maxCostUsd: 2 * estimate }
  const measure = async () => observation(plan, { chargedUsd: estimate / 5 })
  const events = await collect(execute(plan, partsOf(plan, { measure, providers })))
  // Five fifths are spent after 5 calls, so that one more fits; it ends when less than an estimate is left.
  expect(resultsOf(events)).toHaveLength(6)
  expect(events.at(-1)).toMatchObject({ run: { status: 'finished', n_succeeded: 6, n_skipped: 14 } })
})

test('it stops once so many calls have failed', async () => {
  const plan = planOf([{ concurrency: 1, staggerMs: 0 }], { total: 9, maxErrors: 3 })
  const failure = { success: false, errorKind: 'server_error', faultDomain: 'provider' } as const
  const measure = async () => observation(plan, failure)
  const events = await collect(execute(plan, partsOf(plan, { measure, providers })))
  expect(events.at(-1)).toMatchObject({ run: { n_failed: 3, n_skipped: 7 } })
})

test('limits count what was made before a run was taken over', async () => {
  const settings = { ...samplePlan([]).settings, maxCostUsd: 1, mostCallUsd: 0.4, maxErrors: 3 }
  const dear = openLimits(settings, { usd: 0.5, errors: 2 })
  expect([await dear.take(), dear.reason()]).toEqual([true, null])
  dear.give(null, null)
  expect(await openLimits(settings, { usd: 0.7, errors: 0 }).take()).toBe(false)
  const failing = openLimits(settings, { usd: 0, errors: 3 })
  expect([failing.reason(), await failing.take()]).toEqual(['max errors', false])
})

test('room is given in the order of asking: what is claimed later never takes the room of what waits', async () => {
  const limits = openLimits({ ...samplePlan([]).settings, maxCostUsd: 1, mostCallUsd: 1 })
  expect(await limits.take()).toBe(true)
  const given: string[] = []
  const ask = (name: string) => void limits.take().then((has) => given.push(`${name} ${has}`))
  ask('second')
  await setImmediate()
  limits.give(null, null)
  ask('third')
  await setImmediate()
  expect(given).toEqual(['second true'])
  limits.give(null, null)
  await setImmediate()
  expect(given).toEqual(['second true', 'third true'])
})
