import { expect, test } from 'vitest'
import type { Clock } from '../../../src/core/clock.ts'
import type { ClosedLoad, OpenLoad, Plan } from '../../../src/core/plan.ts'
import { execute, resume } from '../../../src/run/execute.ts'
import type { RunParts } from '../../../src/run/parts.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import type { ClaimedProbe, RunStore } from '../../../src/store/store.ts'
import { sampleTrace } from '../../support/samples.ts'
import { carryOut, sweepPlan } from '../../support/sweep-plan.ts'

/** A store that hands out again what was claimed and is not recorded when its lease ends, as the database does. */
async function leasing(plan: Plan, clock: Clock) {
  const memory = createMemoryStore(clock)
  const { run } = await memory.startRun(plan, 'local')
  const held = new Map<string, { claimed: ClaimedProbe; until: number }>()
  const seen = { until: clock.now() + 30_000, lapsed: 0, claims: 0 }
  const store: RunStore = {
    ...memory,
    startRun: async () => ({ created: true, joined: true, run }),
    joinRun: async () => ({ joined: true, run, settings: plan.settings, left: leftOf(plan) }),
    claimProbe: async (input) => {
      const now = clock.now()
      seen.lapsed += now > seen.until ? 1 : 0
      const lost = held.values().find(({ until }) => until < now)?.claimed
      const claimed = lost ?? (await memory.claimProbe(input))
      if (claimed === null) return null
      seen.claims += 1
      seen.until = Math.max(seen.until, now + input.leaseMs)
      held.set(claimed.probe.id, { claimed, until: now + input.leaseMs })
      return claimed
    },
    recordResult: (input) => {
      held.delete(input.row.probe_id ?? '')
      return memory.recordResult(input)
    },
  }
  return { store, seen }
}

const leftOf = ({ probes }: Plan) =>
  probes.map(({ level, dueMs }) => ({ level: level ?? -1, dueMs: dueMs ?? 0 }))

const minute = 60_000
/** A claim holds 80 s, and as long as a client may think. */
const timeouts = { connect: 1000, firstToken: 10_000, idle: 10_000, total: 10_000 }
const trace: OpenLoad = { rate: 1, arrivals: 'trace', seed: null, slots: 8 }

/** A trace whose requests come in bursts, with longer pauses than a lease. */
function tracePlan(): Plan {
  const due = [0, 10, 10, 4 * minute, 4 * minute + 5, 9 * minute, 9 * minute]
  const plan = sweepPlan(trace, {
    total: due.length,
    timeouts,
    work: { cache: 'cold', seed: 's', trace: sampleTrace },
  })
  for (const [index, probe] of plan.probes.entries()) probe.dueMs = due[index] ?? null
  return plan
}

const load = (more: OpenLoad | ClosedLoad) => () => sweepPlan(more, { total: 5, timeouts })

test.each([
  ['a trace with long pauses', tracePlan],
  ['a call in 4 minutes', load({ rate: 1 / 240, arrivals: 'constant', seed: null, slots: 4 })],
  ['a few calls an hour, at random', load({ rate: 1 / 240, arrivals: 'poisson', seed: 3, slots: 4 })],
  ['clients that think long', load({ concurrency: 1, staggerMs: 0, thinkMs: 2 * minute, thinkSeed: 4 })],
])('of %s each call is made once, and its worker keeps the run between them', async (_, planOf) => {
  for (const begin of [execute, resume]) {
    const plan = planOf()
    let seen
    const eventsOf = async function* (parts: RunParts) {
      const leased = await leasing(plan, parts.clock)
      seen = leased.seen
      const withLeases = { ...parts, store: leased.store }
      yield* begin === execute ? execute(plan, withLeases) : resume(plan.id, withLeases)
    }
    const { results, begins } = await carryOut(plan, { slots: 8, eventsOf })
    expect(results.map(({ probe_id }) => probe_id).toSorted()).toEqual(
      plan.probes.map(({ id }) => id).toSorted(),
    )
    const offsets = (times: readonly number[]) => times.map((at) => at - (times[0] ?? NaN))
    const due = offsets(plan.probes.map(({ dueMs }) => dueMs ?? NaN))
    // Nothing says when a call of a closed loop is due.
    for (const [index, after] of offsets(begins).entries())
      expect(after).toBeCloseTo(Number.isNaN(due[index]) ? after : (due[index] ?? NaN))
    expect(seen).toMatchObject({ lapsed: 0, claims: plan.probes.length })
  }
})
