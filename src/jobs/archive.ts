import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveStore } from '../store/archive-store.ts'
import { beginning, dayOf, isPruned, type ResultDay, resultDays } from './archive-days.ts'
import { type ArchivedFile, dayFolder, keptName, readManifest, writeManifest } from './archive-files.ts'
import { archiveRegion, misfitOf, type Wanted } from './archive-region.ts'

/** What to archive, and where. */
export interface ArchiveRequest extends Wanted {
  /** The folder of the archive. */
  dir: string
  /** Days from this moment on; null for all. */
  since: Date | null
  /** Days that were over at this moment. */
  before: Date
  /** Ends it after the page in hand; the next one continues. */
  stop: AbortSignal
}

/** What became of a day that has results. */
export interface ArchivedDay {
  day: string
  /** `kept`: it was archived as it is already. `failed`: it is archived as it was before, if at all. */
  state: 'written' | 'rewritten' | 'kept' | 'failed'
  /** Why it was written again, or failed; null otherwise. */
  why: string | null
  files: readonly ArchivedFile[]
}

/**
 * Archives each whole day with results, oldest first, unless it is archived as it is. Rejects with StoreError, and with
 * the error of the disk.
 */
export async function* archiveDays(
  store: ArchiveStore,
  request: ArchiveRequest,
): AsyncGenerator<ArchivedDay> {
  const range = { since: request.since ?? beginning, before: dayOf(request.before) }
  for await (const day of resultDays(store, range)) {
    if (request.stop.aborted) return
    try {
      yield await archiveDay(store, day, request)
    } catch (error) {
      if (request.stop.aborted) return
      throw error
    }
  }
}

async function archiveDay(
  store: ArchiveStore,
  day: ResultDay,
  request: ArchiveRequest,
): Promise<ArchivedDay> {
  const { dir } = request
  const manifest = await readManifest(dir, day.day)
  const before = manifest?.files ?? []
  const archived = await archiveRegions(store, { day, before }, request)
  if ('problem' in archived) return { day: day.day, state: 'failed', why: archived.problem, files: before }
  const others = before.filter(({ region }) => archived.files.every((file) => file.region !== region))
  // Of a pruned day the database may have results of some regions alone.
  const [gone, left] = isPruned(day) ? [[], others] : [others, []]
  const files = [...archived.files, ...left]
  const why = archived.why ?? (gone.length > 0 ? 'a region has no results any more' : null)
  const isKnown = ({ digest }: ArchivedFile) => before.some((file) => file.digest === digest)
  if (why !== null || !files.every(isKnown)) {
    await settle(dir, day.day, { files, gone })
  }
  if (manifest === null) return { day: day.day, state: 'written', why: null, files }
  return { day: day.day, state: why === null ? 'kept' : 'rewritten', why, files }
}

/** Writes the manifest of a day, and deletes what it is not to have. */
async function settle(
  dir: string,
  day: string,
  { files, gone }: Record<'files' | 'gone', ArchivedFile[]>,
): Promise<void> {
  const remove = (file: string) => rm(join(dayFolder(dir, day), file), { force: true })
  // Before the manifest: whoever reads all files of the day must not find one that nobody names.
  for (const { file } of gone) await remove(file)
  await writeManifest(dir, { format: 1, day, archived_at: new Date().toISOString(), files })
  for (const { file } of files) await remove(keptName(file))
}

/** The files of the regions of a day, new if need be, and why the first of these was; or why one cannot be written. */
async function archiveRegions(
  store: ArchiveStore,
  { day, before }: { day: ResultDay; before: readonly ArchivedFile[] },
  request: ArchiveRequest,
): Promise<{ files: ArchivedFile[]; why: string | null } | { problem: string }> {
  const files: ArchivedFile[] = []
  let why: string | null = null
  for (const counts of day.regions) {
    const known = before.find(({ region }) => region === counts.region) ?? null
    const region = { store, dir: request.dir, day, counts, known }
    const misfit = await misfitOf(region, request, false)
    why ??= misfit
    const file =
      misfit === null && known !== null ? known : await archiveRegion(region, request, request.stop)
    if ('problem' in file) return file
    // What is alike may have another digest by now.
    files.push(isPruned(day) ? file : { ...file, digest: counts.digest })
  }
  return { files, why }
}
