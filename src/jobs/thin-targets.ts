import { everyText } from '../core/every.ts'
import { counted } from '../core/text.ts'
import { retryUntil } from '../run/retry-until.ts'
import { calendarOf, type Spending } from '../run/purses.ts'
import { type Costly, thin, type Thinning } from '../run/thin.ts'
import type { Catalog, KnownTarget } from '../store/catalog-codec.ts'
import type { RunStore } from '../store/store.ts'
import type { Defaults } from './config.ts'
import { callCostsOf, regionsOf } from './call-costs.ts'
import type { PriceParts } from './prices.ts'
import { type CatalogParts, isThinning } from './read-catalog.ts'

/** What targets are thinned with. */
export interface ThinParts extends PriceParts, Pick<CatalogParts, 'sleep' | 'startBy' | 'stop'> {
  store: Pick<RunStore, 'readBudget' | 'thinTargets'>
  defaults: Pick<Defaults, 'budget' | 'thins' | 'region' | 'schedule' | 'prompt' | 'maxTokens'>
}

/** A catalog whose targets have the intervals that the budget leaves them, and the ids of those that a slot leaves out. */
export interface ThinnedCatalog {
  catalog: Catalog
  leftOut: ReadonlySet<string>
  notes: string[]
}

const unthinned: Thinning = { minutes: new Map(), leftOut: new Set() }

/**
 * Thins the targets of a slot so that the budget lasts, and keeps their intervals, which is what is expected of them
 * from then on. Rejects with StoreError.
 */
export async function thinTargets(slot: Date, catalog: Catalog, parts: ThinParts): Promise<ThinnedCatalog> {
  const { store, defaults, clock, sleep, startBy: until, stop } = parts
  const { budget } = defaults
  const retrying = <Output>(call: () => Promise<Output>) => retryUntil(call, { clock, sleep, until, stop })
  const thinning =
    budget === null || !isThinning(defaults)
      ? unthinned
      : await thinningFor(slot, catalog, {
          parts,
          budget,
          days: (await retrying(() => store.readBudget({}))).days,
        })
  const { minutes, leftOut } = thinning
  const rows = catalog.targets
    .map(({ id, thinnedMinutes }) => ({ id, minutes: minutes.get(id) ?? null, before: thinnedMinutes }))
    .filter((row) => row.minutes !== row.before)
    .map(({ id, minutes: of }) => ({ id, minutes: of }))
  if (rows.length > 0) await retrying(() => store.thinTargets({ rows }))
  const targets = catalog.targets.map((target) => ({
    ...target,
    everyMinutes: minutes.get(target.id) ?? target.everyMinutes,
  }))
  return { catalog: { ...catalog, targets }, leftOut, notes: notesOf(targets, thinning) }
}

interface BudgetParts extends Spending {
  parts: ThinParts
}

async function thinningFor(
  slot: Date,
  catalog: Catalog,
  { parts, budget, days }: BudgetParts,
): Promise<Thinning> {
  const { region, schedule } = parts.defaults
  const costOf = await callCostsOf(catalog, parts)
  const regions = regionsOf(catalog, region)
  const costly = catalog.targets.flatMap((target): Costly[] => {
    const cost = costOf(target)
    const { id, everyMinutes, region: own } = target
    return cost === null ? [] : [{ id, everyMinutes, ...cost, regions: own === null ? regions : 1 }]
  })
  const { purses, pace } = calendarOf(slot, schedule.cron, { budget, days })
  return thin(costly, purses, pace)
}

/** What a person should know of targets that are thinned, the rarest first. */
function notesOf(targets: readonly KnownTarget[], { minutes, leftOut }: Thinning): string[] {
  const everyOf = ({ id }: KnownTarget) => minutes.get(id) ?? 0
  const thinned = targets
    .filter(({ id }) => minutes.has(id) && !leftOut.has(id))
    .toSorted((a, b) => everyOf(b) - everyOf(a))
    .map((target) => `${nameOf(target)} every ${everyText(everyOf(target))}`)
  const without = targets.filter(({ id }) => leftOut.has(id)).map(nameOf)
  return [
    ...(thinned.length === 0
      ? []
      : [
          `${thinned.length} of ${counted(targets.length, 'target')} ${thinned.length === 1 ? 'is' : 'are'} called less often, ` +
            `so that the budget lasts: ${someOf(thinned)}.`,
        ]),
    ...(without.length === 0 ? [] : [`The budget has not even a call a day for ${someOf(without)}.`]),
  ]
}

const nameOf = ({ provider, model }: KnownTarget): string => `${provider} ${model}`

const mostNamed = 3
const someOf = (texts: readonly string[]): string =>
  [
    ...texts.slice(0, mostNamed),
    ...(texts.length > mostNamed ? [`${texts.length - mostNamed} more`] : []),
  ].join(', ')
