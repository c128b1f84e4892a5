import { copyFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonRow, TypedRows } from '../report/parquet.ts'
import type { ArchiveStore, RegionCounts } from '../store/archive-store.ts'
import { boundsOf, isPruned, type ResultDay } from './archive-days.ts'
import {
  type ArchivedFile,
  dayFolder,
  isIntact,
  keptName,
  regionFile,
  replaceFile,
  sha256Of,
  sizeOf,
} from './archive-files.ts'
import { isReadable, merged, readBack } from './archive-rows.ts'

/** A region of a day in the database, and what the archive has of it. */
export interface Region {
  store: ArchiveStore
  /** The folder of the archive. */
  dir: string
  day: ResultDay
  counts: RegionCounts
  /** What the manifest says of its file; null if it has none. */
  known: ArchivedFile | null
}

/** What an archive is to have besides the rows. */
export interface Wanted {
  texts: boolean
  timelines: boolean
}

const pathOf = ({ dir, day, counts }: Region): string =>
  join(dayFolder(dir, day.day), regionFile(counts.region))

/** Why the archive does not hold what the database has of a region; null if it does. `careful`: every byte is read. */
export async function misfitOf(region: Region, wanted: Wanted, careful: boolean): Promise<string | null> {
  const { dir, day, counts, known } = region
  if (known === null) return 'it is not archived'
  if (wanted.texts && (known.texts ?? 0) < counts.texts) return 'it has texts that are not archived'
  if (wanted.timelines && known.timelines === null) return 'it has timelines that are not archived'
  const whole =
    careful || isPruned(day)
      ? await isIntact(dir, day.day, known)
      : (await sizeOf(pathOf(region))) === known.bytes
  if (!whole) return `its file ${known.file} is not as its manifest says`
  return (await isAlike(region, known)) ? null : 'it has changed since it was archived'
}

/** Whether a file has the rows that the database has: all of them, if nothing was pruned, and no others. */
async function isAlike(region: Region, known: ArchivedFile): Promise<boolean> {
  const { store, day, counts } = region
  if (!isPruned(day)) {
    if (known.rows !== counts.rows) return false
    if (known.timelines !== null && known.timelines !== counts.timelines) return false
    if (known.digest === counts.digest) return true
  }
  // Another version of the table, or of Postgres, has another digest of the same rows.
  return (await readBack(store, pathOf(region))).matched === counts.rows
}

/** Results that are read at a time. */
const pageRows = 500

/**
 * Writes the file of a region anew, reads it back and compares every row with the database; only then it has its name.
 * Rejects with StoreError, with the error of the disk, or with why it was stopped.
 */
export async function archiveRegion(
  region: Region,
  wanted: Wanted,
  stop: AbortSignal,
): Promise<ArchivedFile | { problem: string }> {
  const { day, counts } = region
  const path = pathOf(region)
  const old = await oldFile(region)
  if (old === 'damaged')
    return {
      problem: `${path} is damaged, and the database has no more what was in it: restore it from a copy, or delete it and the manifest of its day`,
    }
  // Until a manifest names the new one.
  if (old !== null && isPruned(day)) await copyFile(path, keptName(path))
  const facts = noFacts()
  try {
    const fits = await replaceFile(path, async (part) => {
      const { readParquet, writeParquet } = await import('../report/parquet.ts')
      const now = pagesOf(region, withOld(wanted, old), stop)
      const prunedUntil = isPruned(day) ? day.prunedUntil : null
      const pages = old === null ? now : merged(readParquet(path), now, prunedUntil)
      await writeParquet(part, watched(pages, facts))
      const { rows, matched } = await readBack(region.store, part)
      return rows === facts.rows && matched === counts.rows && (isPruned(day) || rows === counts.rows)
    })
    if (!fits) return { problem: `its results in ${counts.region ?? 'no region'} changed meanwhile` }
  } finally {
    await rm(`${path}.part`, { force: true })
  }
  const bytes = (await sizeOf(path)) ?? 0
  const { digest, region: name } = counts
  return { file: regionFile(name), region: name, ...facts, bytes, sha256: await sha256Of(path), digest }
}

/** What a file has besides its rows, if something of it may be nowhere else; null if it is not needed. */
async function oldFile(region: Region): Promise<Wanted | 'damaged' | null> {
  const { dir, day, known } = region
  const has = { texts: (known?.texts ?? null) !== null, timelines: (known?.timelines ?? null) !== null }
  if (isPruned(day)) {
    const state = await stateOfPruned(region)
    return state === 'whole' ? has : state
  }
  const isNeeded = known !== null && (has.texts || has.timelines)
  return isNeeded && (await isIntact(dir, day.day, known)) ? has : null
}

/** Of a file whose rows may be nowhere else; null if there is none yet. */
async function stateOfPruned(region: Region): Promise<'whole' | 'damaged' | null> {
  if ((await isRestored(region)) && (await isReadable(pathOf(region)))) return 'whole'
  return region.known === null && (await sizeOf(pathOf(region))) === null ? null : 'damaged'
}

/** Whether the file of a manifest is there, if need be again: a run may have been killed before its manifest named another. */
async function isRestored(region: Region): Promise<boolean> {
  const { dir, day, known } = region
  if (known === null || (await isIntact(dir, day.day, known))) return true
  if (!(await isIntact(dir, day.day, { ...known, file: keptName(known.file) }))) return false
  await rename(keptName(pathOf(region)), pathOf(region))
  return true
}

const withOld = (wanted: Wanted, old: Wanted | null): Wanted => ({
  texts: wanted.texts || old?.texts === true,
  timelines: wanted.timelines || old?.timelines === true,
})

const timelineColumns = [
  { name: 'timeline_version', type: 'integer' },
  { name: 'timeline', type: 'bytea' },
]

async function* pagesOf(
  { store, day, counts }: Region,
  has: Wanted,
  stop: AbortSignal,
): AsyncGenerator<TypedRows> {
  let after: string | null = null
  do {
    stop.throwIfAborted()
    const selection = { ...boundsOf(day.day), region: counts.region, ...has, after, limit: pageRows }
    const { columns, rows, next }: Awaited<ReturnType<ArchiveStore['listArchive']>> =
      await store.listArchive(selection)
    yield {
      columns: [
        ...columns.filter(({ name }) => has.texts || name !== 'response_text'),
        ...(has.timelines ? timelineColumns : []),
      ],
      rows: rows.map(({ result, ...timeline }) => ({ ...result, ...timeline })),
    }
    after = next
  } while (after !== null)
}

type Facts = Omit<ArchivedFile, 'file' | 'region' | 'bytes' | 'sha256' | 'digest'>

const noFacts = (): Facts => ({
  rows: 0,
  texts: null,
  timelines: null,
  first_created_at: '',
  last_created_at: '',
  first_id: '',
  last_id: '',
})

/** The same pages, and what is in them. */
async function* watched(pages: AsyncIterable<TypedRows>, facts: Facts): AsyncGenerator<TypedRows> {
  for await (const page of pages) {
    const names = new Set(page.columns.map(({ name }) => name))
    if (names.has('response_text')) facts.texts ??= 0
    if (names.has('timeline')) facts.timelines ??= 0
    for (const row of page.rows) note(facts, row)
    yield page
  }
}

function note(facts: Facts, row: JsonRow): void {
  const [id, moment] = [String(row['id']), String(row['created_at'])]
  if (facts.rows === 0) Object.assign(facts, { first_created_at: moment, first_id: id, last_id: id })
  facts.rows += 1
  facts.last_created_at = moment
  if (id < facts.first_id) facts.first_id = id
  if (id > facts.last_id) facts.last_id = id
  if (facts.texts !== null && (row['response_text'] ?? null) !== null) facts.texts += 1
  if (facts.timelines !== null && (row['timeline'] ?? null) !== null) facts.timelines += 1
}
