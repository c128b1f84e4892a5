import { expect, test } from 'vitest'
import type { OpenLoad, Plan } from '../../../src/core/plan.ts'
import { resume } from '../../../src/run/execute.ts'
import type { RunParts } from '../../../src/run/parts.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import type { MadeCalls, RunStore } from '../../../src/store/store.ts'
import { carryOut, sweepPlan } from '../../support/sweep-plan.ts'

const slow: OpenLoad = { rate: 0.5, arrivals: 'constant', seed: null, slots: 64 }

/** What is left of a sweep of which another worker claimed some and `made` is recorded; and the most claims at once. */
async function takenOver(plan: Plan, claimed: number, made?: MadeCalls) {
  const memory = createMemoryStore()
  const { run } = await memory.startRun(plan, 'local')
  const asked = { runId: plan.id, owner: 'before', leaseMs: 1, region: 'local', level: 0 }
  for (let n = 0; n < claimed; n++) await memory.claimProbe(asked)
  const held = { now: 0, most: 0 }
  const store: RunStore = {
    ...memory,
    joinRun: async () => ({ joined: true, run, settings: plan.settings, ...(made && { made }) }),
    claimProbe: async (input) => {
      const found = await memory.claimProbe(input)
      if (found !== null) held.most = Math.max(held.most, (held.now += 1))
      return found
    },
    recordResult: (input) => {
      held.now -= 1
      return memory.recordResult(input)
    },
  }
  return { held, more: { store, eventsOf: (parts: RunParts) => resume(plan.id, parts) } }
}

test('an open loop that is taken over goes on at once, on its arrivals, and claims none long before it is due', async () => {
  const plan = sweepPlan(slow, { total: 60 })
  const { held, more } = await takenOver(plan, 40)
  const { begins, results } = await carryOut(plan, { slots: 4, ...more })
  expect(results).toHaveLength(30)
  const [first = NaN] = begins
  expect(begins.map((at) => at - first)).toEqual(Array.from({ length: 30 }, (_, index) => index * 2000))
  expect(first).toBeLessThan(2000)
  expect(held.most).toBeLessThanOrEqual(2)
})

test('one that was only queued begins as it would have been begun here', async () => {
  const plan = sweepPlan({ ...slow, arrivals: 'poisson', seed: 1 }, { total: 20 })
  const { more } = await takenOver(plan, 0)
  const queued = await carryOut(plan, { slots: 4, ...more })
  expect(queued.begins).toEqual((await carryOut(plan, { slots: 4 })).begins)
})

test.each([
  { limits: { maxErrors: 5 }, made: { usd: 0, errors: 5 } },
  { limits: { maxCostUsd: 1 }, made: { usd: 1, errors: 0 } },
])('what was made before counts against its limits: $limits', async ({ limits, made }) => {
  const plan = sweepPlan({ concurrency: 2, staggerMs: 0 }, { total: 20, ...limits })
  const { more } = await takenOver(plan, 4, made)
  const { results, last } = await carryOut(plan, { slots: 4, ...more })
  expect(results).toEqual([])
  expect(last).toMatchObject({ type: 'run_finished', run: { n_skipped: 18 } })
})
