import type { Clock } from '../core/clock.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { startLagMonitor } from '../probe/lag.ts'
import type { Pool } from '../probe/pool.ts'
import { probe } from '../probe/probe.ts'
import { warmUp } from '../probe/sdk.ts'
import type { LiveTexts } from '../run/live-texts.ts'
import type { RunParts } from '../run/parts.ts'
import type { RunStore } from '../store/store.ts'

/** What is open while benchmarks are made: the store, and a probe in a process that is warm and monitored. */
export interface MeasuringSession {
  store: RunStore
  measure: RunParts['measure']
  close: () => Promise<void>
}

/** What a session is opened with. `env` is read for proxies; `abort` ends the probe in hand. */
export interface SessionParts {
  openStore: () => Promise<RunStore>
  providers: readonly ConfiguredProvider[]
  clock: Clock
  env: NodeJS.ProcessEnv
  /** Hosts that are open to untrusted providers. */
  egressAllow: readonly string[]
  /** The longest that a call may take, in ms. */
  longestMs: number
  abort: AbortSignal
  /** Threads to measure in; in this thread without. */
  pool?: Pick<Pool, 'measure'>
  /** Shows what is measured in threads while somebody reads it. */
  texts: Pick<LiveTexts, 'onlookerOf'>
}

/** How much longer event-loop lag is remembered, in ms: for connecting, and the work after the call. */
export const marginMs = 10_000

/** Opens the store and warms the SDKs side by side: each takes most of a second. Rejects with StoreError. */
export async function openSession(parts: SessionParts): Promise<MeasuringSession> {
  const { openStore, providers, clock, env, egressAllow, longestMs, abort: signal, pool, texts } = parts
  if (pool !== undefined) {
    const store = await openStore()
    const measure: RunParts['measure'] = (call, of) => pool.measure(call, signal, texts.onlookerOf(of))
    return { store, measure, close: store.close }
  }
  const warm = warmUp(providers.map(({ entry }) => entry.sdk))
  const [opened, warmed] = await Promise.allSettled([openStore(), warm])
  if (opened.status === 'rejected') throw opened.reason
  const store = opened.value
  if (warmed.status === 'rejected') {
    await store.close()
    throw warmed.reason
  }
  const lag = startLagMonitor(clock, longestMs + marginMs)
  return {
    store,
    measure: (call) => probe(call, { clock, lag, env, egressAllow, signal }),
    close: async () => {
      lag.close()
      await store.close()
    },
  }
}
