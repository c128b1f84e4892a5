import type { Probe, Settings } from '../core/plan.ts'

/** Which probes of a run are meant: those of one provider, a single one, or all. */
export interface ProbeFilter {
  provider?: string
  probeId?: string
}

/**
 * Decides which probe may begin when. Lanes run side by side; each makes one probe after another of those its
 * filter admits.
 */
export interface PacingPolicy {
  lanes: readonly ProbeFilter[]
  /** Whether a probe that fails by the provider's fault is rechecked. */
  rechecks: boolean
}

/** What decides how a run is paced. */
export interface Paced {
  mode: string
  settings: Pick<Settings, 'order' | 'concurrency' | 'confirm'>
}

/**
 * How a run is paced: in concurrent mode by as many lanes for all as calls may be in flight, without rechecks,
 * which would load the provider further; else, as its `order` says, by one lane for all or one for each of
 * the providers.
 */
export function pacingOf({ mode, settings }: Paced, providers: readonly string[]): PacingPolicy {
  const { order, concurrency, confirm: rechecks } = settings
  if (mode === 'concurrent')
    return { lanes: Array.from({ length: concurrency }, () => ({})), rechecks: false }
  return { lanes: order === 'by_provider' ? providers.map((provider) => ({ provider })) : [{}], rechecks }
}

/** Whether a filter admits a probe. */
export const admits = (
  { provider, probeId }: ProbeFilter,
  { id, target }: Pick<Probe, 'id' | 'target'>,
): boolean => (provider ?? target.provider) === target.provider && (probeId ?? id) === id
