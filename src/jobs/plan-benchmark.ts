import type { Mode, Plan, Settings, Target, Trigger } from '../core/plan.ts'
import { selectTargets } from '../registry/select.ts'
import { type Fit, whyTooLong } from '../run/fit.ts'
import { makePlan, sha256 } from '../run/plan.ts'
import { lateAfter, slotOf } from '../run/slot.ts'
import type { Defaults } from './config.ts'
import { type PriceParts, pricesOf } from './prices.ts'
import { type CatalogParts, readCatalog } from './read-catalog.ts'
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

/** What a timer asks for: every active target once, for the schedule's current slot. */
export const currentSlot: BenchmarkSelection = {
  trigger: 'cron',
  scheduled: true,
  providers: [],
  model: null,
  runs: 1,
}

/** What a plan is made with. */
export interface PlanParts extends CatalogParts, PriceParts {
  defaults: Defaults
  random: () => number
  uuid: () => string
}

/** A planned run. `isReachable` is false if the catalog could not be read, so that it was planned without. */
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
  const { catalog, isReachable } = await readCatalog(scheduled, parts)
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
  const notes = [
    ...selected.notes,
    ...tooLongNotes(plan, targets, { latencies: catalog.pace, order: defaults.order }),
  ]
  return { plan, notes, isReachable }
}

/** What a person should know if a scheduled plan does not fit between two slots. */
function tooLongNotes(
  { slot, lateAt }: Plan,
  targets: readonly Target[],
  fit: Omit<Fit, 'intervalMs'>,
): string[] {
  if (slot === null || lateAt === null) return []
  const tooLong = whyTooLong(targets, { ...fit, intervalMs: lateAt.getTime() - slot.getTime() })
  return tooLong === null ? [] : [tooLong]
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
  concurrency: 1,
})
