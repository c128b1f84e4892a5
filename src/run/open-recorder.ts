import { type ActiveRun, type RecorderParts, spoolOf } from './parts.ts'
import { recordInDatabase, type RunRecorder } from './recorder.ts'
import { runInDatabase } from './run-in-database.ts'
import { recordWithSpool } from './spooling-recorder.ts'

/**
 * Opens the recorder of a run, with a spool if a disk is kept. `isReachable` is false if the run itself could
 * not be written.
 */
export function openRecorder(
  active: ActiveRun,
  parts: RecorderParts,
  isReachable: boolean,
): Promise<RunRecorder> {
  const database = runInDatabase(active, parts)
  const spool = spoolOf(parts.whenUnreachable)
  if (spool === null) return Promise.resolve(recordInDatabase(database))
  const { clock, owner, region, budget } = parts
  return recordWithSpool(database, active, { clock, owner, region, budget, spool, isReachable })
}
