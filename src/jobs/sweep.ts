import { counted } from '../core/text.ts'
import type { ClosedLoad, OpenLoad, Plan, Search, Target } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { sweepLimits } from '../core/request-limits.ts'
import type { TracedRequest, Work } from '../core/work.ts'
import { isOurs } from '../net/egress.ts'
import type { TypicalLatency } from '../run/fit.ts'
import { callsOf, levelOf } from '../run/level.ts'
import type { TargetLevel } from '../run/plan.ts'
import { isFree } from './estimate.ts'
import type { Refusal } from './refusal.ts'

/** What a sweep is to do with each of its targets and context tiers. */
export interface Sweep {
  /** One after the other; of a search, where it begins. */
  loads: readonly (Omit<ClosedLoad, 'staggerMs'> | OpenLoad)[]
  /** Calls per level that are measured. */
  total: number
  /** What a good request keeps, which its reports judge by unless they are told otherwise; none if absent. */
  objectives?: Readonly<Record<string, number>>
  /** How long each level sends them instead, in ms. */
  durationMs?: number
  /** How levels are added to the first of each target and context tier; by default there are none. */
  search?: Search
  /** Calls that it may come to while it grows; by default as many as a run may have. */
  mostCalls?: number
  /** What the requests say; by default the prompt of the run with a beginning of its own each. */
  work?: Omit<Work, 'seed'>
  /** The requests of its trace, in order of time; its load is theirs. */
  traced?: readonly TracedRequest[]
  /** Null for no limit. */
  maxCostUsd: number | null
  maxErrors: number | null
  /** Whether requests may share connections, one after the other. */
  reuseConnections?: boolean
  /** Whether a person says that the endpoints may be loaded as far as they like. */
  ownEndpoint: boolean
}

/** Over how long clients begin, in ms: one usual call, one second if none is known, and not for ever; and a pause. */
const unknownCallMs = 1000
const longestStaggerMs = 5000

/** What is known beside the targets of a sweep. */
interface LevelParts {
  contextTiers: readonly number[]
  pace: readonly TypicalLatency[]
}

/** The levels of a sweep; a refusal if they have too many calls for one run. */
export function levelsOf(
  sweep: Sweep,
  targets: readonly Target[],
  parts: LevelParts,
): { levels: TargetLevel[] } | { refusal: Refusal } {
  const cells = targets.length * parts.contextTiers.length
  const calls = cells * callsOfEach(sweep)
  return calls <= sweepLimits.calls
    ? { levels: everyLevel(sweep, targets, parts) }
    : {
        refusal: refused(
          `a sweep has at most ${sweepLimits.calls} calls, and this is ${calls} in ${counted(cells * sweep.loads.length, 'level')}: ask for fewer levels, targets, context tiers or a smaller total or duration`,
        ),
      }
}

/** Calls that a sweep begins with for each target with a context tier, warm-ups among them. */
export const callsOfEach = ({ loads, ...length }: Pick<Sweep, 'loads' | 'total' | 'durationMs'>): number =>
  loads.reduce((sum, load) => {
    const { warmups, total } = callsOf(load, length)
    return sum + warmups + total
  }, 0)

/** Every load of a target with a tier, before the next tier and target. */
function everyLevel(
  { loads, total, durationMs, traced }: Sweep,
  targets: readonly Target[],
  { contextTiers, pace }: LevelParts,
): TargetLevel[] {
  return targets.flatMap((target) => {
    const { provider, model } = target
    const usualMs = pace.find((known) => known.provider === provider)?.typicalMs ?? unknownCallMs
    const staggerMs = Math.min(usualMs, longestStaggerMs)
    return contextTiers.flatMap((tier) =>
      loads.map((load): TargetLevel => {
        const contextTokens = tier === 0 ? null : tier
        const frame = {
          provider,
          model,
          contextTokens,
          total,
          ...(durationMs !== undefined && { durationMs }),
        }
        const paced = 'rate' in load ? load : { ...load, staggerMs: staggerMs + (load.thinkMs ?? 0) }
        return { target, level: levelOf(frame, paced), ...(traced && { traced }) }
      }),
    )
  })
}

/** What an endpoint of somebody else is never loaded beyond, unless its owner says so. */
const politest = { concurrency: 8, rate: 2 } as const

/**
 * A sweep whose search goes no further than an endpoint of somebody else may be loaded, unless its owner says so, and
 * what a person should know of that.
 */
export function politely(
  sweep: Sweep,
  called: readonly ConfiguredProvider[],
  egressAllow: readonly string[],
): { sweep: Sweep; notes: string[] } {
  const { search, loads, ownEndpoint } = sweep
  const foreign = called.filter((provider) => !isOursToLoad(provider, egressAllow))
  const isByRate = loads.some((load) => 'rate' in load)
  const most = isByRate ? politest.rate : politest.concurrency
  if (search === undefined || ownEndpoint || foreign.length === 0 || search.most <= most)
    return { sweep, notes: [] }
  const what = isByRate ? `${most} requests/s` : `concurrency ${most}`
  return {
    sweep: { ...sweep, search: { ...search, most } },
    notes: [
      `The search ends at ${what}, because ${namesOf(foreign)} is no endpoint of this machine, of a private network or of EGRESS_ALLOW: say --i-own-this-endpoint (i_own_this_endpoint in a request) if you may load it further.`,
    ],
  }
}

/** Why a sweep may not call some of its targets, or null, as of any other run: judged before anything is called. */
export function sweepRefusal(
  sweep: Sweep | undefined,
  { providers, probes }: Pick<Plan, 'providers' | 'probes'>,
  { configured, egressAllow }: { configured: readonly ConfiguredProvider[]; egressAllow: readonly string[] },
): Refusal | null {
  if (sweep === undefined) return null
  const { loads, maxCostUsd, ownEndpoint, work } = sweep
  const called = configured.filter(({ entry }) => providers.some(({ id }) => id === entry.id))
  const foreign = called.filter((provider) => !isOursToLoad(provider, egressAllow))
  const isHeavy = loads.some((load) =>
    'rate' in load
      ? (work?.trace?.peakRate ?? load.rate) > politest.rate
      : load.concurrency > politest.concurrency,
  )
  if (isHeavy && foreign.length > 0 && !ownEndpoint)
    return refused(
      `${namesOf(foreign)} is no endpoint of this machine, of a private network or of EGRESS_ALLOW, and is not loaded beyond ` +
        `concurrency ${politest.concurrency} or ${politest.rate} requests/s: ask for less, or say --i-own-this-endpoint (i_own_this_endpoint in a request) if you may`,
    )
  const unpriced = called.filter(
    (provider) =>
      !isFree(provider) &&
      probes.some(({ target, estimateUsd }) => target.provider === provider.entry.id && estimateUsd === null),
  )
  return maxCostUsd === null || unpriced.length === 0
    ? null
    : refused(
        `a maximum cost cannot be kept: a price of ${namesOf(unpriced)} is not known; set it with models.ts, or leave the maximum out (--max-cost, max_cost_usd in a request)`,
      )
}

const isOursToLoad = ({ synthetic, baseUrl }: ConfiguredProvider, allow: readonly string[]): boolean =>
  synthetic || isOurs(new URL(baseUrl), allow)

const namesOf = (some: readonly ConfiguredProvider[]): string =>
  some.map(({ entry }) => entry.name).join(', ')

const refused = (message: string): Refusal => ({ kind: 'bad_selection', message })
