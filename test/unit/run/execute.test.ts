import { expect, test } from 'vitest'
import { execute } from '../../../src/run/execute.ts'
import { createMemoryStore, newRun } from '../../../src/store/memory.ts'
import type { Spool } from '../../../src/store/spool.ts'
import type { MissedSlot } from '../../../src/store/missed-slot.ts'
import { type RunStore, type Store, StoreError } from '../../../src/store/store.ts'
import { samplePlan } from '../../support/samples.ts'
import { unreachable, collect, observation, partsOf, stillClock, typesOf } from '../../support/run-parts.ts'

test('probes are made one after another, each recorded before the next begins', async () => {
  const plan = samplePlan(['a', 'b'])
  const events = await collect(execute(plan, partsOf(plan)))
  expect(typesOf(events)).toEqual([
    'run_started',
    'probe_started',
    'probe_recorded',
    'probe_started',
    'probe_recorded',
    'run_finished',
  ])
  expect(events.at(-1)).toMatchObject({
    run: { status: 'finished', n_succeeded: 2, n_failed: 0, n_skipped: 0 },
  })
})

test('a result carries the identity of its probe and the cost at the planned price', async () => {
  const plan = samplePlan(['a'])
  const [, , event] = await collect(execute(plan, partsOf(plan)))
  const probe = plan.probes[0]
  // 20 tokens at 0.15 and 10 at 0.60 USD per million.
  expect(event).toMatchObject({
    type: 'probe_recorded',
    result: {
      id: probe?.resultId,
      probe_id: probe?.id,
      run_id: plan.id,
      model: 'a',
      prices: { input_per_m: probe?.price?.inputPerM, output_per_m: probe?.price?.outputPerM },
      cost_source: 'price',
    },
  })
  expect(event?.type === 'probe_recorded' ? event.result.cost_usd : null).toBeCloseTo(0.000009, 12)
})

test('the prompt begins with a nonce of its own for every call', async () => {
  const plan = samplePlan(['a', 'b'])
  const prompts: string[] = []
  let draws = 0
  const parts = partsOf(plan, {
    random: () => (draws += 0.001) % 1,
    measure: async (call) => {
      prompts.push(call.prompt)
      return observation(plan)
    },
  })
  await collect(execute(plan, parts))
  expect(prompts).toEqual([
    expect.stringMatching(/^\[[a-z0-9]{12}\] Say hello\.$/),
    expect.stringMatching(/^\[[a-z0-9]{12}\] Say hello\.$/),
  ])
})

test('a probe that fails does not stop the others', async () => {
  const plan = samplePlan(['a', 'b'])
  let calls = 0
  const measure = async () =>
    observation(
      plan,
      (calls += 1) === 1 ? { success: false, errorKind: 'connect', faultDomain: 'provider' } : {},
    )
  const events = await collect(execute(plan, partsOf(plan, { measure })))
  expect(events.at(-1)).toMatchObject({ run: { n_succeeded: 1, n_failed: 1 } })
})

test('a stop ends the run after the probe in hand and skips the rest', async () => {
  const plan = samplePlan(['a', 'b', 'c'])
  const stop = new AbortController()
  const measure = async () => {
    stop.abort()
    return observation(plan)
  }
  const events = await collect(execute(plan, partsOf(plan, { measure, stop: stop.signal })))
  expect(typesOf(events)).toEqual(['run_started', 'probe_started', 'probe_recorded', 'run_finished'])
  expect(events.at(-1)).toMatchObject({ run: { status: 'cancelled', n_succeeded: 1, n_skipped: 2 } })
})

test('a stop during the last probe cancels the run too, although nothing is left to skip', async () => {
  const plan = samplePlan(['a'])
  const stop = new AbortController()
  const measure = async () => {
    stop.abort()
    return observation(plan)
  }
  const events = await collect(execute(plan, partsOf(plan, { measure, stop: stop.signal })))
  expect(events.at(-1)).toMatchObject({ run: { status: 'cancelled', n_succeeded: 1, n_skipped: 0 } })
})

test('no probe begins that could not end in time', async () => {
  const plan = samplePlan(['a', 'b', 'c'])
  const clock = stillClock()
  const measure = async () => {
    clock.advance(100_000)
    return observation(plan)
  }
  // The whole call may take 120 s: at 0 it fits into 240 s, at 100 s too, at 200 s no more.
  const events = await collect(
    execute(plan, partsOf(plan, { clock, measure, deadline: { at: 240_000, onExpiry: 'skip' } })),
  )
  expect(events.at(-1)).toMatchObject({ run: { status: 'finished', n_succeeded: 2, n_skipped: 1 } })
})

const failing = (part: Partial<RunStore>): RunStore => ({ ...createMemoryStore(), ...part })

test('a result that cannot be recorded is an event with the whole result, and the run continues', async () => {
  const plan = samplePlan(['a', 'b'])
  const store = createMemoryStore()
  let calls = 0
  const recordResult: RunStore['recordResult'] = (result) =>
    (calls += 1) === 1 ? unreachable() : store.recordResult(result)
  const events = await collect(execute(plan, partsOf(plan, { store: { ...store, recordResult } })))
  expect(typesOf(events)).toEqual([
    'run_started',
    'probe_started',
    'probe_lost',
    'probe_started',
    'probe_recorded',
    'run_finished',
  ])
  expect(events[2]).toMatchObject({
    result: { model: 'a', ttft_ms: expect.any(Number) },
    error: { kind: 'unavailable' },
  })
})

test('a store that fails between probes ends the run with an event', async () => {
  const plan = samplePlan(['a'])
  const events = await collect(
    execute(
      plan,
      partsOf(plan, {
        store: failing({ claimProbe: () => unreachable(), startRun: createMemoryStore().startRun }),
      }),
    ),
  )
  expect(typesOf(events)).toEqual(['run_started', 'store_failed'])
})

test('a run that cannot be started rejects, and nothing was called', async () => {
  const plan = samplePlan(['a'])
  let calls = 0
  const measure = async () => {
    calls += 1
    return observation(plan)
  }
  await expect(
    collect(execute(plan, partsOf(plan, { measure, store: failing({ startRun: () => unreachable() }) }))),
  ).rejects.toMatchObject({ kind: 'unavailable' })
  expect(calls).toBe(0)
})

/** A spool on a disk that takes nothing. */
const fullDisk = (): Spool => ({
  dir: 'full',
  add: () => {
    throw new StoreError('unavailable', 'nothing can be spooled')
  },
})

test('a slot that could not begin is filed in the database if the disk takes nothing', async () => {
  const plan = samplePlan(['a'], { slot: new Date(0), schedule: 'benchmark', trigger: 'cron' })
  const filed: MissedSlot[] = []
  const fileMissed: Store['fileMissed'] = (missed) => {
    filed.push(missed)
    return Promise.resolve(newRun(plan, 'local', new Date(0)))
  }
  const startRun = () => unreachable('denied')
  const whenUnreachable = { spool: fullDisk() }
  const parts = partsOf(plan, {
    store: { ...createMemoryStore(), startRun, fileMissed },
    whenUnreachable,
  })
  expect(await collect(execute(plan, parts))).toMatchObject([
    { type: 'run_missed', error: { kind: 'denied' } },
  ])
  const reason = 'the database refused the run: the database: denied'
  expect(filed).toMatchObject([{ run: { id: plan.id, slot: plan.slot }, reason }])

  const nothing = partsOf(plan, { store: failing({ startRun, fileMissed: startRun }), whenUnreachable })
  expect(await collect(execute(plan, nothing))).toMatchObject([
    { type: 'store_failed', error: { message: 'nothing can be spooled' } },
  ])
})

test('a slot that has its run is left alone', async () => {
  const plan = samplePlan(['a'])
  const store = createMemoryStore()
  await store.startRun(plan, 'local')
  expect(typesOf(await collect(execute(plan, partsOf(plan, { store }))))).toEqual(['run_skipped'])
})
