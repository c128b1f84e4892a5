import type { Run } from '../api/run-queries.ts'
import { list, spoken } from '../format/words.ts'
import type { IconName } from './icon.tsx'

/** What is shown of every run, wherever it comes from. */
export type RunLike = Omit<Run, 'providers' | 'models'>

type Status = Run['status']

/** The mark and the meaning of each status of a run. */
export const statusOf: Readonly<Record<Status, { icon: IconName; look: string; meaning: string }>> = {
  queued: { icon: 'stale', look: 'stale', meaning: 'It waits for its turn' },
  running: { icon: 'up', look: 'running', meaning: 'It is at work' },
  finished: { icon: 'up', look: 'up', meaning: 'All its calls are over' },
  cancelled: { icon: 'close', look: 'stale', meaning: 'A person ended it before its end' },
  abandoned: {
    icon: 'failing',
    look: 'failing',
    meaning: 'Whoever worked on it was gone, and nobody took it over',
  },
  missed: { icon: 'unknown', look: 'stale', meaning: 'Its slot of the schedule passed without a call' },
}

const triggers: Readonly<Record<string, string>> = {
  cron: 'by schedule',
  manual: 'by command',
  api: 'on demand',
}

/** Who started a run: `by schedule`. */
export const triggerOf = (trigger: string): string => triggers[trigger] ?? spoken(trigger)

/** What kind of run it was: `scheduled, fra1`, and whether it called only the synthetic provider. */
export const kindOf = ({ mode, triggered_by: trigger, region, synthetic }: RunLike): string =>
  [mode === 'scheduled' ? null : spoken(mode), triggerOf(trigger), region, synthetic ? 'synthetic' : null]
    .filter((word) => word !== null)
    .join(' · ')

/** Up to two models by their names, more by their number; the list names those of the first 25 targets. */
export function modelsOf({ models, run_name: name }: Pick<Run, 'models' | 'run_name'>): string {
  if (models.length === 0) return name
  if (models.length <= 2) return list(models)
  return `${models.length}${models.length >= 25 ? '+' : ''} models`
}

/** What did not succeed: `1 failed, 2 skipped`; empty if all did. */
export const restOf = ({ n_failed: failed, n_skipped: skipped }: RunLike): string =>
  [...(failed > 0 ? [`${failed} failed`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ')

/** Why a run cannot be deleted; null if it can. */
export const undeletable = ({ status }: RunLike): string | null =>
  status === 'running' || status === 'queued' ? 'Cancel it first: it is not over' : null
