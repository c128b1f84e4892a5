import type { Budget } from '../core/budget.ts'
import type { Mode, Order, Plan, Settings, Target, Timeouts, Trigger } from '../core/plan.ts'
import type { Price } from '../core/price.ts'
import type { ProviderEntry } from '../core/provider.ts'
import { selectTargets } from '../registry/select.ts'
import type { Catalog, KnownModel } from '../store/plan-codec.ts'
import { isUnreachable } from '../store/store.ts'
import { execute, type ExecuteParts, type RunEvent } from './execute.ts'
import { whyTooLong } from './fit.ts'
import { patiently } from './patience.ts'
import { makePlan, sha256 } from './plan.ts'
import { lateAfter, type Schedule, slotOf } from './slot.ts'

/** The settings of this installation. */
export interface Defaults {
  prompt: string
  maxTokens: number
  temperature: number
  timeouts: Timeouts
  order: Order
  confirm: boolean
  /** Null where nothing limits what may be spent. */
  budget: Budget | null
  region: string
  schedule: Schedule
}

/** What is asked for: which targets, how often, and for which reason. */
export interface BenchmarkRequest {
  trigger: Trigger
  /** Run for the schedule's current slot; one run a slot, ever. */
  scheduled: boolean
  /** The fire time, where the trigger names it: a timer may fire a moment before it. */
  firedFor?: Date
  /** Short or display names of providers; all configured ones without. */
  providers: readonly string[]
  /** Exact model id, else a part of one. */
  model: string | null
  runs: number
}

/** The published price of a model, null where nobody publishes one. */
export type FindPrice = (provider: ProviderEntry, model: string, at: Date) => Promise<Price | null>

/** What a benchmark is made with. */
export interface BenchmarkParts extends Omit<ExecuteParts, 'region' | 'budget'> {
  defaults: Defaults
  /** What is published of a model's price, where none is recorded. */
  findPrice: FindPrice
}

/** A benchmark that cannot begin: nothing was called and nothing was recorded. */
export interface Refusal {
  kind: 'no_provider_key' | 'bad_selection' | 'bad_configuration'
  message: string
}

/** What to do when there is no key at all. */
export const noProviderKey: Refusal = {
  kind: 'no_provider_key',
  message:
    'no provider is configured: set the key of at least one, such as OPENAI_API_KEY (.env.example lists them all)',
}

/** A benchmark that has been planned. */
export interface Planned {
  plan: Plan
  notes: string[]
  events: AsyncGenerator<RunEvent>
}

/** Chooses the targets, makes the plan and gives the events of its execution; a refusal where there is nothing to do. Rejects with StoreError where the catalog cannot be read. */
export async function benchmark(
  request: BenchmarkRequest,
  parts: BenchmarkParts,
): Promise<Planned | { refusal: Refusal }> {
  const { providers, defaults } = parts
  if (providers.length === 0) return { refusal: noProviderKey }
  const { catalog, isOffline } = await catalogFor(request, parts)
  const selection = selectTargets({
    configured: providers,
    catalog,
    providers: request.providers,
    region: defaults.region,
    model: request.model,
  })
  if ('problem' in selection) return { refusal: { kind: 'bad_selection', message: selection.problem } }
  const { targets } = selection
  const slot = slotFor(request, parts)
  const lateAt = slot === null ? null : lateAfter(defaults.schedule.cron, slot)
  const plan = makePlan({
    ...request,
    ...parts,
    name: request.scheduled ? defaults.schedule.name : `${request.trigger} run`,
    mode: modeOf(request, targets),
    schedule: request.scheduled ? defaults.schedule.name : null,
    slot,
    lateAt,
    budget: defaults.budget,
    region: defaults.region,
    targets,
    adhoc: request.model !== null,
    priceOf: await pricesOf(targets, catalog.models, parts),
    settings: settingsOf(defaults),
  })
  const tooLong =
    slot === null || lateAt === null
      ? null
      : whyTooLong(targets, { ...catalog, ...defaults, intervalMs: lateAt.getTime() - slot.getTime() })
  const notes = [...selection.notes, ...(tooLong === null ? [] : [tooLong])]
  return { plan, notes, events: execute(plan, executeParts(parts, isOffline)) }
}

/** What execution is given beside the plan. */
export const executeParts = (parts: BenchmarkParts, isOffline: boolean): ExecuteParts => ({
  ...parts,
  region: parts.defaults.region,
  budget: parts.defaults.budget,
  isOffline,
})

const nothingKnown: Catalog = { targets: [], paused: [], models: [], pace: [] }

/** What the database knows; nothing for a run by hand while the database is away, since that goes on without. */
async function catalogFor(
  { scheduled }: BenchmarkRequest,
  parts: BenchmarkParts,
): Promise<{ catalog: Catalog; isOffline: boolean }> {
  const { store, providers, spool, isOffline = false } = parts
  if (isOffline) return { catalog: nothingKnown, isOffline }
  const read = () => store.readCatalog({ providers: providers.map(({ entry }) => entry.id) })
  try {
    const catalog = await (scheduled ? patiently(read, parts) : read())
    return { catalog, isOffline: false }
  } catch (error) {
    if (scheduled || spool === null || !isUnreachable(error)) throw error
    return { catalog: nothingKnown, isOffline: true }
  }
}

/** The recorded price of each target, else the published one. Rows of source `registry` are from before there were others. */
async function pricesOf(
  targets: readonly Target[],
  known: readonly KnownModel[],
  { providers, findPrice, clock }: BenchmarkParts,
): Promise<(target: Target) => Price | null> {
  const prices = new Map<Target, Price | null>()
  for (const target of targets) {
    const { provider, model } = target
    const recorded = known.find((each) => each.provider === provider && each.model === model)?.price ?? null
    const entry = providers.find(({ entry: { id } }) => id === provider)?.entry
    const isOld = recorded === null || recorded.source === 'registry'
    const published = isOld && entry?.pricedAs ? await findPrice(entry, model, clock.date()) : null
    prices.set(target, published ?? recorded)
  }
  return (target) => prices.get(target) ?? null
}

/** The slot that a scheduled run is for; null for one by hand. */
export const slotFor = (
  { scheduled, firedFor }: Pick<BenchmarkRequest, 'scheduled' | 'firedFor'>,
  { defaults, clock }: Pick<BenchmarkParts, 'defaults' | 'clock'>,
): Date | null => (scheduled ? slotOf(defaults.schedule.cron, firedFor ?? clock.date()) : null)

function modeOf({ scheduled, runs }: BenchmarkRequest, targets: readonly Target[]): Mode {
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
