import type { Run } from '../api/run-queries.ts'
import { capital, list, plural, spoken } from '../format/words.ts'

/** What is shown of every run, wherever it comes from. */
export type RunLike = Omit<Run, 'providers' | 'models'>

const triggers: Readonly<Record<string, string>> = {
  cron: 'by schedule',
  manual: 'by command',
  api: 'on demand',
}

/** Who started a run: `by schedule`. */
export const triggerOf = (trigger: string): string => triggers[trigger] ?? spoken(trigger)

/** What kind of run it was: `multi · by command · fra1`, and whether it is synthetic. */
export const kindOf = ({ mode, triggered_by: trigger, region, synthetic }: RunLike): string =>
  [mode === 'scheduled' ? null : spoken(mode), triggerOf(trigger), region, synthetic ? 'synthetic' : null]
    .filter((word) => word !== null)
    .join(' · ')

/** What a run is called: on demand by up to two models, else by its name. */
export const titleOf = ({
  mode,
  models,
  run_name: name,
}: Pick<Run, 'mode' | 'models' | 'run_name'>): string =>
  mode === 'scheduled' || models.length === 0 || models.length > 2 ? capital(name) : list(models)

/** How many models of how many providers: the list knows those of the first 25 targets. */
export function breadthOf({ models, providers, n_probes: n }: Run): string | null {
  if (models.length <= 2) return list(providers.filter((id) => id !== 'synthetic')) || null
  const more = n > 25 ? '+' : ''
  return `${models.length}${more} models of ${plural(providers.length, 'provider')}`
}

/** What did not succeed: `1 failed, 2 skipped`; empty if all did. */
export const restOf = ({ n_failed: failed, n_skipped: skipped }: RunLike): string =>
  [...(failed > 0 ? [`${failed} failed`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ')

/** Why a run cannot be deleted; null if it can. */
export const undeletable = ({ status }: RunLike): string | null =>
  status === 'running' || status === 'queued' ? 'Cancel it first: it is not over' : null
