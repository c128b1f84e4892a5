import type { Clock } from '../core/clock.ts'
import type { Trigger } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { Store } from '../store/store.ts'
import { openPriceBooks } from './price-books.ts'
import type { SyncSettings } from './settings.ts'
import { type SyncEvent, syncModels } from './sync.ts'

/** A sync request. */
export interface SyncRequest {
  providers: readonly ConfiguredProvider[]
  trigger: Trigger
  dryRun: boolean
  heal: boolean
  acceptShrunk: boolean
  stop: AbortSignal
}

/** The dependencies of a sync. */
export interface StartParts {
  openStore: () => Promise<Store>
  books: SyncSettings['books']
  clock: Clock
  uuid: () => string
  env: NodeJS.ProcessEnv
  /** Hosts that a person opened to providers that are not trusted. */
  egressAllow: readonly string[]
}

/** A sync about to start; `notes` say which prices could not be updated. */
export interface StartedSync {
  notes: string[]
  events: AsyncGenerator<SyncEvent>
  close: () => Promise<void>
}

/** Opens the store and the price books in parallel. Rejects with StoreError. */
export async function startSync(request: SyncRequest, parts: StartParts): Promise<StartedSync> {
  const { providers, trigger, dryRun, heal, acceptShrunk, stop } = request
  const { clock, uuid, env, egressAllow } = parts
  const { genaiPricesUrl, modelsDevUrl } = parts.books
  const [store, books] = await Promise.all([
    parts.openStore(),
    openPriceBooks({ genaiPricesUrl, modelsDevUrl, env, now: clock.date(), signal: stop }),
  ])
  return {
    notes: books.notes,
    events: syncModels({
      providers,
      trigger,
      dryRun,
      heal,
      acceptShrunk,
      stop,
      store,
      clock,
      uuid,
      env,
      egressAllow,
      books,
    }),
    close: () => store.close(),
  }
}
