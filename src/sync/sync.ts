import { messageOf } from '../core/error.ts'
import type { ListedModel, PriceChange, PriceConflict, SyncOutcome } from '../core/catalog.ts'
import type { Clock } from '../core/clock.ts'
import type { PlannedProvider, Trigger } from '../core/plan.ts'
import type { Price } from '../core/price.ts'
import type { ConfiguredProvider, ProviderEntry } from '../core/provider.ts'
import { everyModel } from '../store/every-model.ts'
import type { ModelRecord } from '../store/model-codec.ts'
import { failureOf, type Store, StoreError, type StoreFailure } from '../store/store.ts'
import { changesIn, judgePrices, leavingTargets, returnedAliases, whyDoubtful } from './diff.ts'
import { fetchListing, type Listing } from './fetch-listing.ts'
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
 * Syncs one provider; null if it was stopped meanwhile. One provider's bad data must not affect the others.
 */
async function syncProvider(provider: ConfiguredProvider, parts: SyncParts): Promise<SyncOutcome | null> {
  const startedAt = parts.clock.date()
  try {
    const judged = await judgeProvider(provider, parts, startedAt)
    return judged === null ? null : await save(judged, provider, parts)
  } catch (error) {
    if (!isOfThisProvider(error)) throw error
    const reason = `the listing of ${provider.entry.name} could not be processed: ${messageOf(error)}`
    const outcome: SyncOutcome = { ...nothingOf({ provider, parts, startedAt }), status: 'failed', reason }
    return save({ outcome, models: [] }, provider, parts)
  }
}

/** Whether the database rejects the values, or our own code fails on them: not an unreachable database. */
const isOfThisProvider = (error: unknown): boolean =>
  !(error instanceof StoreError) || ['invalid', 'conflict', 'bug'].includes(error.kind)

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
  return stop.aborted ? null : judge(listing, known, { provider, parts, startedAt })
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

const nothingOf = ({ provider: { entry }, parts, startedAt }: About) => ({
  ...emptyOutcome,
  id: parts.uuid(),
  provider: { id: entry.id, name: entry.name },
  startedAt,
  finishedAt: startedAt,
})

interface Judged {
  outcome: SyncOutcome
  models: ListedModel[]
}

/** The outcome of a listing, and the models to save: none if it is implausible. */
function judge(listing: Listing, known: readonly ModelRecord[], about: About): Judged {
  const { parts, startedAt } = about
  const { entry } = about.provider
  const nothing = nothingOf(about)
  if ('problem' in listing)
    return { outcome: { ...nothing, status: 'failed', reason: listing.problem }, models: [] }
  const { models, unreadable } = listing
  const counts = { listed: models.length, chat: models.filter(isChat).length, unreadable }
  const doubt = parts.acceptShrunk ? null : whyDoubtful(models, known)
  if (doubt !== null)
    return { outcome: { ...nothing, ...counts, status: 'refused', reason: doubt }, models: [] }
  const active = known.flatMap(({ targets }) => targets.filter((target) => target.active === true))
  const decided = known.filter(({ targets }) => targets.some((target) => target.active !== null))
  const leaving = leavingTargets(active, {
    listed: models,
    candidates: entry.candidates,
    decided: decided.map(({ model }) => model),
    at: startedAt,
  })
  const outcome: SyncOutcome = {
    ...nothing,
    ...counts,
    ...pricesOf(models, known, { entry, books: parts.books, at: startedAt }),
    status: 'saved',
    reason: null,
    changes: changesIn(models, known),
    leaving: leaving.map((each) => ({
      ...each,
      // A host chosen by a person may not serve the successor.
      healed: parts.heal && each.successor !== null && each.target.parameters.pin === undefined,
    })),
  }
  return { outcome, models: [...models, ...returnedAliases(models, known)] }
}

const isChat = ({ type }: ListedModel): boolean => type === 'chat'

/** Prices of every listed chat model, and of benchmarked models that are not listed by name. */
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
