import type { ClosedLoad, Level, OpenLoad, Plan, Target } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { isOurs } from '../net/egress.ts'
import type { TypicalLatency } from '../run/fit.ts'
import type { TargetLevel } from '../run/plan.ts'
import { isFree } from './estimate.ts'
import type { Refusal } from './refusal.ts'

/** What a sweep is to do with each of its targets and context tiers. */
export interface Sweep {
  /** One after the other. */
  loads: readonly (Pick<ClosedLoad, 'concurrency'> | OpenLoad)[]
  /** Calls per level that are measured. */
  total: number
  /** What a good request keeps, which its reports judge by unless they are told otherwise; none if absent. */
  objectives?: Readonly<Record<string, number>>
  /** Null for no limit. */
  maxCostUsd: number | null
  maxErrors: number | null
  /** Whether requests may share connections, one after the other. */
  reuseConnections?: boolean
  /** Whether a person says that the endpoints may be loaded as far as they like. */
  ownEndpoint: boolean
}

/** Open-loop warm-ups; a closed loop has one for each client. */
const mostWarmups = 10
/** Over how long clients begin, in ms: one usual call, one second if none is known, and not for ever. */
const unknownCallMs = 1000
const longestStaggerMs = 5000

/** Calls of a sweep, which are planned and saved before the first is made: 20,000 take 3 s. */
const mostCalls = 100_000

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
  const levels = everyLevel(sweep, targets, parts)
  const calls = levels.reduce((sum, { level: { warmups, total } }) => sum + warmups + total, 0)
  return calls <= mostCalls
    ? { levels }
    : {
        refusal: refused(
          `a sweep has at most ${mostCalls} calls, and this is ${calls} in ${levels.length} levels: ask for fewer levels, targets, context tiers or a smaller total`,
        ),
      }
}

/** Every load of a target with a tier, before the next tier and target. */
function everyLevel(
  { loads, total }: Sweep,
  targets: readonly Target[],
  { contextTiers, pace }: LevelParts,
): TargetLevel[] {
  return targets.flatMap((target) => {
    const { provider, model } = target
    const usualMs = pace.find((known) => known.provider === provider)?.typicalMs ?? unknownCallMs
    const staggerMs = Math.min(usualMs, longestStaggerMs)
    return contextTiers.flatMap((tier) =>
      loads.map((load): TargetLevel => {
        const of = { provider, model, contextTokens: tier === 0 ? null : tier, total }
        const level: Level =
          'rate' in load
            ? { ...of, load, warmups: Math.min(mostWarmups, total) }
            : { ...of, load: { ...load, staggerMs }, warmups: load.concurrency }
        return { target, level }
      }),
    )
  })
}

/** What an endpoint of somebody else is never loaded beyond, unless its owner says so. */
const politest = { concurrency: 8, rate: 2 } as const

/** Why a sweep may not call some of its targets, or null, as of any other run: judged before anything is called. */
export function sweepRefusal(
  sweep: Sweep | undefined,
  { providers, probes }: Pick<Plan, 'providers' | 'probes'>,
  { configured, egressAllow }: { configured: readonly ConfiguredProvider[]; egressAllow: readonly string[] },
): Refusal | null {
  if (sweep === undefined) return null
  const { loads, maxCostUsd, ownEndpoint } = sweep
  const called = configured.filter(({ entry }) => providers.some(({ id }) => id === entry.id))
  const foreign = called.filter((provider) => !isOursToLoad(provider, egressAllow))
  const isHeavy = loads.some((load) =>
    'rate' in load ? load.rate > politest.rate : load.concurrency > politest.concurrency,
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
