import { missedSince } from '../run/missed-slots.ts'
import type { Schedule } from '../run/slot.ts'
import { StoreError } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App } from './app.ts'
import { fileMissed } from './file-missed.ts'

/**
 * Files the slots between this one and the latest before it that the database knows, at which no scheduler was
 * running.
 * False if the database did not say.
 */
export async function fileGap(job: Schedule, slot: Date, app: App): Promise<boolean> {
  try {
    const { lastSlot } = await withStore(app.store.open, (store) =>
      store.readHealth({ schedule: job.name, before: slot }),
    )
    const since = lastSlot?.getTime()
    if (since === undefined) return true
    for (const missed of missedSince(job, { since, slot, reason: 'no scheduler was running' }))
      await fileMissed(missed, app)
    return true
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return false
  }
}
