import type { Clock } from '../core/clock.ts'
import { isTimed, type Level } from '../core/plan.ts'
import type { ResultRow } from '../core/row.ts'
import { percentile } from '../core/statistics.ts'
import type { SweepProgress } from '../report/sweep-progress.ts'
import { loadText } from '../report/sweep.ts'
import type { RunEvent } from '../run/events.ts'

/** How far back the rate now looks, in ms. */
const lately = 5000

/** What is kept of a level while it goes. */
interface Kept {
  made: number
  failed: number
  ttfts: number[]
}

/** Follows the events of a sweep. */
export interface Tracked {
  add: (event: RunEvent) => void
  /** Calls of a level that ended, and those of them that failed. */
  ofLevel: (place: number) => { made: number; failed: number }
  /** Null before the first call. */
  progress: () => SweepProgress | null
}

/** Keeps what is to be shown of a sweep that goes on. `levels` may grow meanwhile. */
export function trackSweep(
  levels: readonly Level[],
  { clock, maxUsd }: { clock: Pick<Clock, 'now'>; maxUsd: number | null },
): Tracked {
  const kept = new Map<number, Kept>()
  const state = { inFlight: 0, current: 0, failed: 0, spentUsd: 0, begun: null as number | null }
  const rate = openRate(clock, () => state.begun)
  const at = (place: number): Kept => kept.get(place) ?? { made: 0, failed: 0, ttfts: [] }
  const addResult = ({ level, success, ttft_ms, cost_usd }: ResultRow): void => {
    const place = level ?? 0
    const { made, failed, ttfts } = at(place)
    if (ttft_ms !== null && success) ttfts.push(ttft_ms)
    kept.set(place, { made: made + 1, failed: failed + (success ? 0 : 1), ttfts })
    state.current = Math.max(state.current, place)
    state.inFlight -= 1
    state.failed += success ? 0 : 1
    state.spentUsd += cost_usd ?? 0
    rate.add()
  }
  return {
    add: (event) => {
      if ('result' in event) addResult(event.result)
      else if (event.type === 'probe_started') {
        state.begun ??= clock.now()
        state.inFlight += 1
      }
    },
    ofLevel: at,
    progress: () => {
      const level = levels[state.current]
      if (state.begun === null || level === undefined) return null
      const { made, ttfts } = at(state.current)
      const perS = rate.perS()
      return {
        level: state.current + 1,
        levels: levels.length,
        load: loadText(level),
        made,
        planned: Math.max(made, plannedOf(level)),
        inFlight: Math.max(0, state.inFlight),
        perS,
        ttftP50Ms: percentile(ttfts, 0.5),
        failed: state.failed,
        spentUsd: state.spentUsd,
        maxUsd,
        leftMs: leftOf(levels.slice(state.current), made, perS),
      }
    },
  }
}

/** How many calls end per second, lately: since the first began, if that was later. */
function openRate(clock: Pick<Clock, 'now'>, begun: () => number | null) {
  let ends: number[] = []
  return {
    add: () => void ends.push(clock.now()),
    perS: (): number | null => {
      const now = clock.now()
      ends = ends.filter((end) => end > now - lately)
      const span = Math.min(lately, now - (begun() ?? now))
      return ends.length === 0 || span <= 0 ? null : (1000 * ends.length) / span
    },
  }
}

const plannedOf = ({ warmups, total }: Level): number => warmups + total

/** How long levels take: those of an open loop by their rates, others at the rate that is seen now. */
function leftOf(levels: readonly Level[], made: number, perS: number | null): number | null {
  const seconds = levels.map((level, place) => {
    // Nobody knows how long of it is left.
    if (isTimed(level)) return null
    const calls = plannedOf(level) - (place === 0 ? made : 0)
    const rate = 'rate' in level.load ? level.load.rate : perS
    return rate === null ? null : Math.max(0, calls) / rate
  })
  return seconds.includes(null) ? null : 1000 * seconds.reduce<number>((sum, each) => sum + (each ?? 0), 0)
}
