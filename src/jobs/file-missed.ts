import type { Missed } from '../run/missed-slots.ts'
import { toMissedInput } from '../store/run-codec.ts'
import type { SpooledCall } from '../store/spool.ts'
import { StoreError } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App } from './app.ts'

/**
 * Files slots that passed without a run. They wait on disk until the next run delivers them, so that nothing
 * waits for the database here; it is asked only if the disk takes nothing. A slot that has a run after all keeps
 * it, which is closed if it was `abandoned`. Why they could not be kept is logged.
 */
export async function fileMissed(
  { job, slots, reason, ...rest }: Pick<Missed, 'job' | 'slots' | 'reason'> & { abandoned?: boolean },
  app: Pick<App, 'config' | 'clock' | 'spool' | 'store' | 'uuid' | 'log'>,
): Promise<void> {
  const { name } = job
  const { config, clock, store, uuid } = app
  const { region } = config.defaults
  const calls = slots.map((slot): SpooledCall => {
    const about = { runName: name, triggeredBy: 'cron', schedule: name, slot, region }
    const run = { id: uuid(), ...about, startedAt: clock.date() }
    return { name: 'file_missed', input: toMissedInput({ run, reason, ...rest }) }
  })
  if (isSpooled(calls, app)) return
  try {
    await withStore(store.open, async (opened) => {
      for (const call of calls) await opened.deliver(call)
    })
  } catch (error) {
    logFailure(error, app)
  }
}

/** Whether calls wait on disk now. */
function isSpooled(
  calls: readonly SpooledCall[],
  { spool, uuid, log }: Pick<App, 'spool' | 'uuid' | 'log'>,
): boolean {
  if (spool === null) return false
  const file = uuid()
  try {
    for (const call of calls) spool.add(file, call)
    return true
  } catch (error) {
    logFailure(error, { log })
    return false
  }
}

function logFailure(error: unknown, { log }: Pick<App, 'log'>): void {
  if (!(error instanceof StoreError)) throw error
  log.error({ kind: error.kind }, error.message)
}
