import type { RunEvent } from '../run/events.ts'
import type { Watcher } from '../run/watch.ts'
import type { AlertStore } from '../store/alert-store.ts'
import type { App } from './app.ts'
import { type DigestApp, queueDigests } from './digests.ts'
import { openJudge } from './judge.ts'
import type { Place } from './judge-targets.ts'
import { openTeller, tried } from './teller.ts'

/** Judges what a run records, and tells whoever is to be told. Nothing of it rejects: what fails is logged, and judged or told by the next. */
export interface Alerting {
  /** Judges a result once it is recorded: before the next call, or beside it if calls are measured in threads. */
  watch: Watcher<RunEvent>
  /** Judges what is left, and tells what there is to tell, within a time in ms. */
  finish: (withinMs: number) => Promise<void>
}

/** What alerting needs of an installation. */
export type AlertApp = DigestApp & Pick<App, 'sleep' | 'host' | 'env' | 'uuid' | 'web'>

/** Judges and tells for as long as a store is open. */
export function openAlerting(
  store: AlertStore,
  app: AlertApp,
  { inThreads, saves }: { inThreads: boolean; saves: boolean },
): Alerting {
  const judge = openJudge(store, app)
  const teller = openTeller(store, app)
  const waiting = new Map<string, Place>()
  let working: Promise<void> | null = null
  const work = async () => {
    for (const [key, of] of waiting) {
      waiting.delete(key)
      const changed = await tried(app, () => judge.target(of))
      if (changed === true && inThreads) void teller.tell()
    }
    working = null
  }
  return {
    watch: async (event) => {
      const of = judgedBy(event)
      if (of === null) return
      waiting.set(`${of.targetId} ${of.region}`, of)
      working ??= work()
      if (!inThreads) await working
    },
    finish: async (withinMs) => {
      const until = app.clock.now() + withinMs
      await working
      await tried(app, judge.rest)
      // Of a run by hand the environment may be another one, which is no reason to switch channels off.
      if (saves) {
        await tried(app, () => store.saveChannels({ channels: app.config.alerts.channels }))
        await queueDigests(store, app)
      }
      await teller.tell(until)
    },
  }
}

/** Failures that may be our own network's, which is known when the run is closed: until then they open nothing. */
const networkKinds: readonly (string | null)[] = ['dns', 'connect', 'timeout_connect', 'tls', 'reset']

/** Whose result an event is, if it is judged at once: no warm-up, no load of ours, not made in maintenance. */
function judgedBy(event: RunEvent): Place | null {
  if (event.type !== 'probe_recorded') return null
  const { target_id: targetId } = event
  const { region, level, warmup, own_load, maintenance, error_kind } = event.result
  const counts = level === null && !warmup && !own_load && !maintenance && !networkKinds.includes(error_kind)
  return counts && targetId !== null && region !== null ? { targetId, region } : null
}
