import type { ListedModel, PriceChange, PriceConflict, SyncOutcome } from '../core/catalog.ts'
import type { Clock } from '../core/clock.ts'
import type { PlannedProvider, Trigger } from '../core/plan.ts'
import type { Price } from '../core/price.ts'
import type { ConfiguredProvider, ProviderEntry } from '../core/provider.ts'
import { everyModel } from '../store/every-model.ts'
import { type ModelRecord, type Store, StoreError } from '../store/store.ts'
import { changesIn, judgePrices, leavingTargets, whyDoubtful } from './diff.ts'
import { fetchListing, type Listing } from './fetch-listing.ts'
import type { PriceBooks } from './price-books.ts'

/** What a sync is made with. */
export interface SyncParts {
  store: Store
  clock: Clock
  uuid: () => string
  providers: readonly ConfiguredProvider[]
  books: PriceBooks
  trigger: Trigger
  env: NodeJS.ProcessEnv
  /** Hosts that are open to providers that are not trusted. */
  egressAllow: readonly string[]
  /** Tell what would change, and change nothing. */
  dryRun: boolean
  /** Switch active targets whose model leaves to its successor. */
  heal: boolean
  /** Believe a listing that is empty or has shrunk. */
  acceptShrunk: boolean
  /** No further provider is asked. */
  stop: AbortSignal
}

/** What happens in a sync: a provider is asked, and what that came to; or the store failed, which ends it. */
export type SyncEvent =
  | { type: 'asking'; provider: { id: string; name: string } }
  | { type: 'outcome'; outcome: SyncOutcome }
  | { type: 'store_failed'; error: StoreError }

/** Asks every provider for its models, one after another, and saves what that changes. */
export async function* syncModels(parts: SyncParts): AsyncGenerator<SyncEvent> {
  for (const provider of parts.providers) {
    if (parts.stop.aborted) return
    const { id, name } = provider.entry
    yield { type: 'asking', provider: { id, name } }
    try {
      const outcome = await syncProvider(provider, parts)
      if (outcome === null) return
      yield { type: 'outcome', outcome }
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      yield { type: 'store_failed', error }
      return
    }
  }
}

/** Null where it was stopped on the way. */
async function syncProvider(provider: ConfiguredProvider, parts: SyncParts): Promise<SyncOutcome | null> {
  const { clock, store, env, egressAllow, stop, trigger, dryRun } = parts
  const startedAt = clock.date()
  const [listing, known] = await Promise.all([
    fetchListing(provider, { env, egress: { allow: egressAllow }, at: startedAt, signal: stop }),
    everyModel(store, [provider.entry.id]),
  ])
  if (stop.aborted) return null
  const judged = judge(listing, known, { provider, parts, startedAt })
  const outcome: SyncOutcome = { ...judged.outcome, finishedAt: clock.date() }
  if (dryRun) return outcome.status === 'saved' ? { ...outcome, status: 'planned' } : outcome
  await store.saveSync({ about: aboutOf(provider), trigger, outcome, models: judged.models })
  return outcome
}

const aboutOf = ({ entry, baseUrl, synthetic }: ConfiguredProvider): PlannedProvider => ({
  id: entry.id,
  name: entry.name,
  baseUrl,
  logoUrl: entry.logoUrl,
  synthetic,
})

const emptyOutcome = {
  listed: 0,
  chat: 0,
  unreadable: 0,
  unpriced: 0,
  changes: { added: [], left: [], returned: [], changed: [] },
  prices: [],
  conflicts: [],
  leaving: [],
}

interface About {
  provider: ConfiguredProvider
  parts: SyncParts
  startedAt: Date
}

/** What a listing comes to, and the models that are to be saved: none where it is not believed. */
function judge(
  listing: Listing,
  known: readonly ModelRecord[],
  { provider, parts, startedAt }: About,
): { outcome: SyncOutcome; models: ListedModel[] } {
  const { entry } = provider
  const nothing = {
    ...emptyOutcome,
    id: parts.uuid(),
    provider: { id: entry.id, name: entry.name },
    startedAt,
    finishedAt: startedAt,
  }
  if ('problem' in listing)
    return { outcome: { ...nothing, status: 'failed', reason: listing.problem }, models: [] }
  const { models, unreadable } = listing
  const counts = { listed: models.length, chat: models.filter(isChat).length, unreadable }
  const doubt = parts.acceptShrunk ? null : whyDoubtful(models, known)
  if (doubt !== null)
    return { outcome: { ...nothing, ...counts, status: 'refused', reason: doubt }, models: [] }
  const active = known.flatMap(({ targets }) => targets.filter((target) => target.active === true))
  const leaving = leavingTargets(active, { listed: models, candidates: entry.candidates, at: startedAt })
  const outcome: SyncOutcome = {
    ...nothing,
    ...counts,
    ...pricesOf(models, known, { entry, books: parts.books, at: startedAt }),
    status: 'saved',
    reason: null,
    changes: changesIn(models, known),
    leaving: leaving.map((each) => ({
      ...each,
      // A host that a person chose may not serve the successor.
      healed: parts.heal && each.successor !== null && each.target.parameters.pin === undefined,
    })),
  }
  return { outcome, models }
}

const isChat = ({ type }: ListedModel): boolean => type === 'chat'

/** Prices of every chat model that is listed, and of what is benchmarked under a name that is not. */
function pricesOf(
  listed: readonly ListedModel[],
  known: readonly ModelRecord[],
  { entry, books, at }: { entry: ProviderEntry; books: PriceBooks; at: Date },
): Pick<SyncOutcome, 'prices' | 'conflicts' | 'unpriced'> {
  const before = new Map(known.map((model) => [model.model, model.price]))
  const own = new Map<string, Price | null>(
    known.filter(({ targets }) => targets.length > 0).map(({ model }) => [model, null]),
  )
  for (const model of listed.filter(isChat)) own.set(model.model, model.price)
  const prices: PriceChange[] = []
  const conflicts: PriceConflict[] = []
  let unpriced = 0
  for (const [model, price] of own) {
    const found = [price, ...books.find(entry, model, at)].filter((each) => each !== null)
    const inForce = before.get(model) ?? null
    const judged = judgePrices(model, inForce, found)
    if (judged.change) prices.push(judged.change)
    conflicts.push(...judged.conflicts)
    if (found.length === 0 && inForce === null) unpriced += 1
  }
  return { prices, conflicts, unpriced }
}
