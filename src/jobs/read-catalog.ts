import type { Clock } from '../core/clock.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { retryUntil } from '../run/retry-until.ts'
import type { Catalog } from '../store/catalog-codec.ts'
import { isUnreachable, type RunStore } from '../store/store.ts'
import type { Defaults } from './config.ts'

/** What the catalog is read with. */
export interface CatalogParts {
  store: Pick<RunStore, 'readCatalog'>
  configured: readonly ConfiguredProvider[]
  defaults: Pick<Defaults, 'region' | 'budget' | 'thins'>
  /** False if the database is known to be unreachable. */
  isReachable: boolean
  /** Whether a run by hand may continue while the database is unreachable. */
  mayGoWithout: boolean
  clock: Clock
  sleep: (ms: number) => Promise<unknown>
  /** The `clock.now()` until which a scheduled run waits for the database. */
  startBy: number
  stop: AbortSignal
}

const nothingKnown: Catalog = { targets: [], paused: [], models: [], pace: [], regions: [], lanes: [] }

/** Whether the dearest targets of a scheduled run are called less often, so that a budget lasts. */
export const isThinning = ({ budget, thins }: Pick<Defaults, 'budget' | 'thins'>): boolean =>
  budget !== null && thins

/** What the database knows; nothing for a run by hand that continues without it. Rejects with StoreError. */
export async function readCatalog(
  scheduled: boolean,
  { store, configured, defaults, isReachable, mayGoWithout, clock, sleep, ...parts }: CatalogParts,
): Promise<{ catalog: Catalog; isReachable: boolean }> {
  if (!isReachable) return { catalog: nothingKnown, isReachable }
  const { startBy: until, stop } = parts
  const { region } = defaults
  const providers = configured.map(({ entry }) => entry.id)
  const read = () =>
    store.readCatalog({ providers, region, ...(scheduled && isThinning(defaults) && { costs: true }) })
  try {
    const catalog = await (scheduled ? retryUntil(read, { clock, sleep, until, stop }) : read())
    return { catalog, isReachable: true }
  } catch (error) {
    if (scheduled || !mayGoWithout || !isUnreachable(error)) throw error
    return { catalog: nothingKnown, isReachable: false }
  }
}
