import type { LevelQuestion } from '../lab/compare-levels.ts'
import type { compareSweeps } from '../report/compare-sweeps.ts'
import type { RunRow, Store } from '../store/store.ts'
import { compareAside } from './in-sweep-thread.ts'
import { readSweep } from './read-sweep.ts'

/** Two sweeps that were asked about. */
export interface ComparedRuns {
  before: RunRow
  after: RunRow
  /** How they differ, or why they cannot be compared. */
  found: ReturnType<typeof compareSweeps>
}

/**
 * Compares two sweeps of the database; a problem says which of them is none. Rejects with StoreError, also if there is
 * no such run.
 */
export async function compareRuns(
  ids: { before: string; after: string },
  question: LevelQuestion,
  store: Pick<Store, 'readRun' | 'listSweepResults'>,
): Promise<ComparedRuns | { problem: string }> {
  const before = await readSweep(ids.before, store)
  if ('problem' in before) return before
  const after = await readSweep(ids.after, store)
  if ('problem' in after) return after
  return {
    before: before.run,
    after: after.run,
    found: await compareAside({ before, after, question }),
  }
}
