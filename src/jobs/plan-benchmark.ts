import type { ChosenMode, MadeWith, Mode, Plan, Settings, Target, Trigger } from '../core/plan.ts'
import { makeNonce } from '../core/prompt.ts'
import { requestLimits } from '../core/request-limits.ts'
import { mostOutput } from '../core/work.ts'
import { namedTargets, selectTargets } from '../registry/select.ts'
import { isDue } from '../run/due.ts'
import { type Fit, whyTooLong } from '../run/fit.ts'
import { makePlan, type PlanInput, sha256 } from '../run/plan.ts'
import { lateAfter, slotOf } from '../run/slot.ts'
import type { Catalog } from '../store/catalog-codec.ts'
import type { RunStore } from '../store/store.ts'
import type { Defaults } from './config.ts'
import { type PriceParts, pricesOf } from './prices.ts'
import { type CatalogParts, readCatalog } from './read-catalog.ts'
import type { Refusal } from './refusal.ts'
import { thinTargets, type ThinnedCatalog } from './thin-targets.ts'
import { levelsOf, politely, type Sweep, sweepRefusal } from './sweep.ts'

/** What is to be benchmarked, how often, and for what reason. */
export interface BenchmarkSelection {
  trigger: Trigger
  /** Run for the schedule's current slot; one run a slot, ever. */
  scheduled: boolean
  /** The fire time, if the trigger names it: a timer may fire a moment before it, and a fleet plans ahead. */
  firedFor?: Date
  /** Whether it is made by a fleet, whose lanes say whether it fits between two slots. */
  sharded?: boolean
  /** Short or display names of providers; empty for all that are configured. */
  providers: readonly string[]
  /** Exact model id, else a part of one; null for the active targets. */
  model: string | null
  /** Exact models of providers, instead of the two above. */
  named?: readonly { provider: string; model: string }[]
  /** Calls of each target with each context tier. */
  runs: number
  /** By default `single` for one probe, else `multi`; a schedule's slot has its own. */
  mode?: ChosenMode
  /** Calls in flight at once, in concurrent mode. */
  concurrency?: number
  /** Sizes of filler in tokens; 0 is none. */
  contextTiers?: readonly number[]
  /** One call more of each target with each tier, before the others; never for a single probe. */
  warmup?: boolean
  /** Loads instead of a mode and its calls. */
  sweep?: Sweep
  /** What makes it, which is kept with it. */
  madeWith?: MadeWith
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
  store: Pick<RunStore, 'readCatalog' | 'readBudget' | 'thinTargets'>
  defaults: Defaults
  /** Hosts that a person opened. */
  egressAllow: readonly string[]
  random: () => number
  uuid: () => string
}

/** A planned run. `isReachable` is false if the catalog could not be read, so that it was planned without. */
export interface PlannedBenchmark {
  plan: Plan
  notes: string[]
  /** How long calls of each provider take. */
  pace: Catalog['pace']
  /** How many calls of each provider may be in flight, if not as usual. */
  lanes: Catalog['lanes']
  isReachable: boolean
}

/** Chooses the targets and makes the plan. Rejects with StoreError if the catalog cannot be read. */
export async function planBenchmark(
  selection: BenchmarkSelection,
  parts: PlanParts,
): Promise<PlannedBenchmark | { refusal: Refusal }> {
  const { configured, defaults, random, uuid } = parts
  const { region, schedule } = defaults
  const { trigger, scheduled, providers, model, named } = selection
  const known = await readCatalog(scheduled, parts)
  const slot = slotFor(selection, parts)
  const thinned = await thinnedFor(slot, known.catalog, parts)
  const { catalog } = thinned
  const selected =
    named === undefined
      ? selectTargets({ configured, catalog, providers, region, model })
      : namedTargets(named, { configured, catalog, region })
  if ('problem' in selected) return { refusal: { kind: 'bad_selection', message: selected.problem } }
  const targets = dueIn(slot, selected.targets, thinned)
  const { pace, lanes } = catalog
  const { wanted, notes: politeNotes } = asAllowed(selection, targets, parts)
  const calls = callsOf(wanted, targets, pace)
  if ('refusal' in calls) return calls
  const lateAt = slot === null ? null : lateAfter(schedule.cron, slot)
  const plan = makePlan({
    name: scheduled ? schedule.name : `${trigger} run`,
    trigger,
    schedule: scheduled ? schedule.name : null,
    slot,
    lateAt,
    region,
    ...calls,
    targets,
    adhoc: model !== null || named !== undefined,
    providers: configured,
    priceOf: await pricesOf(targets, catalog.models, parts),
    contextWindowOf: windowIn(catalog),
    budget: defaults.budget,
    settings: { ...settingsOf(defaults, calls.mode, wanted), ...workOf(wanted.sweep, random) },
    random,
    uuid,
  })
  const refusal = sweepRefusal(wanted.sweep, plan, parts)
  if (refusal !== null) return { refusal }
  const notes = [
    ...selected.notes,
    ...thinned.notes,
    ...politeNotes,
    ...(selection.sharded ? [] : tooLongNotes(plan, targets, { latencies: pace, order: defaults.order })),
  ]
  return { plan, notes, pace, lanes, isReachable: known.isReachable }
}

/** The catalog as the budget leaves it for a slot; as it is without one. */
const thinnedFor = async (slot: Date | null, catalog: Catalog, parts: PlanParts): Promise<ThinnedCatalog> =>
  slot === null ? { catalog, leftOut: new Set(), notes: [] } : thinTargets(slot, catalog, parts)

/** The targets that are called in a slot: none, if none is due; all without a slot. */
function dueIn(
  slot: Date | null,
  targets: readonly Target[],
  { catalog, leftOut }: ThinnedCatalog,
): readonly Target[] {
  if (slot === null) return targets
  const resting = new Set<Target>(
    catalog.targets.filter((each) => leftOut.has(each.id) || !isDue(each, slot)),
  )
  return targets.filter((target) => !resting.has(target))
}

/** A selection whose sweep goes no further than its endpoints allow, and what a person should know of that. */
function asAllowed(
  selection: BenchmarkSelection,
  targets: readonly Target[],
  { configured, egressAllow }: Pick<PlanParts, 'configured' | 'egressAllow'>,
): { wanted: BenchmarkSelection; notes: string[] } {
  if (selection.sweep === undefined) return { wanted: selection, notes: [] }
  const called = configured.filter(({ entry }) => targets.some(({ provider }) => provider === entry.id))
  const { sweep, notes } = politely(selection.sweep, called, egressAllow)
  return { wanted: { ...selection, sweep }, notes }
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

const windowIn =
  ({ models }: Catalog): PlanInput['contextWindowOf'] =>
  ({ provider, model: id }) =>
    models.find((known) => known.provider === provider && known.model === id)?.contextWindow ?? null

/** The calls of each target, and the mode that they make a run of; a refusal if the mode that was asked for is another. */
function callsOf(
  {
    scheduled,
    mode: asked,
    runs,
    contextTiers = requestLimits.contextTiers.standard,
    warmup = false,
    sweep,
  }: BenchmarkSelection,
  targets: readonly Target[],
  pace: Catalog['pace'],
): Pick<PlanInput, 'mode' | 'runs' | 'contextTiers' | 'warmup' | 'levels'> | { refusal: Refusal } {
  if (sweep !== undefined) {
    const levels = levelsOf(sweep, targets, { contextTiers, pace })
    return 'refusal' in levels
      ? levels
      : { mode: 'sweep', runs: sweep.total, contextTiers, warmup: true, ...levels }
  }
  const times = runs * contextTiers.length
  const isOne = targets.length * times === 1
  if (asked === 'single' && !isOne)
    return { refusal: { kind: 'bad_selection', message: notSingle(targets, times) } }
  const byHand = asked ?? (isOne && !warmup ? 'single' : 'multi')
  const mode = scheduled ? 'scheduled' : byHand
  return { mode, runs, contextTiers, warmup: warmup && mode !== 'single' }
}

const notSingle = (targets: readonly Target[], times: number): string =>
  `Mode single is one call, and this is ${targets.length * times}: ${targets.length} ` +
  `${targets.length === 1 ? 'target' : 'targets'}, ${times} ${times === 1 ? 'call' : 'calls'} each. ` +
  'Name one model and one context tier, or choose mode multi or comparison.'

/** What the requests of a sweep say, and the most that they may be answered. */
function workOf(sweep: Sweep | undefined, random: () => number): Partial<Settings> {
  if (sweep === undefined) return {}
  const { work = { cache: 'cold' }, traced } = sweep
  const longest = traced?.reduce((most, { outputTokens }) => Math.max(most, outputTokens), 0) ?? 0
  const most = work.outputs === undefined ? longest : mostOutput(work.outputs)
  return { work: { ...work, seed: makeNonce(random) }, ...(most > 0 && { maxTokens: most }) }
}

function settingsOf(
  { prompt, maxTokens, temperature, timeouts, order, confirm }: Defaults,
  mode: Mode,
  { concurrency = requestLimits.concurrency.standard, sweep, madeWith }: BenchmarkSelection,
): Settings {
  const isConcurrent = mode === 'concurrent'
  return {
    prompt,
    promptHash: sha256(prompt),
    maxTokens,
    temperature,
    timeouts,
    order,
    // A recheck would load the provider further.
    confirm: confirm && !isConcurrent && sweep === undefined,
    concurrency: isConcurrent ? concurrency : 1,
    ...(sweep && limitsOf(sweep)),
    ...(madeWith && { madeWith }),
  }
}

const limitsOf = ({ maxCostUsd, maxErrors, reuseConnections = false, objectives = {}, ...sweep }: Sweep) => ({
  maxCostUsd,
  maxErrors,
  ...(sweep.search && { search: sweep.search }),
  ...(sweep.mostCalls !== undefined && { mostCalls: sweep.mostCalls }),
  ...(reuseConnections && { reuseConnections }),
  ...(Object.keys(objectives).length > 0 && { objectives }),
})
