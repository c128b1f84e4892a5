import { expect, test } from 'vitest'
import type { Plan } from '../../../src/core/plan.ts'
import type { Call } from '../../../src/probe/probe.ts'
import { execute } from '../../../src/run/execute.ts'
import type { RunParts } from '../../../src/run/parts.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { collect, observation, partsOf, planOf } from '../../support/run-parts.ts'
import { sampleProbe, sampleTarget } from '../../support/samples.ts'

const providerFault = { success: false, errorKind: 'server_error', faultDomain: 'provider' } as const
const target = sampleTarget('a', 'openai')

/** Makes a plan with calls that last until so many are in flight or none is left to begin; the most at once. */
async function mostInFlight(n: number, concurrency: number): Promise<{ most: number; made: number }> {
  const plan: Plan = {
    ...planOf(Array.from({ length: n }, () => ['openai', 'a'])),
    mode: 'concurrent',
  }
  plan.settings = { ...plan.settings, concurrency }
  const flying: (() => void)[] = []
  let most = 0
  let made = 0
  const measure: RunParts['measure'] = async () => {
    made += 1
    const landed = new Promise<void>((land) => flying.push(land))
    most = Math.max(most, flying.length)
    // A lane too many would begin before they land.
    if (flying.length === concurrency || made === n)
      setTimeout(() => flying.splice(0).forEach((land) => land()), 10)
    await landed
    return observation(plan)
  }
  await collect(execute(plan, partsOf(plan, { measure })))
  return { most, made }
}

test.for([
  [10, 5],
  [7, 3],
  [2, 5],
  [3, 1],
] as const)('%i calls, at most %i at once', async ([n, concurrency]) => {
  expect(await mostInFlight(n, concurrency)).toEqual({ most: Math.min(n, concurrency), made: n })
})

test('in concurrent mode nothing is rechecked, even if the settings say so', async () => {
  const looks: unknown[] = []
  const plan: Plan = { ...planOf([['openai', 'a']], { confirm: true }), mode: 'concurrent' }
  const store = {
    ...createMemoryStore(),
    planConfirm: async (look: unknown) => ({ planned: looks.push(look) > 0 }),
  }
  const measure = async () => observation(plan, providerFault)
  await collect(execute(plan, partsOf(plan, { store, measure })))
  expect(looks).toEqual([])
})

test('a warm-up is not rechecked, and its row and its start say what it is', async () => {
  const looks: unknown[] = []
  const plan: Plan = {
    ...planOf([], { confirm: true }),
    probes: [sampleProbe(target, { warmup: true, iteration: 0 })],
  }
  const store = {
    ...createMemoryStore(),
    planConfirm: async (look: unknown) => ({ planned: looks.push(look) > 0 }),
  }
  const measure = async () => observation(plan, providerFault)
  const events = await collect(execute(plan, partsOf(plan, { store, measure })))
  expect(looks).toEqual([])
  expect(events[1]).toMatchObject({ type: 'probe_started', probe: { warmup: true, iteration: 0 } })
  expect(events[2]).toMatchObject({ result: { warmup: true, iteration: 0 } })
})

test('a tier is sent as the system message, another one each time, and its sizes are in the row', async () => {
  const plan: Plan = {
    ...planOf([]),
    probes: [null, 300, 300].map((contextTokens) => sampleProbe(target, { contextTokens })),
  }
  const calls: Call[] = []
  const measure = async (call: Call) => {
    calls.push(call)
    return observation(plan)
  }
  const nonces = [0.1, 0.5, 0.9]
  const random = () => nonces[calls.length] ?? 0
  const events = await collect(execute(plan, partsOf(plan, { measure, random })))
  const [plain, first, second] = calls.map(({ system }) => system)
  expect(plain).toBeNull()
  expect(first).toMatch(/^\d{12}\n\ndef /)
  expect(first?.slice(0, 12)).not.toBe(second?.slice(0, 12))
  expect(events.flatMap((event) => ('result' in event ? [event.result] : []))).toMatchObject([
    { context_tokens: null, context_tokens_counted: null },
    { context_tokens: 300, context_tokens_counted: 300 },
    { context_tokens: 300, context_tokens_counted: 300 },
  ])
})

test('a probe that the plan skips is not called, and counts as skipped', async () => {
  const skipReason = 'context window 8192 < 50000 + 512 + 100'
  const plan: Plan = {
    ...planOf([]),
    probes: [sampleProbe(target), sampleProbe(target, { contextTokens: 50_000, skipReason })],
  }
  const events = await collect(execute(plan, partsOf(plan)))
  expect(events.filter(({ type }) => type === 'probe_started')).toHaveLength(1)
  expect(events.at(-1)).toMatchObject({ run: { n_probes: 2, n_succeeded: 1, n_skipped: 1 } })
})
