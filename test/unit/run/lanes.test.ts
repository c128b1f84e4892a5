import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Plan } from '../../../src/core/plan.ts'
import type { RunEvent } from '../../../src/run/events.ts'
import { execute, resume } from '../../../src/run/execute.ts'
import type { RunParts } from '../../../src/run/parts.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import type { RunStore } from '../../../src/store/store.ts'
import { sampleProbe } from '../../support/samples.ts'
import {
  unreachable,
  collect,
  observation,
  partsOf,
  planOf,
  stillClock,
  typesOf,
} from '../../support/run-parts.ts'

const providerFault = { success: false, errorKind: 'connect', faultDomain: 'provider' } as const
const accountFault = { success: false, errorKind: 'rate_limited', faultDomain: 'account' } as const
const modelsOf = (events: RunEvent[]) =>
  events.flatMap((event) => (event.type === 'probe_recorded' ? [event.result.model] : []))

test('by provider, a slow probe of one provider does not hold the probes of another', async () => {
  const plan = planOf(
    [
      ['openai', 'slow'],
      ['groq', 'a'],
      ['groq', 'b'],
    ],
    { order: 'by_provider' },
  )
  const bothRecorded = Promise.withResolvers<void>()
  const measure = async ({ model }: { model: string }) => {
    if (model === 'slow') await bothRecorded.promise
    return observation(plan)
  }
  const events: RunEvent[] = []
  for await (const event of execute(plan, partsOf(plan, { measure }))) {
    events.push(event)
    if (modelsOf(events).includes('b')) bothRecorded.resolve()
  }
  expect(modelsOf(events)).toEqual(['a', 'b', 'slow'])
  expect(events.at(-1)).toMatchObject({ type: 'run_finished', run: { n_succeeded: 3, n_skipped: 0 } })
})

/** The most probes under way at once, of each provider and of all. */
async function mostAtOnce(order: Plan['settings']['order']) {
  const plan = planOf(
    ['a', 'b', 'c'].flatMap((model): [string, string][] => [
      ['openai', model],
      ['groq', model],
    ]),
    { order },
  )
  const underWay: string[] = []
  const most = { openai: 0, groq: 0, all: 0 }
  await collect(
    execute(
      plan,
      partsOf(plan, {
        measure: async ({ provider: { entry } }) => {
          const { id } = entry
          underWay.push(id)
          if (id === 'openai' || id === 'groq')
            most[id] = Math.max(most[id], underWay.filter((each) => each === id).length)
          most.all = Math.max(most.all, underWay.length)
          await setImmediate()
          underWay.splice(underWay.indexOf(id), 1)
          return observation(plan)
        },
      }),
    ),
  )
  return most
}

test('probes of one provider never overlap; those of two do only by provider', async () => {
  expect(await mostAtOnce('by_provider')).toEqual({ openai: 1, groq: 1, all: 2 })
  expect(await mostAtOnce('sequential')).toEqual({ openai: 1, groq: 1, all: 1 })
})

test('a lane that loses the database ends the run, and the other one after its probe in hand, which is recorded', async () => {
  const plan = planOf(
    [
      ['openai', 'a'],
      ['groq', 'b'],
      ['groq', 'c'],
    ],
    { order: 'by_provider' },
  )
  const store = createMemoryStore()
  const calling = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  const called: string[] = []
  const parts = partsOf(plan, {
    store: {
      ...store,
      claimProbe: async (input) => {
        if (input.provider !== 'openai') return store.claimProbe(input)
        await calling.promise
        void setImmediate().then(() => answered.resolve())
        return unreachable()
      },
    },
    measure: async ({ model }) => {
      called.push(model)
      calling.resolve()
      await answered.promise
      return observation(plan)
    },
  })
  const events = await collect(execute(plan, parts))
  expect(called).toEqual(['b'])
  expect(typesOf(events)).toEqual(['run_started', 'probe_started', 'probe_recorded', 'store_failed'])
  expect(events.at(-1)).toMatchObject({ error: { kind: 'unavailable' } })
})

test('a watcher that leaves ends the run after the probe in hand, which is recorded', async () => {
  const plan = planOf([
    ['openai', 'a'],
    ['openai', 'b'],
  ])
  const memory = createMemoryStore()
  const recorded: string[] = []
  const first = Promise.withResolvers<void>()
  const store: RunStore = {
    ...memory,
    recordResult: (input) => {
      recorded.push(input.row.id)
      first.resolve()
      return memory.recordResult(input)
    },
  }
  const made = Promise.withResolvers<void>()
  const measure = () => made.promise.then(() => observation(plan))
  const parts = partsOf(plan, { store, measure })
  for await (const { type } of execute(plan, parts)) if (type === 'probe_started') break
  made.resolve()
  await first.promise
  await setImmediate()
  expect(recorded).toEqual([plan.probes[0]?.resultId])
})

/** A store that plans rechecks, which the one in memory does not. */
function confirming(plan: Plan) {
  const store = createMemoryStore()
  const looks: { probeId: string; id: string }[] = []
  const kept: RunStore = {
    ...store,
    planConfirm: (look) => {
      looks.push(look)
      return Promise.resolve({ planned: true })
    },
    claimProbe: async (input) => {
      const look = looks.find(({ id }) => id === input.probeId)
      const first = plan.probes.find(({ id }) => id === look?.probeId)
      if (look === undefined || first === undefined) return store.claimProbe(input)
      const probe = sampleProbe(first.target, look)
      return {
        probe,
        settings: plan.settings,
        claims: 1,
        leaseUntil: new Date(0),
        ownLoad: false,
        targetId: null,
      }
    },
  }
  return { store: kept, looks }
}

const one = () => planOf([['openai', 'a']], { confirm: true })

test.each([
  [0, 3000],
  [0.5, 4000],
  [1, 5000],
])('a provider fault is rechecked 3 to 5 s later (drawn: %d)', async (drawn, pauseMs) => {
  const plan = one()
  const { store, looks } = confirming(plan)
  const pauses: number[] = []
  const measure = () => Promise.resolve(observation(plan, providerFault))
  const sleep = async (ms: number) => pauses.push(ms)
  const events = await collect(
    execute(plan, partsOf(plan, { store, measure, sleep, random: () => drawn * (1 - 1e-9) })),
  )
  // The recheck fails too, and is not rechecked.
  expect(typesOf(events)).toEqual([
    'run_started',
    'probe_started',
    'probe_recorded',
    'probe_started',
    'probe_recorded',
    'run_finished',
  ])
  expect(looks).toMatchObject([{ probeId: plan.probes[0]?.id }])
  expect(events[4]).toMatchObject({ result: { probe_id: looks[0]?.id, model: 'a' } })
  expect(pauses).toEqual([expect.closeTo(pauseMs, 3)])
})

test.each([
  ['a success', {}, true],
  ['an account fault', accountFault, true],
  ['a provider fault where none is wanted', providerFault, false],
])('%s is not rechecked', async (_, seen, confirm) => {
  const plan = planOf([['openai', 'a']], { confirm })
  const { store, looks } = confirming(plan)
  const measure = () => Promise.resolve(observation(plan, seen))
  const events = await collect(execute(plan, partsOf(plan, { store, measure })))
  expect(looks).toEqual([])
  expect(modelsOf(events)).toEqual(['a'])
})

test('a stop during the pause leaves the recheck out', async () => {
  const plan = one()
  const { store } = confirming(plan)
  const stop = new AbortController()
  const measure = () => Promise.resolve(observation(plan, providerFault))
  const sleep = async () => stop.abort()
  const events = await collect(execute(plan, partsOf(plan, { store, measure, sleep, stop: stop.signal })))
  expect(modelsOf(events)).toEqual(['a'])
  expect(events.at(-1)).toMatchObject({ run: { status: 'cancelled' } })
})

test('a store without rechecks makes the other probes in their turn, and waits for nothing', async () => {
  const plan = planOf(
    [
      ['openai', 'a'],
      ['openai', 'b'],
      ['openai', 'c'],
    ],
    { confirm: true },
  )
  const pauses: number[] = []
  const called: string[] = []
  const measure = async ({ model }: { model: string }) => {
    called.push(`${model} after ${pauses.length}`)
    return observation(plan, providerFault)
  }
  const sleep = async (ms: number) => pauses.push(ms)
  await collect(execute(plan, partsOf(plan, { measure, sleep })))
  expect(called).toEqual(['a after 0', 'b after 0', 'c after 0'])
})

test('a database that is unreachable when a recheck is planned costs only that recheck', async () => {
  const plan = planOf(
    [
      ['openai', 'a'],
      ['openai', 'b'],
    ],
    { confirm: true },
  )
  const store: RunStore = { ...createMemoryStore(), planConfirm: () => unreachable() }
  const measure = () => Promise.resolve(observation(plan, providerFault))
  const events = await collect(execute(plan, partsOf(plan, { store, measure })))
  expect(modelsOf(events)).toEqual(['a', 'b'])
  expect(events.at(-1)).toMatchObject({ type: 'run_finished' })
})

/**
 * A run of three probes of 100 s each, of which the time until 200 s holds one, and what its end asked of the
 * store.
 */
async function runOut({
  until = 200_000,
  status = 'running',
}: { until?: number; status?: 'running' | 'finished' } = {}) {
  const plan = planOf(['a', 'b', 'c'].map((model) => ['openai', model]))
  const clock = stillClock()
  const memory = createMemoryStore()
  const skipped: string[] = []
  const store: RunStore = {
    ...memory,
    skipProbes: (input) => {
      skipped.push(input.reason)
      return memory.skipProbes(input)
    },
    finishRun: async (input) => ({ ...(await memory.finishRun(input)), status }),
  }
  const measure = async () => {
    clock.advance(100_000)
    return observation(plan)
  }
  const events = await collect(
    execute(
      plan,
      partsOf(plan, {
        store,
        clock,
        measure,
        deadline: { at: until, onExpiry: 'hand_over' },
        whenUnreachable: { retryUntil: until },
      }),
    ),
  )
  return { last: events.at(-1), made: modelsOf(events), skipped }
}

test('out of time, a run that made a probe hands the rest over and skips nothing', async () => {
  expect(await runOut()).toMatchObject({ made: ['a'], skipped: [], last: { type: 'run_handed_over' } })
})

test('a run that turns out to be over when it is handed over is finished', async () => {
  expect(await runOut({ status: 'finished' })).toMatchObject({
    skipped: [],
    last: { type: 'run_finished', run: { status: 'finished' } },
  })
})

test('a run that made nothing is not handed over: what is left is skipped', async () => {
  expect(await runOut({ until: 119_999, status: 'finished' })).toMatchObject({
    made: [],
    skipped: ['out of time'],
    last: { type: 'run_finished', run: { n_skipped: 3 } },
  })
})

test('a run that is joined is carried out with its own settings', async () => {
  const plan = planOf(
    [
      ['openai', 'slow'],
      ['groq', 'a'],
    ],
    { order: 'by_provider', timeouts: { connect: 1, firstToken: 2, idle: 3, total: 4000 } },
  )
  const memory = createMemoryStore()
  const { run } = await memory.startRun(plan, 'local')
  const leases: number[] = []
  const store: RunStore = {
    ...memory,
    joinRun: () => Promise.resolve({ joined: true, run, settings: plan.settings }),
    claimProbe: (input) => {
      leases.push(input.leaseMs)
      return memory.claimProbe(input)
    },
  }
  const otherRecorded = Promise.withResolvers<void>()
  const asked: unknown[] = []
  const measure: RunParts['measure'] = async ({ model, settings }) => {
    asked.push(settings)
    if (model === 'slow') await otherRecorded.promise
    return observation(plan)
  }
  const events: RunEvent[] = []
  // 4 s fit until 4 s.
  const parts = partsOf(plan, { store, measure, deadline: { at: 4000, onExpiry: 'skip' } })
  for await (const event of resume(plan.id, parts)) {
    events.push(event)
    if (modelsOf(events).includes('a')) otherRecorded.resolve()
  }
  expect(events[0]).toMatchObject({ type: 'run_joined', run: { id: plan.id } })
  expect(modelsOf(events)).toEqual(['a', 'slow'])
  expect(asked).toEqual([plan.settings, plan.settings])
  // 4 s for the call and 60 s to record it.
  expect(new Set(leases)).toEqual(new Set([64_000]))
})

test('a run that somebody is at is left alone, and one that cannot be asked for is an event', async () => {
  const plan = planOf([['openai', 'a']])
  const memory = createMemoryStore()
  const { run } = await memory.startRun(plan, 'local')
  const taken: RunStore = {
    ...memory,
    joinRun: () => Promise.resolve({ joined: false, run, settings: plan.settings }),
  }
  expect(typesOf(await collect(resume(plan.id, partsOf(plan, { store: taken }))))).toEqual(['run_skipped'])
  const gone: RunStore = { ...memory, joinRun: () => unreachable() }
  expect(typesOf(await collect(resume(plan.id, partsOf(plan, { store: gone }))))).toEqual(['store_failed'])
})
