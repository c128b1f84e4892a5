import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { systemClock } from '../../src/core/clock.ts'
import type { Plan } from '../../src/core/plan.ts'
import type { ConfiguredProvider } from '../../src/core/provider.ts'
import type { ResultRow } from '../../src/core/row.ts'
import { startLagMonitor } from '../../src/probe/lag.ts'
import { probe } from '../../src/probe/probe.ts'
import { warmUp } from '../../src/probe/sdk.ts'
import { syntheticEntry } from '../../src/registry/custom.ts'
import { defaultSettings } from '../../src/registry/prompts.ts'
import { execute } from '../../src/run/execute.ts'
import { makePlan, sha256 } from '../../src/run/plan.ts'
import type { Store } from '../../src/store/store.ts'
import { startSyntheticWorker } from '../../src/synthetic/worker.ts'

/** A synthetic provider, ready to be called; the SDK is loaded. */
export async function startSynthetic(): Promise<{
  provider: ConfiguredProvider
  close: () => Promise<void>
}> {
  const server = await startSyntheticWorker()
  await warmUp(['openai'])
  const entry = syntheticEntry(server.url)
  const provider = { entry, baseUrl: server.url, key: null, synthetic: true, trusted: true }
  return { provider, close: () => server.close() }
}

/**
 * A run of so many targets that each take 500 ms: the first of 36 tokens after 150 ms, the others 10 ms
 * apart.
 */
export function planSynthetic(provider: ConfiguredProvider, targets: number): Plan {
  const prompt = 'a bench'
  return makePlan({
    name: 'bench',
    trigger: 'manual',
    mode: 'multi',
    schedule: null,
    slot: null,
    region: 'local',
    runs: 1,
    contextTiers: [0],
    warmup: false,
    targets: Array.from({ length: targets }, (_, index) => ({
      provider: 'synthetic',
      model: `synthetic-bench-${index}/ttft_ms/150/frames/36/delay_ms/10`,
      parameters: { reasoning: 'least' },
      region: null,
    })),
    adhoc: true,
    providers: [provider],
    priceOf: () => null,
    contextWindowOf: () => null,
    lateAt: null,
    budget: null,
    random: Math.random,
    uuid: randomUUID,
    settings: {
      prompt,
      promptHash: sha256(prompt),
      maxTokens: 512,
      temperature: 0.7,
      timeouts: defaultSettings.timeouts,
      order: 'sequential',
      confirm: false,
      concurrency: 1,
    },
  })
}

/** Carries a plan out in this process and gives what was recorded. */
export async function runSynthetic(
  plan: Plan,
  provider: ConfiguredProvider,
  store: Store,
): Promise<ResultRow[]> {
  const lag = startLagMonitor(systemClock)
  const events = execute(plan, {
    store,
    clock: systemClock,
    random: Math.random,
    providers: [provider],
    measure: (call) => probe(call, { clock: systemClock, lag, env: {}, egressAllow: [] }),
    owner: 'bench',
    region: 'local',
    budget: null,
    whenUnreachable: 'fail',
    deadline: null,
    startBy: systemClock.now() + 30_000,
    uuid: randomUUID,
    sleep: setTimeout,
    stop: new AbortController().signal,
  })
  const recorded: ResultRow[] = []
  for await (const event of events) {
    if (event.type === 'probe_recorded') recorded.push(event.result)
  }
  lag.close()
  return recorded
}
