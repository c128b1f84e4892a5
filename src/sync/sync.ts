import type { SyncOutcome } from '../core/catalog.ts'
import type { Clock } from '../core/clock.ts'
import { messageOf } from '../core/error.ts'
import type { PlannedProvider, Trigger } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { everyModel } from '../store/every-model.ts'
import { failureOf, type Store, StoreError, type StoreFailure } from '../store/store.ts'
import { fetchListing, ranOut } from './fetch-listing.ts'
import { type Judged, judge, nothingOf } from './judge.ts'
import type { PriceBooks } from './price-books.ts'

/** The parts of a sync. */
export interface SyncParts {
  store: Store
  clock: Clock
  uuid: () => string
  providers: readonly ConfiguredProvider[]
  books: PriceBooks
  trigger: Trigger
  env: NodeJS.ProcessEnv
  /** Hosts that a person opened to providers that are not trusted. */
  egressAllow: readonly string[]
  /** Report changes without making them. */
  dryRun: boolean
  /** Switch leaving targets to their successors. */
  heal: boolean
  /** Accept a listing that is empty or has shrunk. */
  acceptShrunk: boolean
  /** Aborted: ask no further provider. */
  stop: AbortSignal
}

/** The events of a sync. `store_failed` and `stopped` are the last of it. */
export type SyncEvent =
  | { type: 'asking'; provider: { id: string; name: string } }
  | { type: 'outcome'; outcome: SyncOutcome }
  | { type: 'store_failed'; error: StoreFailure }
  | { type: 'stopped'; notAsked: string[] }

/** Asks every provider for its models, one after another, and saves the changes. */
export async function* syncModels(parts: SyncParts): AsyncGenerator<SyncEvent> {
  for (const [index, provider] of parts.providers.entries()) {
    const { id, name } = provider.entry
    try {
      if (!parts.stop.aborted) yield { type: 'asking', provider: { id, name } }
      const outcome = parts.stop.aborted ? null : await syncProvider(provider, parts)
      if (outcome === null) {
        yield { type: 'stopped', notAsked: parts.providers.slice(index).map(({ entry }) => entry.id) }
        return
      }
      yield { type: 'outcome', outcome }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      yield { type: 'store_failed', error: failureOf(error) }
      return
    }
  }
}

/**
 * Syncs one provider; null if a person stopped it meanwhile. One provider's bad data must not affect the others.
 */
async function syncProvider(provider: ConfiguredProvider, parts: SyncParts): Promise<SyncOutcome | null> {
  const startedAt = parts.clock.date()
  try {
    const judged = await judgeProvider(provider, parts, startedAt)
    return judged === null ? null : await save(judged, provider, parts)
  } catch (error) {
    if (!isOfThisProvider(error)) throw error
    const reason = `the listing of ${provider.entry.name} could not be processed: ${messageOf(error)}`
    const { entry } = provider
    const nothing = nothingOf({ entry, uuid: parts.uuid, startedAt })
    const outcome: SyncOutcome = { ...nothing, status: 'failed', reason }
    return save({ outcome, models: [] }, provider, parts)
  }
}

/** Whether the database rejects the values, or our own code fails on them: not an unreachable database. */
const isOfThisProvider = (error: unknown): boolean =>
  !(error instanceof StoreError) || ['invalid', 'conflict', 'too_large', 'bug'].includes(error.kind)

async function judgeProvider(
  provider: ConfiguredProvider,
  parts: SyncParts,
  startedAt: Date,
): Promise<Judged | null> {
  const { store, env, egressAllow, stop } = parts
  const [listing, known] = await Promise.all([
    fetchListing(provider, { env, egressAllow, at: startedAt, signal: stop }),
    everyModel(store, [provider.entry.id]),
  ])
  const { books, uuid, heal, acceptShrunk } = parts
  const { entry } = provider
  // What time alone ended is told: nobody else would know which provider was too slow.
  return stop.aborted && !ranOut(stop)
    ? null
    : judge(listing, known, { entry, books, uuid, heal, acceptShrunk, startedAt })
}

async function save(
  { outcome: judged, models }: Judged,
  provider: ConfiguredProvider,
  { clock, store, trigger, dryRun }: SyncParts,
): Promise<SyncOutcome> {
  const outcome: SyncOutcome = { ...judged, finishedAt: clock.date() }
  if (dryRun) return outcome.status === 'saved' ? { ...outcome, status: 'planned' } : outcome
  await store.saveSync({ about: aboutOf(provider), trigger, outcome, models })
  return outcome
}

const aboutOf = ({ entry, baseUrl, synthetic }: ConfiguredProvider): PlannedProvider => ({
  id: entry.id,
  name: entry.name,
  baseUrl,
  logoUrl: entry.logoUrl,
  synthetic,
})
