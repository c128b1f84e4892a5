import type { Order, Probe } from '../core/plan.ts'

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
}

/** The policy of a run's `order` setting: one lane for all, or one for each of the providers. */
export const pacingOf = (order: Order, providers: readonly string[]): PacingPolicy =>
  order === 'by_provider' ? { lanes: providers.map((provider) => ({ provider })) } : { lanes: [{}] }

/** Whether a filter admits a probe. */
export const admits = (
  { provider, probeId }: ProbeFilter,
  { id, target }: Pick<Probe, 'id' | 'target'>,
): boolean => (provider ?? target.provider) === target.provider && (probeId ?? id) === id
