import { z } from 'zod'
import type { Level, Search } from '../core/plan.ts'
import type { Work } from '../core/work.ts'
import type { SweepRow } from '../report/describe-sweep.ts'
import { level, search, work } from '../store/plan-codec.ts'
import type { RunRow, Store } from '../store/store.ts'
import { readSweepRows } from '../store/sweep-rows.ts'

/** A sweep with all its results, warm-ups among them: whatever is said of it can be worked out of this. */
export interface RecordedSweep {
  run: RunRow
  /** As its run was asked for; its levels are read out below. */
  settings: Record<string, unknown>
  /** What its requests say; null of one that was recorded before that was kept. */
  work: Work | null
  levels: Level[]
  rows: SweepRow[]
  /** CPU time of the measuring threads by wall time, by level: known to who made it, and not to the database. */
  cpuShares?: ReadonlyMap<number, number>
}

/** How the levels of a recorded sweep were added; null if they were all asked for. */
export const searchIn = (settings: RecordedSweep['settings']): Search | null =>
  search.safeParse(settings['search']).data ?? null

/** Reads a sweep from the database, as far as it has come. Rejects with StoreError, also if there is no such run. */
export async function readSweep(
  id: string,
  store: Pick<Store, 'readRun' | 'listSweepResults'>,
): Promise<RecordedSweep | { problem: string }> {
  const { run, settings } = await store.readRun({ id, limit: 1 })
  const levels = z.array(level).safeParse(settings['levels'])
  if (!levels.success) return { problem: `run ${id} is no sweep: its mode is ${run.mode}` }
  const rows = await readSweepRows<SweepRow>(id, store)
  return { run, settings, work: work.safeParse(settings['work']).data ?? null, levels: levels.data, rows }
}
