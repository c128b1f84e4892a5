import { randomUUID } from 'node:crypto'
import type { Clock } from '../../src/core/clock.ts'
import type { Plan } from '../../src/core/plan.ts'
import type { Observation } from '../../src/core/result.ts'
import { configuredProviders } from '../../src/registry/configure.ts'
import type { RunEvent } from '../../src/run/events.ts'
import type { RunParts } from '../../src/run/parts.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { StoreError, type StoreErrorKind } from '../../src/store/store.ts'
import { samplePlan, sampleProbe, sampleResult, sampleTarget } from './samples.ts'

const { providers } = configuredProviders({ OPENAI_API_KEY: 'sk-a', GROQ_API_KEY: 'gsk-a' })

/** A clock that only moves by `advance`. */
export function stillClock(): Clock & { advance: (ms: number) => void } {
  let ms = 0
  return { now: () => ms, date: () => new Date(ms), advance: (by) => (ms += by) }
}

/** The observation of a probe with 20 input and 10 output tokens. */
export function observation(plan: Plan, more: Partial<Observation> = {}): Observation {
  const probe = plan.probes[0]
  if (probe === undefined) throw new Error('the plan is empty')
  return {
    ...sampleResult(plan, probe),
    inputTokens: 20,
    outputTokens: 10,
    cachedTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    chargedUsd: null,
    ...more,
  }
}

/** Everything a run needs, with a store in memory and no pauses. */
export const partsOf = (plan: Plan, more: Partial<RunParts> = {}): RunParts => ({
  store: createMemoryStore(),
  clock: stillClock(),
  random: () => 0,
  providers,
  measure: async () => observation(plan),
  owner: 'test',
  region: 'local',
  budget: null,
  whenUnreachable: 'fail',
  deadline: null,
  startBy: 30_000,
  uuid: randomUUID,
  sleep: () => Promise.resolve(),
  stop: new AbortController().signal,
  ...more,
})

export async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = []
  for await (const event of events) all.push(event)
  return all
}
export const typesOf = (events: RunEvent[]) => events.map(({ type }) => type)

/** A failed call of a store, by default an unreachable one. */
export const unreachable = (kind: StoreErrorKind = 'unavailable') =>
  Promise.reject(new StoreError(kind, `the database: ${kind}`))

/** A plan with one probe for each pair of provider and model. */
export const planOf = (
  targets: [provider: string, model: string][],
  settings: Partial<Plan['settings']> = {},
): Plan => {
  const plan = samplePlan([])
  return {
    ...plan,
    settings: { ...plan.settings, ...settings },
    probes: targets.map(([provider, model]) => sampleProbe(sampleTarget(model, provider))),
  }
}
