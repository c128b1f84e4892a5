import type { Level, Plan, Probe } from '../core/plan.ts'
import type { ConfiguredProvider } from '../core/provider.ts'
import { isKeyless } from '../registry/configure.ts'
import type { TypicalLatency } from '../run/fit.ts'

/** What a run would take, before it begins. */
export interface Estimate {
  /** Calls that would be made. */
  probes: number
  /** What was asked for and would not be called. */
  skipped: { provider: string; model: string; contextTokens: number | null; reason: string; n: number }[]
  /** The most that the calls with a known price may cost, in USD. */
  costUsd: number
  /** Models that nobody knows a price of, `isFree` if calls cost nothing for certain. */
  unpriced: { provider: string; model: string; isFree: boolean; n: number }[]
  /** How long it would take, in seconds, if calls take as long as they usually do, null if that is not known; and at most. */
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
  const charged = made.filter((probe) => {
    const provider = providerOf(probe)
    return provider === undefined || !isKeyless(provider)
  })
  const typical = new Map(pace.map(({ provider, typicalMs }) => [provider, typicalMs]))
  const { total } = plan.settings.timeouts
  const usually = ({ target }: Probe) => Math.min(typical.get(target.provider) ?? 0, total)
  const isKnown = (probe: Probe) => typical.has(probe.target.provider) || isDue(plan, probe)
  return {
    probes: made.length,
    skipped: countAlike(plan.probes.flatMap(skipOf)),
    costUsd: sumOf(charged.map(({ estimateUsd }) => estimateUsd ?? 0)),
    unpriced: countAlike(
      charged
        .filter(({ estimateUsd }) => estimateUsd === null)
        .map((probe) => {
          const { provider, model } = probe.target
          const known = providerOf(probe)
          return { provider, model, isFree: known !== undefined && isFree(known) }
        }),
    ),
    seconds: made.every(isKnown) ? lengthOf(plan, made, usually) / 1000 : null,
    longestSeconds: lengthOf(plan, made, () => total) / 1000,
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
export function isFree(provider: ConfiguredProvider): boolean {
  const { hostname } = new URL(provider.baseUrl)
  return provider.synthetic || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/** How long probes take in ms, as the mode paces them. */
function lengthOf(
  { mode, settings: { order, concurrency, levels } }: Plan,
  probes: readonly Probe[],
  msOf: (probe: Probe) => number,
): number {
  if (levels !== undefined) {
    const byLevel = Map.groupBy(probes, ({ level }) => level)
    return levels.reduce((sum, level, place) => sum + levelMs(level, (byLevel.get(place) ?? []).map(msOf)), 0)
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

/** How long a level takes in ms, by how long its calls do: clients make theirs in turn; what is due is sent, and the last answer waited for. */
function levelMs({ load }: Level, calls: readonly number[]): number {
  const longest = calls.reduce((most, ms) => Math.max(most, ms), 0)
  if ('rate' in load) return calls.length === 0 ? 0 : ((calls.length - 1) * 1000) / load.rate + longest
  return Math.ceil(calls.length / load.concurrency) * longest
}
