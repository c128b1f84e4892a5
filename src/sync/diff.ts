import {
  aliasOf,
  type CatalogModel,
  type LeavingTarget,
  type ListedModel,
  type ModelChanges,
  type ModelFacts,
  type PriceChange,
  type PriceConflict,
  servedNames,
} from '../core/catalog.ts'
import type { Target } from '../core/plan.ts'
import { type Price, priceGap, sameRates } from '../core/price.ts'
import type { Candidate } from '../core/provider.ts'

/**
 * Why a listing is implausible, or null: it is empty, or lacks more than half of the models listed last time.
 */
export function whyDoubtful(listed: readonly ListedModel[], known: readonly CatalogModel[]): string | null {
  if (listed.length === 0) return 'the listing is empty'
  const served = servedNames(idsOf(listed))
  const before = known.filter(({ available }) => available === true)
  const still = before.filter(({ model }) => served.has(model)).length
  if (still * 2 >= before.length) return null
  return `the listing lost more than half of its models: it has ${still} of the ${before.length} listed before`
}

const idsOf = (models: readonly { model: string }[]): string[] => models.map(({ model }) => model)

const namesOf = (models: readonly { model: string }[]): string[] => idsOf(models).toSorted()

/** What a listing changes in a provider's known models. */
export function changesIn(listed: readonly ListedModel[], known: readonly CatalogModel[]): ModelChanges {
  const served = servedNames(idsOf(listed))
  const before = new Map(known.map((model) => [model.model, model]))
  return {
    added: namesOf(listed.filter(({ model }) => (before.get(model)?.available ?? null) === null)),
    left: namesOf(known.filter(({ model, available }) => available !== false && !served.has(model))),
    returned: namesOf(known.filter(({ model, available }) => available === false && served.has(model))),
    changed: namesOf(
      listed.filter((model) => {
        const then = before.get(model.model)
        return then?.available === true && saysMore(model, then)
      }),
    ),
  }
}

/** Aliases that were gone and are served again by a listed snapshot, each with the facts of that snapshot. */
export function returnedAliases(
  listed: readonly ListedModel[],
  known: readonly CatalogModel[],
): ListedModel[] {
  const ids = new Set(idsOf(listed))
  const gone = new Set(idsOf(known.filter(({ available }) => available === false)))
  const aliases = listed.flatMap((each) => {
    const model = aliasOf(each.model)
    return model !== null && gone.has(model) && !ids.has(model)
      ? [{ ...each, model, displayName: null, price: null }]
      : []
  })
  // An alias means the last of several snapshots.
  return [...new Map(aliases.map((alias) => [alias.model, alias])).values()]
}

/** Facts that stay known if a later listing omits them; dates do not. */
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

/** Days before a shutdown at which a target counts as leaving. */
const noticeDays = 14

/** What decides whether a target is leaving, and its successor. */
interface Standing {
  listed: readonly ListedModel[]
  candidates: readonly Candidate[]
  /** Models that a person or an earlier switch turned on or off; they are not successors. */
  decided?: readonly string[]
  at: Date
}

/**
 * The active targets whose model is gone, or is to be shut down within 14 days, each with the model to use
 * instead: the best available candidate that nobody has decided on, a different one for each leaving model.
 */
export function leavingTargets(active: readonly Target[], standing: Standing): LeavingTarget[] {
  const served = servedNames(idsOf(standing.listed))
  const endOf = (model: string) => (served.has(model) ? endsSoon(model, standing) : null)
  const leaves = (model: string) => !served.has(model) || endOf(model) !== null
  const taken = new Set([...idsOf(active), ...(standing.decided ?? [])])
  const free = idsOf(standing.candidates).filter((model) => !leaves(model) && !taken.has(model))
  const leaving = active.filter(({ model }) => leaves(model))
  const left = [...new Set(idsOf(leaving))]
  return leaving.map((target) => ({
    target,
    shutdownOn: endOf(target.model),
    successor: free[left.indexOf(target.model)] ?? null,
    healed: false,
    isOwned: false,
  }))
}

/**
 * The announced shutdown if it is near or past, the provider's date before ours. An alias ends with the last
 * of its snapshots.
 */
function endsSoon(model: string, { listed, candidates, at }: Standing): string | null {
  const exact = listed.filter((each) => each.model === model)
  const rows = exact.length > 0 ? exact : listed.filter((each) => aliasOf(each.model) === model)
  const days = rows.map(({ shutdownOn }) => shutdownOn).filter((day) => day !== null)
  const announced = days.length < rows.length ? undefined : days.toSorted().at(-1)
  const day = announced ?? candidates.find((each) => each.model === model)?.shutdownOn
  if (day === undefined) return null
  return new Date(day).getTime() - at.getTime() <= noticeDays * 24 * 3_600_000 ? day : null
}

/** Sources with a larger gap conflict. */
const conflictGap = 0.05

/** Compares the sources' prices of a model, most trusted first, with the price in force. */
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
