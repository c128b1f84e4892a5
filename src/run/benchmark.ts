import type { Clock } from '../core/clock.ts'
import type { Mode, Plan, Settings, Target, Timeouts, Trigger } from '../core/plan.ts'
import type { Price } from '../core/price.ts'
import type { ConfiguredProvider, ProviderEntry } from '../core/provider.ts'
import type { Observation } from '../core/result.ts'
import type { Call } from '../probe/probe.ts'
import { selectTargets } from '../registry/select.ts'
import type { KnownModel, Store } from '../store/store.ts'
import { execute, type RunEvent } from './execute.ts'
import { makePlan, sha256 } from './plan.ts'
import { type Schedule, slotOf } from './slot.ts'

/** The settings of this installation. */
export interface Defaults {
  prompt: string
  maxTokens: number
  temperature: number
  timeouts: Timeouts
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
export interface BenchmarkParts {
  store: Store
  clock: Clock
  random: () => number
  uuid: () => string
  providers: readonly ConfiguredProvider[]
  defaults: Defaults
  measure: (call: Call) => Promise<Observation>
  /** What is published of a model's price, where none is recorded. */
  findPrice: FindPrice
  /** Who claims the probes: a name for this process. */
  owner: string
  stop: AbortSignal
  until?: number
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

/** Chooses the targets, makes the plan and gives the events of its execution; a refusal where there is nothing to do. */
export async function benchmark(
  request: BenchmarkRequest,
  parts: BenchmarkParts,
): Promise<{ plan: Plan; notes: string[]; events: AsyncGenerator<RunEvent> } | { refusal: Refusal }> {
  const { providers, store, defaults } = parts
  if (providers.length === 0) return { refusal: noProviderKey }
  const catalog = await store.readCatalog({ providers: providers.map(({ entry }) => entry.id) })
  const selection = selectTargets({
    configured: providers,
    catalog,
    providers: request.providers,
    region: defaults.region,
    model: request.model,
  })
  if ('problem' in selection) return { refusal: { kind: 'bad_selection', message: selection.problem } }
  const plan = makePlan({
    ...request,
    ...parts,
    name: request.scheduled ? defaults.schedule.name : `${request.trigger} run`,
    mode: modeOf(request, selection.targets),
    schedule: request.scheduled ? defaults.schedule.name : null,
    slot: request.scheduled ? slotOf(defaults.schedule.cron, request.firedFor ?? parts.clock.date()) : null,
    region: defaults.region,
    targets: selection.targets,
    adhoc: request.model !== null,
    priceOf: await pricesOf(selection.targets, catalog.models, parts),
    settings: settingsOf(defaults),
  })
  return { plan, notes: selection.notes, events: execute(plan, { ...parts, region: defaults.region }) }
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

function modeOf({ scheduled, runs }: BenchmarkRequest, targets: readonly Target[]): Mode {
  if (scheduled) return 'scheduled'
  return targets.length * runs === 1 ? 'single' : 'multi'
}

const settingsOf = ({ prompt, maxTokens, temperature, timeouts }: Defaults): Settings => ({
  prompt,
  promptHash: sha256(prompt),
  maxTokens,
  temperature,
  timeouts,
})
