import type { Level, Probe, Settings } from '../core/plan.ts'
import { staggeredStarts } from '../lab/arrivals.ts'
import { dueOf } from './level.ts'

/** Which probes of a run are meant: those of one provider, of one level of a sweep, a single one, or all. */
export interface ProbeFilter {
  provider?: string
  probeId?: string
  level?: number
}

/** Decides which probe may begin when. */
export interface PacingPolicy {
  /** One after the other. */
  stages: readonly Stage[]
  /** Whether a probe that fails by the provider's fault is rechecked. */
  rechecks: boolean
}

/**
 * Lanes that run side by side; each makes one probe after another of those its filter admits: in turn, or ahead,
 * where probes are claimed before they begin and recorded while others are called, so that the database is no
 * part of the pace.
 */
export type Stage = { lanes: readonly ProbeFilter[] } | AheadStage

/** A level of a sweep. */
export interface AheadStage {
  /** Of all its lanes. */
  filter: { level: number }
  lanes: number
  pace: ClosedPace | OpenPace
}

/** Of an open loop. */
export interface OpenPace {
  /** When its probes are due, in ms after the level began, in their order; of a trace that was left, those that are left. */
  due: readonly number[]
  /** When the first of all is. */
  begin: number
}

/** Of a closed loop. */
export interface ClosedPace {
  /** When each lane begins, in ms. */
  starts: readonly number[]
  /** How long a lane waits after each call: of exponential waits the mean, and the seed that makes them again. */
  thinkMs?: number
  thinkSeed?: number
  /** How long lanes begin calls that are measured, in ms; without, as long as there are any. */
  durationMs?: number
}

/** What decides how a run is paced. */
export interface Paced {
  mode: string
  settings: Pick<Settings, 'order' | 'concurrency' | 'confirm' | 'levels'>
}

/** What a run calls. */
export interface Called {
  providers: readonly string[]
  /** Null if another process planned them, and their levels tell when they are due. */
  probes: readonly Pick<Probe, 'level' | 'dueMs' | 'skipReason'>[] | null
}

/**
 * How a run is paced: in concurrent mode by as many lanes for all as calls may be in flight, without rechecks,
 * which would load the provider further; a sweep by its levels in turn, as many lanes each; else, as its `order`
 * says, by one lane for all or one for each of the providers.
 */
export function pacingOf({ mode, settings }: Paced, { providers, probes }: Called): PacingPolicy {
  const { order, concurrency, confirm: rechecks, levels } = settings
  if (levels !== undefined)
    return {
      stages: levels.map((level, place) => stageOf(level, place, dueIn(probes, place) ?? dueOf(level))),
      rechecks: false,
    }
  if (mode === 'concurrent')
    return { stages: [{ lanes: Array.from({ length: concurrency }, () => ({})) }], rechecks: false }
  return {
    stages: [{ lanes: order === 'by_provider' ? providers.map((provider) => ({ provider })) : [{}] }],
    rechecks,
  }
}

const dueIn = (probes: Called['probes'], place: number): number[] | undefined =>
  probes
    ?.filter(({ level, skipReason }) => level === place && skipReason === undefined)
    .map(({ dueMs }) => dueMs ?? 0)

/** The stage of a level, at its place, with when its calls are due. */
export function stageOf({ load, durationMs }: Level, place: number, due: readonly number[]): AheadStage {
  const filter = { level: place }
  if ('rate' in load) {
    const begin = load.arrivals === 'trace' ? 0 : (due[0] ?? 0)
    return { filter, lanes: Math.min(load.slots, due.length), pace: { due, begin } }
  }
  const { concurrency, staggerMs, ...thinking } = load
  const lasts = durationMs === undefined ? {} : { durationMs }
  const pace = { starts: staggeredStarts(concurrency, staggerMs), ...thinking, ...lasts }
  return { filter, lanes: concurrency, pace }
}

/** Whether a filter admits a probe. */
export const admits = (
  { provider, probeId, level }: ProbeFilter,
  probe: Pick<Probe, 'id' | 'target' | 'level'>,
): boolean =>
  (provider ?? probe.target.provider) === probe.target.provider &&
  (probeId ?? probe.id) === probe.id &&
  (level ?? probe.level) === probe.level
