import type { Plan, Probe } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { isLoopback } from '../net/loopback.ts'
import { isKeyless } from '../registry/configure.ts'
import type { TypicalLatency } from '../run/fit.ts'
import { isGrowing, levelMs, mostOfSweep } from './estimate-sweep.ts'

/** What a run would take, before it begins. */
export interface Estimate {
  /** Calls that would be made; of a sweep that grows while it goes, the most that it may come to. */
  probes: number
  /** The calls that such a sweep begins with: nobody knows how many more come. Null if all are planned. */
  beginsWith: number | null
  /** What was asked for and would not be called. */
  skipped: { provider: string; model: string; contextTokens: number | null; reason: string; n: number }[]
  /** The most that calls with a known price may cost, in USD. */
  costUsd: number
  /** Models that nobody knows a price of, `isFree` if calls cost nothing for certain. */
  unpriced: { provider: string; model: string; isFree: boolean; n: number }[]
  /**
   * How long it would take, in seconds, if calls take as long as they usually do, null if that is not known or a search
   * decides; and at most.
   */
  seconds: number | null
  longestSeconds: number
}

/** What a plan is estimated with. */
export interface EstimateParts {
  configured: readonly ConfiguredProvider[]
  pace: readonly TypicalLatency[]
}

/** What a plan would take. */
export function estimateOf(plan: Plan, { configured, pace }: EstimateParts): Estimate {
  const made = plan.probes.filter(({ skipReason }) => skipReason === undefined)
  const providerOf = ({ target }: Probe) => configured.find(({ entry }) => entry.id === target.provider)
  // Without a key nothing is answered, so nothing is charged.
  const isCharged = (probe: Probe) => {
    const provider = providerOf(probe)
    return provider === undefined || !isKeyless(provider)
  }
  const typical = new Map(pace.map(({ provider, typicalMs }) => [provider, typicalMs]))
  const { timeouts, search } = plan.settings
  const usually = ({ target }: Probe) => Math.min(typical.get(target.provider) ?? 0, timeouts.total)
  const isKnown = (probe: Probe) => typical.has(probe.target.provider) || isDue(plan, probe)
  const usdOf = (probe: Probe) => (isCharged(probe) ? (probe.estimateUsd ?? 0) : 0)
  const grows = isGrowing(plan.settings)
  const most = grows
    ? mostOfSweep(plan, made, { usdOf, callMs: timeouts.total })
    : { calls: made.length, usd: sumOf(made.map(usdOf)), ms: lengthOf(plan, made, () => timeouts.total) }
  return {
    probes: most.calls,
    beginsWith: grows ? made.length : null,
    skipped: countAlike(plan.probes.flatMap(skipOf)),
    costUsd: most.usd,
    unpriced: countAlike(
      made
        .filter((probe) => probe.estimateUsd === null && isCharged(probe))
        .map((probe) => {
          const { provider, model } = probe.target
          const known = providerOf(probe)
          return { provider, model, isFree: known !== undefined && isFree(known) }
        }),
    ),
    seconds: search === undefined && made.every(isKnown) ? lengthOf(plan, made, usually) / 1000 : null,
    longestSeconds: most.ms / 1000,
  }
}

/** The sum of some numbers in whatever order they come: a plan is shuffled, and the sum of floats depends on it. */
const sumOf = (some: readonly number[]): number =>
  some.toSorted((one, other) => one - other).reduce((sum, each) => sum + each, 0)

const skipOf = ({ target: { provider, model }, contextTokens, skipReason }: Probe) =>
  skipReason === undefined ? [] : [{ provider, model, contextTokens, reason: skipReason }]

/** Each different one, with how many there are, in an order of their own. */
function countAlike<Item extends object>(items: readonly Item[]): (Item & { n: number })[] {
  const alike = Map.groupBy(items, (item) => JSON.stringify(item))
  return [...alike.keys()].toSorted().flatMap((key) => {
    const [first, ...others] = alike.get(key) ?? []
    return first === undefined ? [] : [{ ...first, n: 1 + others.length }]
  })
}

/** Whether calls of a provider cost nothing for certain: the synthetic one, and an endpoint of this machine. */
export const isFree = ({ synthetic, baseUrl }: ConfiguredProvider): boolean =>
  synthetic || isLoopback(baseUrl)

/** How long probes take in ms, as the mode paces them. */
function lengthOf(
  { mode, settings: { order, concurrency, levels } }: Plan,
  probes: readonly Probe[],
  msOf: (probe: Probe) => number,
): number {
  if (levels !== undefined) {
    const byLevel = Map.groupBy(probes, ({ level }) => level)
    return levels.reduce((sum, level, place) => {
      const calls = byLevel.get(place) ?? []
      return sum + levelMs(level, calls.length, Math.max(0, ...calls.slice(0, 1).map(msOf)))
    }, 0)
  }
  const inTurn = (some: readonly Probe[]) => some.reduce((sum, probe) => sum + msOf(probe), 0)
  if (mode === 'concurrent') {
    const rounds = Math.ceil(probes.length / concurrency)
    return probes.length === 0 ? 0 : (inTurn(probes) / probes.length) * rounds
  }
  if (order === 'sequential') return inTurn(probes)
  const lanes = Map.groupBy(probes, ({ target }) => target.provider)
  return Math.max(0, ...[...lanes.values()].map(inTurn))
}

/** Whether a call is sent when it is due, so that its level lasts about as long however long it takes. */
function isDue({ settings: { levels } }: Plan, { level }: Probe): boolean {
  const load = levels?.[level ?? 0]?.load
  return load !== undefined && 'rate' in load
}
