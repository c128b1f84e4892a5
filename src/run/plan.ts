import { createHash } from 'node:crypto'
import type { Mode, Plan, PlannedProvider, Probe, Settings, Target, Trigger } from '../core/plan.ts'
import { type Budget, estimateCall } from '../core/budget.ts'
import { type Price, priceOf } from '../core/price.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { shuffle } from '../core/random.ts'

/** What a plan is made from. `random` decides the order and `uuid` the ids, so a plan can be reproduced. */
export interface PlanInput {
  name: string
  trigger: Trigger
  mode: Mode
  schedule: string | null
  slot: Date | null
  lateAt: Date | null
  region: string
  /** Times that each target is called. */
  runs: number
  targets: readonly Target[]
  /** Whether the models were named by hand: they do not become active targets. */
  adhoc: boolean
  providers: readonly ConfiguredProvider[]
  priceOf: (target: Target) => Price | null
  budget: Budget | null
  settings: Settings
  random: () => number
  uuid: () => string
}

/** Plans a run: all its probes, in their order. Each round calls every target once, in a random order. */
export function makePlan(input: PlanInput): Plan {
  const used = input.providers.filter(({ entry }) =>
    input.targets.some(({ provider }) => provider === entry.id),
  )
  const rounds = Array.from({ length: input.runs }, (_, round) =>
    shuffle(input.targets, input.random).map((target) => plannedProbe(input, target, round + 1)),
  )
  return {
    id: input.uuid(),
    name: input.name,
    trigger: input.trigger,
    mode: input.mode,
    schedule: input.schedule,
    slot: input.slot,
    lateAt: input.lateAt,
    adhoc: input.adhoc,
    synthetic: used.some(({ synthetic }) => synthetic),
    settings: input.settings,
    providers: used.map(plannedProvider),
    probes: rounds.flat(),
  }
}

const plannedProvider = ({ entry, baseUrl, synthetic }: ConfiguredProvider): PlannedProvider => ({
  id: entry.id,
  name: entry.name,
  baseUrl,
  logoUrl: entry.logoUrl,
  synthetic,
})

const plannedProbe = (input: PlanInput, target: Target, iteration: number): Probe => ({
  id: input.uuid(),
  resultId: input.uuid(),
  target,
  iteration,
  region: target.region ?? input.region,
  series: seriesOf(target, input.settings),
  ...priceFor(target, input),
  warmup: false,
  contextTokens: null,
})

/**
 * The price of a target and what a call may cost; under a budget an unknown price is assumed to be
 * `maxPricePerM`.
 */
function priceFor(
  target: Target,
  { priceOf: known, settings, budget }: PlanInput,
): Pick<Probe, 'price' | 'estimateUsd' | 'inputUsd'> {
  const price = known(target)
  const most = budget?.maxPricePerM ?? null
  const assumed = most === null ? null : priceOf({ inputPerM: most, outputPerM: most, source: 'assumed' })
  const maxTokens = target.parameters.maxTokens ?? settings.maxTokens
  return { price, ...estimateCall(settings, maxTokens, price ?? assumed) }
}

/**
 * The hash of everything that makes two results comparable over time: prompt without nonce, limits,
 * parameters, pin.
 */
function seriesOf(target: Target, settings: Settings): string {
  const { reasoning, pin = null, maxTokens = settings.maxTokens } = target.parameters
  const identity = [settings.promptHash, maxTokens, settings.temperature, reasoning, pin]
  return sha256(JSON.stringify(identity)).slice(0, 16)
}

/** SHA-256 of a text, in hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
