import { latestSlots, type Schedule } from '../run/slot.ts'
import { missedSince, mostMissed } from '../run/missed-slots.ts'
import { StoreError } from '../store/store.ts'
import { withStore } from '../store/with-store.ts'
import type { App } from './app.ts'
import { fileMissed } from './file-missed.ts'

/** A missed slot is a row too, so there may be twice as many as are filed. */
const mostGaps = 2 * mostMissed

/**
 * Files the slots before this one that the database does not know: no scheduler was running. Every gap counts, not only the
 * newest, because the process before may have been killed after its first run and before it filed what was missed until then.
 * False if the database did not say.
 */
export async function fileGap(job: Schedule, slot: Date, app: App): Promise<boolean> {
  const horizon = latestSlots(job.cron, slot, mostMissed).at(-1) ?? slot
  try {
    const { rows } = await withStore(app.store.open, (store) =>
      store.listGaps({ schedule: job.name, since: horizon, limit: mostGaps }),
    )
    // A gap that is longer than what is filed of it stays one.
    const filed = new Set(rows.filter(isMissed).map(({ since }) => Date.parse(since)))
    for (const gap of rows.filter((row) => !isMissed(row))) {
      const since = Math.max(Date.parse(gap.since), horizon.getTime()) - 1
      const end = new Date(Math.min(Date.parse(gap.until), slot.getTime()))
      // A run that somebody deleted leaves a gap too, which is told from the others by nothing.
      const reason =
        end < slot ? 'no scheduler was running, or its run was deleted' : 'no scheduler was running'
      for (const missed of missedSince(job, { since, slot: end, reason })) {
        const slots = missed.slots.filter((each) => !filed.has(each.getTime()))
        await fileMissed({ ...missed, slots }, app)
      }
    }
    return true
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return false
  }
}

/** Whether this is a slot that was filed, which is a moment and no range. */
const isMissed = ({ since, until }: { since: string; until: string }): boolean => since === until
