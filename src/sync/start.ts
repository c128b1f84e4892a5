import type { Clock } from '../core/clock.ts'
import type { Trigger } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import type { Store } from '../store/store.ts'
import { openPriceBooks } from './price-books.ts'
import type { SyncSettings } from './settings.ts'
import { type SyncEvent, syncModels } from './sync.ts'

/** What is asked for. */
export interface SyncRequest {
  providers: readonly ConfiguredProvider[]
  trigger: Trigger
  dryRun: boolean
  heal: boolean
  acceptShrunk: boolean
  stop: AbortSignal
}

/** What a sync is opened with. */
export interface StartParts {
  openStore: () => Promise<Store>
  books: SyncSettings['books']
  clock: Clock
  uuid: () => string
  env: NodeJS.ProcessEnv
  /** Hosts that are open to providers that are not trusted. */
  egressAllow: readonly string[]
}

/** A sync that is about to begin; `notes` tell which prices could not be brought up to date. */
export interface StartedSync {
  notes: string[]
  events: AsyncGenerator<SyncEvent>
  close: () => Promise<void>
}

/** Opens the store and the price books side by side. Rejects with StoreError. */
export async function startSync(request: SyncRequest, parts: StartParts): Promise<StartedSync> {
  const { clock, uuid, env, egressAllow } = parts
  const [store, books] = await Promise.all([
    parts.openStore(),
    openPriceBooks({ ...parts.books, env, now: clock.date(), signal: request.stop }),
  ])
  return {
    notes: books.notes,
    events: syncModels({ ...request, store, clock, uuid, env, egressAllow, books }),
    close: () => store.close(),
  }
}
