import type { ListedModel, PriceChange, PriceConflict, SyncOutcome } from '../core/catalog.ts'
import type { Target } from '../core/plan.ts'
import type { Price } from '../core/price.ts'
import type { ProviderEntry } from '../core/provider.ts'
import type { ModelRecord } from '../store/model-codec.ts'
import { changesIn, judgePrices, leavingTargets, returnedAliases, whyDoubtful } from './diff.ts'
import type { Listing } from './fetch-listing.ts'
import type { PriceBooks } from './price-books.ts'

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

/** What a listing is judged with. */
export interface JudgeParts {
  entry: ProviderEntry
  books: PriceBooks
  uuid: () => string
  /** Switch active targets whose model is leaving to its successor. */
  heal: boolean
  /** Believe a listing that is empty or has shrunk. */
  acceptShrunk: boolean
  startedAt: Date
}

/** An outcome that changes nothing. */
export const nothingOf = ({ entry, uuid, startedAt }: Pick<JudgeParts, 'entry' | 'uuid' | 'startedAt'>) => ({
  ...emptyOutcome,
  id: uuid(),
  provider: { id: entry.id, name: entry.name },
  startedAt,
  finishedAt: startedAt,
})

/** The outcome of a listing before it is saved, and the models to save. */
export interface Judged {
  outcome: SyncOutcome
  models: ListedModel[]
}

/** The outcome of a listing, and the models to save: none if it is implausible. */
export function judge(listing: Listing, known: readonly ModelRecord[], parts: JudgeParts): Judged {
  const { entry, startedAt } = parts
  const nothing = nothingOf(parts)
  if ('problem' in listing)
    return { outcome: { ...nothing, status: 'failed', reason: listing.problem }, models: [] }
  const { models, unreadable } = listing
  const counts = { listed: models.length, chat: models.filter(isChat).length, unreadable }
  const doubt = parts.acceptShrunk ? null : whyDoubtful(models, known)
  if (doubt !== null)
    return { outcome: { ...nothing, ...counts, status: 'refused', reason: doubt }, models: [] }
  const active = known.flatMap(({ targets }) => targets.filter((target) => target.active === true))
  const owned = new Set<Target>(active.filter(({ ownedBy }) => ownedBy !== null))
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
    leaving: leaving.map((each) => {
      const isOwned = owned.has(each.target)
      // A host chosen by a person may not serve the successor.
      const moves = each.successor !== null && each.target.parameters.pin === undefined && !isOwned
      return { ...each, isOwned, healed: parts.heal && moves }
    }),
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
