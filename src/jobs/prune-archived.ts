import { join } from 'node:path'
import type { ArchiveStore } from '../store/archive-store.ts'
import type { Retention } from '../store/history-codec.ts'
import { beginning, dayOf, resultDays } from './archive-days.ts'
import { dayFolder, isIntact, readManifest } from './archive-files.ts'
import { misfitOf, type Region, type Wanted } from './archive-region.ts'
import { rowBatches } from './archive-rows.ts'

// Pruning results that are archived: a day becomes final only if the archive holds it, and of what is final a row is
// deleted only if the one that was read back from the archive is alike.

/** Results that are kept although they are too old. */
export interface Unarchived {
  /** `2026-11-29`: no result from then on is deleted, or some of that day are not. */
  day: string
  why: string
}

/** Texts and results from before these moments are pruned; null keeps them. */
type Cutoffs = Pick<Retention, 'textsBefore' | 'resultsBefore'>

/**
 * Up to when the archive holds all results that are to be pruned, and the first day that it does not hold. Rejects with
 * StoreError.
 */
export async function archivedUntil(
  store: ArchiveStore,
  dir: string,
  { textsBefore, resultsBefore: before }: Cutoffs,
): Promise<{ until: Date | null; unarchived: Unarchived | null }> {
  if (before === null) return { until: null, unarchived: null }
  // Texts that are pruned first need not be archived. Timelines are if somebody wants them.
  const wanted = { texts: textsBefore === null || textsBefore < before, timelines: false }
  const { prunedUntil } = await store.readArchiveHour({ since: before, before })
  const since = prunedUntil === null ? beginning : dayOf(prunedUntil)
  const until = dayOf(before)
  for await (const day of resultDays(store, { since, before: until })) {
    const why = await misfitOfDay({ store, dir, day }, wanted)
    if (why !== null) return { until: new Date(day.day), unarchived: { day: day.day, why } }
  }
  return { until, unarchived: null }
}

async function misfitOfDay(
  { store, dir, day }: Pick<Region, 'store' | 'dir' | 'day'>,
  wanted: Wanted,
): Promise<string | null> {
  const manifest = await readManifest(dir, day.day)
  for (const counts of day.regions) {
    const known = manifest?.files.find(({ region }) => region === counts.region) ?? null
    const why = await misfitOf({ store, dir, day, counts, known }, wanted, true)
    if (why !== null) return why
  }
  return null
}

/**
 * Of each day from before a moment that the database still has results of: how many are left, then those that are
 * archived. Rejects with StoreError.
 */
export async function* archivedRows(
  store: ArchiveStore,
  dir: string,
  before: Date | null,
): AsyncGenerator<{ day: string; left: number; rows: string[] | null }> {
  if (before === null) return
  for await (const { day, regions } of resultDays(store, { since: beginning, before })) {
    const manifest = await readManifest(dir, day)
    const left = regions.reduce((sum, { rows }) => sum + rows, 0)
    yield { day, left, rows: null }
    for (const file of manifest?.files ?? []) {
      const isThere = regions.some(({ region }) => region === file.region)
      if (!isThere || !(await isIntact(dir, day, file))) continue
      for await (const rows of rowBatches(join(dayFolder(dir, day), file.file))) yield { day, left, rows }
    }
  }
}
