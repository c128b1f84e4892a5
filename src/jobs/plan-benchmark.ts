import type { Clock } from '../core/clock.ts'
import type { Mode, Plan, Settings, Target, Trigger } from '../core/plan.ts'
import type { Price } from '../core/price.ts'
import type { ConfiguredProvider, ProviderEntry } from '../core/provider.ts'
import { selectTargets } from '../registry/select.ts'
import { whyTooLong } from '../run/fit.ts'
import { makePlan, sha256 } from '../run/plan.ts'
import { retryUntil } from '../run/retry-until.ts'
import { lateAfter, slotOf } from '../run/slot.ts'
import type { Catalog } from '../store/plan-codec.ts'
import { isUnreachable, type RunStore } from '../store/store.ts'
import type { Defaults } from './config.ts'
import type { Refusal } from './refusal.ts'

/** What is to be benchmarked, how often, and for what reason. */
export interface BenchmarkSelection {
  trigger: Trigger
  /** Run for the schedule's current slot; one run a slot, ever. */
  scheduled: boolean
  /** The fire time, if the trigger names it: a timer may fire a moment before it. */
  firedFor?: Date
  /** Short or display names of providers; empty for all that are configured. */
  providers: readonly string[]
  /** Exact model id, else a part of one; null for the active targets. */
  model: string | null
  runs: number
}

/** The published price of a model; null if nobody publishes one. */
export type FindPrice = (provider: ProviderEntry, model: string, at: Date) => Promise<Price | null>

/** What a plan is made with. */
export interface PlanParts {
  store: Pick<RunStore, 'readCatalog'>
  /** False if the database is known to be unreachable. */
  isReachable: boolean
  /** Whether a run by hand may continue while the database is unreachable. */
  mayGoWithout: boolean
  clock: Clock
  sleep: (ms: number) => Promise<unknown>
  /** The `clock.now()` until which a scheduled run waits for the database. */
  startBy: number
  stop: AbortSignal
  random: () => number
  uuid: () => string
  configured: readonly ConfiguredProvider[]
  defaults: Defaults
  findPrice: FindPrice
}

/** A run that has been planned; `isReachable` is false if the catalog was not, so that nothing is known. */
export interface PlannedBenchmark {
  plan: Plan
  notes: string[]
  isReachable: boolean
}

/** Chooses the targets and makes the plan. Rejects with StoreError if the catalog cannot be read. */
export async function planBenchmark(
  selection: BenchmarkSelection,
  parts: PlanParts,
): Promise<PlannedBenchmark | { refusal: Refusal }> {
  const { configured, defaults, random, uuid } = parts
  const { region, schedule } = defaults
  const { trigger, scheduled, providers, model, runs } = selection
  const { catalog, isReachable } = await catalogFor(scheduled, parts)
  const selected = selectTargets({ configured, catalog, providers, region, model })
  if ('problem' in selected) return { refusal: { kind: 'bad_selection', message: selected.problem } }
  const { targets } = selected
  const slot = slotFor(selection, parts)
  const lateAt = slot === null ? null : lateAfter(schedule.cron, slot)
  const plan = makePlan({
    name: scheduled ? schedule.name : `${trigger} run`,
    trigger,
    mode: modeOf(selection, targets),
    schedule: scheduled ? schedule.name : null,
    slot,
    lateAt,
    region,
    runs,
    targets,
    adhoc: model !== null,
    providers: configured,
    priceOf: await pricesOf(targets, catalog.models, parts),
    budget: defaults.budget,
    settings: settingsOf(defaults),
    random,
    uuid,
  })
  const notes = [...selected.notes, ...tooLongNotes(plan, targets, { catalog, defaults })]
  return { plan, notes, isReachable }
}

/** What a person should know if a scheduled plan does not fit between two slots. */
function tooLongNotes(
  { slot, lateAt }: Plan,
  targets: readonly Target[],
  { catalog, defaults }: { catalog: Catalog; defaults: Defaults },
): string[] {
  if (slot === null || lateAt === null) return []
  const intervalMs = lateAt.getTime() - slot.getTime()
  const tooLong = whyTooLong(targets, { latencies: catalog.pace, order: defaults.order, intervalMs })
  return tooLong === null ? [] : [tooLong]
}

const nothingKnown: Catalog = { targets: [], paused: [], models: [], pace: [] }

/** What the database knows; nothing for a run by hand that continues without it. */
async function catalogFor(
  scheduled: boolean,
  { store, configured, isReachable, mayGoWithout, clock, sleep, startBy: until, stop }: PlanParts,
): Promise<{ catalog: Catalog; isReachable: boolean }> {
  if (!isReachable) return { catalog: nothingKnown, isReachable }
  const read = () => store.readCatalog({ providers: configured.map(({ entry }) => entry.id) })
  try {
    const catalog = await (scheduled ? retryUntil(read, { clock, sleep, until, stop }) : read())
    return { catalog, isReachable: true }
  } catch (error) {
    if (scheduled || !mayGoWithout || !isUnreachable(error)) throw error
    return { catalog: nothingKnown, isReachable: false }
  }
}

/** The recorded price of each target, else the published one. Prices of source `registry` are from before there were sources. */
async function pricesOf(
  targets: readonly Target[],
  known: Catalog['models'],
  { configured, findPrice, clock }: Pick<PlanParts, 'configured' | 'findPrice' | 'clock'>,
): Promise<(target: Target) => Price | null> {
  const prices = new Map<Target, Price | null>()
  for (const target of targets) {
    const { provider, model } = target
    const recorded = known.find((each) => each.provider === provider && each.model === model)?.price ?? null
    const entry = configured.find(({ entry: { id } }) => id === provider)?.entry
    const isOld = recorded === null || recorded.source === 'registry'
    const published = isOld && entry?.pricedAs ? await findPrice(entry, model, clock.date()) : null
    prices.set(target, published ?? recorded)
  }
  return (target) => prices.get(target) ?? null
}

/** The slot that a scheduled run is for; null for one by hand. */
export const slotFor = (
  { scheduled, firedFor }: Pick<BenchmarkSelection, 'scheduled' | 'firedFor'>,
  { defaults, clock }: Pick<PlanParts, 'defaults' | 'clock'>,
): Date | null => (scheduled ? slotOf(defaults.schedule.cron, firedFor ?? clock.date()) : null)

function modeOf({ scheduled, runs }: BenchmarkSelection, targets: readonly Target[]): Mode {
  if (scheduled) return 'scheduled'
  return targets.length * runs === 1 ? 'single' : 'multi'
}

const settingsOf = ({ prompt, maxTokens, temperature, timeouts, order, confirm }: Defaults): Settings => ({
  prompt,
  promptHash: sha256(prompt),
  maxTokens,
  temperature,
  timeouts,
  order,
  confirm,
})
