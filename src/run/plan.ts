import { createHash } from 'node:crypto'
import type { Level, Mode, Plan, PlannedProvider, Probe, Settings, Target, Trigger } from '../core/plan.ts'
import { assumedPrice, type Budget, estimateCall } from '../core/budget.ts'
import type { Price } from '../core/price.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { shuffle } from '../core/random.ts'
import { settingsFor, type TracedRequest, type Work } from '../core/work.ts'
import { requestsOf } from './requests.ts'

/** What a plan is made from. `random` decides the order and `uuid` the ids, so a plan can be reproduced. */
export interface PlanInput {
  name: string
  trigger: Trigger
  mode: Mode
  schedule: string | null
  slot: Date | null
  lateAt: Date | null
  region: string
  /** Times that each target is called with each context tier. */
  runs: number
  /** Sizes of filler in tokens; 0 is none. */
  contextTiers: readonly number[]
  /** Whether each target is called once more, before the others, with each tier. */
  warmup: boolean
  targets: readonly Target[]
  /** Whether the models were named by hand: they do not become active targets. */
  adhoc: boolean
  providers: readonly ConfiguredProvider[]
  priceOf: (target: Target) => Price | null
  /** In tokens; null if it is not known. */
  contextWindowOf: (target: Target) => number | null
  /** Of a sweep, instead of `runs` and `warmup`: its levels, in order, with the targets that they are for. */
  levels?: readonly TargetLevel[]
  budget: Budget | null
  settings: Settings
  random: () => number
  uuid: () => string
}

/** A level, and the target that it loads. */
export interface TargetLevel {
  target: Target
  level: Level
  /** Of a trace: one for each of its calls. */
  traced?: readonly TracedRequest[]
}

/**
 * Plans a run: all its probes, in their order. A sweep goes through its levels, warm-ups first. Else each round calls every target once with each tier, in a random order;
 * in concurrent mode all rounds of one come before the next, so that each is measured under its own load.
 */
export function makePlan(input: PlanInput): Plan {
  const probes = input.levels ? input.levels.flatMap(levelProbes(input)) : plannedProbes(input)
  const used = input.providers.filter(({ entry }) =>
    input.targets.some(({ provider }) => provider === entry.id),
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
    // A slot in which no target is due is as synthetic as what is called in others.
    synthetic: (used.length > 0 ? used : input.providers).some(({ synthetic }) => synthetic),
    settings: input.levels
      ? { ...input.settings, levels: input.levels.map(({ level }) => level), mostCallUsd: mostUsd(probes) }
      : input.settings,
    providers: used.map(plannedProvider),
    probes,
  }
}

const mostUsd = (probes: readonly Probe[]): number =>
  probes.reduce((most, { estimateUsd }) => Math.max(most, estimateUsd ?? 0), 0)

/** A target with a context tier. */
interface Cell {
  target: Target
  /** Null without filler. */
  contextTokens: number | null
  /** The output limit, in tokens. */
  maxTokens: number
  /** Absent if it is called. */
  skipReason?: string
}

function plannedProbes(input: PlanInput): Probe[] {
  const cells = input.targets.flatMap((target) =>
    input.contextTiers.map((tier) => cellOf(input, { target, tier })),
  )
  const rounds = [...Array(input.runs + 1).keys()].slice(input.warmup ? 0 : 1)
  const planned = (cell: Cell, round: number) =>
    // What is not called needs no warm-up.
    round === warmupRound && cell.skipReason !== undefined
      ? []
      : [plannedProbe(input, cell, { iteration: round, series: seriesOf(cell, input.settings) })]
  return input.mode === 'concurrent'
    ? shuffle(cells, input.random).flatMap((cell) => rounds.flatMap((round) => planned(cell, round)))
    : rounds.flatMap((round) => shuffle(cells, input.random).flatMap((cell) => planned(cell, round)))
}

/** The probes of a level, warm-ups first. */
const levelProbes =
  (input: PlanInput) =>
  ({ target, level, traced }: TargetLevel, place: number): Probe[] => {
    const work = input.settings.work ?? { cache: 'cold' }
    const series = seriesOf(cellOf(input, { target, tier: level.contextTokens ?? 0 }), input.settings)
    const requests = requestsOf(level, { work, ...(traced && { traced }), random: input.random })
    return requests.map(({ dueMs, contextTokens, asks }, index) => {
      const cell = cellOf(input, { target, tier: contextTokens ?? 0, maxTokens: asks.maxTokens })
      const own = { ...input, settings: settingsFor(input.settings, asks) }
      const iteration = Math.max(warmupRound, index + 1 - level.warmups)
      return { ...plannedProbe(own, cell, { iteration, series }), level: place, dueMs, asks }
    })
  }

/** The iteration of warm-ups. */
const warmupRound = 0
/** What a context window must hold besides filler and answer, in tokens: the prompt, and what a provider adds. */
const headroomTokens = 100

/** What a cell is made from: a size of 0 is no filler; the output limit is that of the target or run, if absent. */
interface Asked {
  target: Target
  tier: number
  maxTokens?: number | undefined
}

function cellOf({ settings, contextWindowOf }: PlanInput, { target, tier, ...asked }: Asked): Cell {
  const maxTokens = asked.maxTokens ?? target.parameters.maxTokens ?? settings.maxTokens
  if (tier === 0) return { target, contextTokens: null, maxTokens }
  const window = contextWindowOf(target)
  const cell = { target, contextTokens: tier, maxTokens }
  return window !== null && window < tier + maxTokens + headroomTokens
    ? { ...cell, skipReason: `context window ${window} < ${tier} + ${maxTokens} + ${headroomTokens}` }
    : cell
}

const plannedProvider = ({ entry, baseUrl, synthetic }: ConfiguredProvider): PlannedProvider => ({
  id: entry.id,
  name: entry.name,
  baseUrl,
  logoUrl: entry.logoUrl,
  synthetic,
})

const plannedProbe = (
  input: PlanInput,
  cell: Cell,
  { iteration, series }: Pick<Probe, 'iteration' | 'series'>,
): Probe => ({
  id: input.uuid(),
  resultId: input.uuid(),
  iteration,
  region: cell.target.region ?? input.region,
  series,
  ...priceFor(cell, input),
  warmup: iteration === warmupRound,
  level: null,
  dueMs: null,
  asks: null,
  target: cell.target,
  contextTokens: cell.contextTokens,
  ...(cell.skipReason !== undefined && { skipReason: cell.skipReason }),
})

/** The price of a target and what a call may cost. */
function priceFor(
  { target, contextTokens, maxTokens }: Cell,
  { priceOf: known, settings, budget }: PlanInput,
): Pick<Probe, 'price' | 'estimateUsd' | 'inputUsd'> {
  const price = known(target)
  return { price, ...estimateCall(settings, { maxTokens, contextTokens }, price ?? assumedPrice(budget)) }
}

/**
 * The hash of everything that makes two results comparable over time: prompt without nonce, limits,
 * parameters, pin, the context tier if there is one, whether connections are reused, and what else the requests of a
 * sweep say. All requests of a
 * level are one series, also if they differ: they are drawn from the same, and judged together.
 */
function seriesOf(
  { target, contextTokens, maxTokens }: Cell,
  { work, promptHash, temperature, reuseConnections }: Settings,
): string {
  const { reasoning, pin = null } = target.parameters
  const { prompt = promptHash, limit = maxTokens, ...more } = work === undefined ? {} : identityOf(work)
  const identity = [prompt, limit, temperature, reasoning, pin]
  const ofTier = contextTokens === null ? identity : [...identity, contextTokens]
  const reused = reuseConnections === true ? ['reused connections'] : []
  return sha256(JSON.stringify([...ofTier, ...Object.entries(more), ...reused])).slice(0, 16)
}

/** What makes requests of a sweep other ones than those of a run: nothing if they are the same. */
function identityOf({ cache, sharedTokens, outputs, prompts, trace }: Work) {
  const isOne = outputs !== undefined && 'list' in outputs && outputs.list.length === 1
  return {
    ...(prompts && { prompt: prompts.map(({ hash }) => hash) }),
    ...(outputs && { limit: isOne ? outputs.list[0] : outputs }),
    ...(cache !== 'cold' && { cache }),
    ...(sharedTokens !== undefined && { sharedTokens }),
    // Its requests have limits of their own, of which --total takes the first.
    ...(trace && { limit: null, trace: trace.hash, blockTokens: trace.blockTokens }),
  }
}

/** SHA-256 of a text, in hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
