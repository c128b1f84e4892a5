import { Worker } from 'node:worker_threads'
import type { LevelQuestion } from '../lab/compare-levels.ts'
import { lazyThread } from '../probe/lazy-thread.ts'
import { compareSweeps } from '../report/compare-sweeps.ts'
import type { RunRow, Store } from '../store/store.ts'
import { readSweep, type RecordedSweep } from './read-sweep.ts'

// Node's own type stripping is its only loader; it needs no environment.
const ask = lazyThread(
  () =>
    new Worker(new URL('./compare-thread.ts', import.meta.url), { execArgv: [], env: {}, name: 'compare' }),
)

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
  return { before: before.run, after: after.run, found: await inThread({ before, after, question }) }
}

/** What the thread is asked. */
export interface ComparedInThread {
  before: RecordedSweep
  after: RecordedSweep
  question: LevelQuestion
}

/**
 * Drawing 20,000 requests a side again takes 7 s, while which a server is to answer others: handing them to a thread
 * takes 0.05 s. In this thread if no other can be started (a bundle without its file).
 */
async function inThread(compared: ComparedInThread): Promise<ComparedRuns['found']> {
  try {
    return (await ask(compared)) as ComparedRuns['found']
  } catch {
    return compareSweeps(compared.before, compared.after, compared.question)
  }
}
