import { isTimed, type Level, type Plan, type Probe, type Search } from '../core/plan.ts'
import { sweepLimits } from '../core/request-limits.ts'
import { heaviestOf, sizeOf } from '../lab/ladder.ts'
import { nextLevelOf } from '../run/level.ts'

/** How long a level takes in ms if its calls take so long each: clients make theirs in turn; what is due is sent, and the last answer waited for. */
export function levelMs({ load, durationMs }: Level, calls: number, callMs: number): number {
  if (calls === 0) return 0
  if ('rate' in load) return ((calls - 1) * 1000) / load.rate + callMs
  const { concurrency, thinkMs = 0 } = load
  // A call to warm up, and the last one, which may begin when time is nearly up.
  if (durationMs !== undefined) return 2 * callMs + thinkMs + durationMs
  const rounds = Math.ceil(calls / concurrency)
  return rounds * callMs + (rounds - 1) * thinkMs
}

/** Whether a plan grows while it goes: by levels that a search adds, or by calls for as long as a level lasts. */
export const isGrowing = ({ search, levels = [] }: Plan['settings']): boolean =>
  search !== undefined || levels.some(isTimed)

/** What calls are reckoned with: what each costs in USD, and the longest that one takes. */
interface Reckoned {
  usdOf: (probe: Probe) => number
  callMs: number
}

/** The most that a sweep may come to, of whose plan these calls would be made. */
export function mostOfSweep(
  { settings: { levels = [], search, mostCalls = sweepLimits.calls } }: Plan,
  made: readonly Probe[],
  { usdOf, callMs }: Reckoned,
): { calls: number; usd: number; ms: number } {
  const byLevel = Map.groupBy(made, ({ level }) => level)
  const mostOf = remembered((level: Level) => mostOfLevel(level, { search, mostCalls, callMs }))
  const cells = levels.map((level, place) => {
    const planned = byLevel.get(place) ?? []
    const callUsd = planned.reduce((most, probe) => Math.max(most, usdOf(probe)), 0)
    // What is not even warmed up, because it is skipped or called once to be refused, does not grow.
    const { calls, ms } = planned.some(({ warmup }) => warmup)
      ? mostOf(level)
      : { calls: planned.length, ms: levelMs(level, planned.length, callMs) }
    return { calls, usd: calls * callUsd, callUsd, ms }
  })
  const sum = (of: 'calls' | 'usd' | 'ms') => cells.reduce((all, cell) => all + cell[of], 0)
  const dearest = Math.max(0, ...cells.map(({ callUsd }) => callUsd))
  return {
    calls: Math.min(mostCalls, sum('calls')),
    usd: Math.min(mostCalls * dearest, sum('usd')),
    ms: sum('ms'),
  }
}

/** What a level may come to, with those that a search adds to it. */
interface Most {
  calls: number
  ms: number
}

function mostOfLevel(
  first: Level,
  { search, mostCalls, callMs }: { search: Search | undefined; mostCalls: number; callMs: number },
): Most {
  const alone = (level: Level): Most => {
    const calls = isTimed(level) ? mostCalls : level.warmups + level.total
    return { calls, ms: levelMs(level, calls, callMs) }
  }
  if (search === undefined) return alone(first)
  const bySize = new Map<number, Most>()
  const ofSize = (size: number): Most => {
    const most = bySize.get(size) ?? alone(nextLevelOf(first, size, search))
    bySize.set(size, most)
    return most
  }
  const heaviest = (of: keyof Most) => heaviestOf(search, sizeOf(first.load), (size) => ofSize(size)[of])
  return { calls: heaviest('calls'), ms: heaviest('ms') }
}

/** Reckons each load once, whatever it is of: that of a search may draw a hundred thousand arrivals for each size. */
function remembered(reckon: (level: Level) => Most): (level: Level) => Most {
  const known = new Map<string, Most>()
  return (level) => {
    const { load, total, durationMs } = level
    const key = JSON.stringify([{ ...load, staggerMs: 0 }, total, durationMs])
    const most = known.get(key) ?? reckon(level)
    known.set(key, most)
    return most
  }
}
