import type { Missed } from '../run/missed-slots.ts'
import { toMissedInput } from '../store/run-codec.ts'
import { StoreError } from '../store/store.ts'
import type { App } from './app.ts'

/**
 * Files slots that passed without a run. They wait on disk until the next run delivers them, so that nothing
 * waits for the database here; one that has a run after all keeps it, which is closed if it was `abandoned`. Why
 * they could not be kept is logged.
 */
export function fileMissed(
  { job, slots, reason, ...rest }: Pick<Missed, 'job' | 'slots' | 'reason'> & { abandoned?: boolean },
  { config, clock, spool, uuid, log }: Pick<App, 'config' | 'clock' | 'spool' | 'uuid' | 'log'>,
): void {
  const { name } = job
  const { region } = config.defaults
  const file = uuid()
  try {
    for (const slot of slots) {
      const about = { runName: name, triggeredBy: 'cron', schedule: name, slot, region }
      const run = { id: uuid(), ...about, startedAt: clock.date() }
      spool?.add(file, { name: 'file_missed', input: toMissedInput({ run, reason, ...rest }) })
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    log.error({ kind: error.kind }, error.message)
  }
}
