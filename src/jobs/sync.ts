import type { SyncOutcome } from '../core/catalog.ts'
import type { Trigger } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { type Watcher, watched } from '../run/watch.ts'
import type { StoreFailure } from '../store/store.ts'
import { logSync } from '../sync/log-sync.ts'
import { openPriceBooks } from '../sync/price-books.ts'
import { type SyncEvent, syncModels } from '../sync/sync.ts'
import type { App } from './app.ts'
import { queueDigests } from './digests.ts'
import { judgeAndTell } from './judge-and-tell.ts'
import { noProviderKey, type Refusal } from './refusal.ts'
import { tellNow } from './teller.ts'

/** A request for a sync of models, prices and targets. */
export interface SyncRequest {
  /** The providers that are asked. */
  configured: readonly ConfiguredProvider[]
  trigger: Trigger
  /** Only report what would change. */
  dryRun: boolean
  /** Switch active targets whose model is leaving to its successor. */
  heal: boolean
  /** Accept a listing that is empty or has shrunk. */
  acceptShrunk: boolean
  /** Asks no further provider once aborted. */
  stop: AbortSignal
}

/** A summary of the events of a sync so far. */
interface SyncSummary {
  outcomes: SyncOutcome[]
  /** Providers that there was no time for. */
  notAsked: string[]
  /** The store failed, which ended the sync; null if it did not. */
  lost: StoreFailure | null
}

/** A sync whose providers are asked as its events are read. */
export interface StartedSync {
  /** Which prices could not be brought up to date. */
  notes: string[]
  events: AsyncIterable<SyncEvent>
  summary: SyncSummary
  /** Closes the store. */
  close: () => Promise<void>
}

/** Opens the store and the price books side by side. Rejects with StoreError. */
export async function startSync(
  { configured, trigger, dryRun, heal, acceptShrunk, stop }: SyncRequest,
  app: App,
): Promise<StartedSync | { refusal: Refusal }> {
  if (configured.length === 0) return { refusal: noProviderKey }
  const { store: handle, config, clock, uuid, env, log } = app
  const [store, books] = await Promise.all([
    handle.open(),
    openPriceBooks({ ...config.sync.books, env, now: clock.date(), signal: stop }),
  ])
  const { egressAllow } = config
  const flags = { trigger, dryRun, heal, acceptShrunk, stop }
  const events = syncModels({ ...flags, providers: configured, store, clock, uuid, env, egressAllow, books })
  const summary: SyncSummary = { outcomes: [], notAsked: [], lost: null }
  return {
    notes: books.notes,
    events: watched(events, [(event) => logSync(log, event), addTo(summary)]),
    summary,
    close: async () => {
      // A price or a listing may have changed.
      if (!dryRun && summary.outcomes.length > 0) await judgeAndTell(store, app, (judge) => judge.models())
      if (!dryRun && (await queueDigests(store, app))) await tellNow(store, app)
      await store.close()
    },
  }
}

const addTo =
  (summary: SyncSummary): Watcher<SyncEvent> =>
  (event) => {
    switch (event.type) {
      case 'outcome':
        summary.outcomes.push(event.outcome)
        return
      case 'store_failed':
        summary.lost = event.error
        return
      case 'stopped':
        summary.notAsked = event.notAsked
        return
      case 'asking':
    }
  }
