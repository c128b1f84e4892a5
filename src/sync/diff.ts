import {
  type CatalogModel,
  isListed,
  type LeavingTarget,
  type ListedModel,
  type ModelChanges,
  type ModelFacts,
  type PriceChange,
  type PriceConflict,
} from '../core/catalog.ts'
import type { Target } from '../core/plan.ts'
import { type Price, priceGap, sameRates } from '../core/price.ts'
import type { Candidate } from '../core/provider.ts'

/** Why a listing is not to be believed, or null: it is empty, or has less than half of the models that were listed last time. */
export function whyDoubtful(listed: readonly ListedModel[], known: readonly CatalogModel[]): string | null {
  const before = known.filter(({ available }) => available === true).length
  if (listed.length === 0) return 'the listing is empty'
  if (listed.length * 2 >= before) return null
  return `the listing has shrunk by more than half: ${listed.length} models, where ${before} were listed before`
}

const namesOf = (models: readonly { model: string }[]): string[] =>
  models.map(({ model }) => model).toSorted()

/** What a listing changes in what is known of a provider's models. */
export function changesIn(listed: readonly ListedModel[], known: readonly CatalogModel[]): ModelChanges {
  const ids = new Set(listed.map(({ model }) => model))
  const before = new Map(known.map((model) => [model.model, model]))
  return {
    added: namesOf(listed.filter(({ model }) => (before.get(model)?.available ?? null) === null)),
    left: namesOf(known.filter(({ model, available }) => available !== false && !isListed(model, ids))),
    returned: namesOf(listed.filter(({ model }) => before.get(model)?.available === false)),
    changed: namesOf(
      listed.filter((model) => {
        const then = before.get(model.model)
        return then?.available === true && saysMore(model, then)
      }),
    ),
  }
}

/** What a listing says once and then leaves out stays known, but for the dates. */
const kept = [
  'displayName',
  'contextWindow',
  'outputLimit',
  'inputModalities',
  'outputModalities',
  'supportedParameters',
] as const satisfies readonly (keyof ModelFacts)[]

const saysMore = (now: ModelFacts, then: CatalogModel): boolean =>
  now.type !== then.type ||
  now.deprecatedOn !== then.deprecatedOn ||
  now.shutdownOn !== then.shutdownOn ||
  kept.some((name) => now[name] !== null && JSON.stringify(now[name]) !== JSON.stringify(then[name]))

/** Days before a shutdown from which on a target is told to be leaving. */
const noticeDays = 14

/** What the targets of a provider are judged by. */
interface Standing {
  listed: readonly ListedModel[]
  candidates: readonly Candidate[]
  /** Now. */
  at: Date
}

/** The active targets whose model has left, or is to be shut down within 14 days, each with the model to use instead: the best living candidate that is none of them. */
export function leavingTargets(active: readonly Target[], standing: Standing): LeavingTarget[] {
  const ids = new Set(standing.listed.map(({ model }) => model))
  const leaves = (model: string) => !isListed(model, ids) || endsSoon(model, standing) !== null
  const taken = new Set(active.map(({ model }) => model))
  const alive = standing.candidates.find(({ model }) => !leaves(model) && !taken.has(model))
  return active
    .filter(({ model }) => leaves(model))
    .map((target) => ({
      target,
      shutdownOn: isListed(target.model, ids) ? endsSoon(target.model, standing) : null,
      successor: alive?.model ?? null,
      healed: false,
    }))
}

/** The announced day, where it is near or past; the provider's word before ours. */
function endsSoon(model: string, { listed, candidates, at }: Standing): string | null {
  const day =
    listed.find((each) => each.model === model)?.shutdownOn ??
    candidates.find((each) => each.model === model)?.shutdownOn
  if (day === undefined) return null
  return new Date(day).getTime() - at.getTime() <= noticeDays * 24 * 3_600_000 ? day : null
}

/** Two sources that are further apart than this are in conflict. */
const conflictGap = 0.05

/** What the sources say of a model, the most believed first, against the price in force. */
export function judgePrices(
  model: string,
  inForce: Price | null,
  found: readonly Price[],
): { change: PriceChange | null; conflicts: PriceConflict[] } {
  const all = inForce?.source === 'manual' ? [inForce, ...found] : found
  const [chosen, ...others] = all
  if (chosen === undefined) return { change: null, conflicts: [] }
  const isNew = inForce === null || !sameRates(chosen, inForce)
  return {
    change: isNew ? { model, before: inForce, price: chosen } : null,
    conflicts: others
      .map((other) => ({ model, chosen, other, gap: priceGap(chosen, other) }))
      .filter(({ gap }) => gap > conflictGap),
  }
}
