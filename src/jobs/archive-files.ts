import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { codeOf } from '../core/error.ts'

// An archive on disk: a folder a day (UTC) with a file a region, named as DuckDB and others read them, and a manifest
// that says what they hold. A file counts only once the manifest of its day names it.

/** A file of an archive. */
export type ArchivedFile = z.infer<typeof archivedFile>

const fileFields = z.object({
  /** From the folder of the day. */
  file: z.string(),
  region: z.string().nullable(),
  rows: z.int(),
  /** Rows with a text, and with a timeline; null if the file has no such column. */
  texts: z.int().nullable(),
  timelines: z.int().nullable(),
  bytes: z.int(),
  sha256: z.string(),
  /** What the database said of the same rows. */
  digest: z.string(),
  first_created_at: z.string(),
  last_created_at: z.string(),
  /** The lowest and the highest. */
  first_id: z.string(),
  last_id: z.string(),
})

/** A manifest that somebody has edited leads to no other file. */
const archivedFile = fileFields.refine(({ file, region }) => file === regionFile(region))

/** What the manifest of a day says. */
export type Manifest = z.infer<typeof manifestSchema>

const manifestSchema = z.object({
  /** Raised when files are laid out otherwise. */
  format: z.literal(1),
  day: z.iso.date(),
  archived_at: z.string(),
  files: z.array(archivedFile),
})

/** The folder of a day. */
export const dayFolder = (dir: string, day: string): string => join(dir, `day=${day}`)

/** The file of a region, from the folder of its day. The name without a region is the one that is read as null. */
export const regionFile = (region: string | null): string =>
  join(
    `region=${region === null ? '__HIVE_DEFAULT_PARTITION__' : encodeURIComponent(region)}`,
    'results.parquet',
  )

/** By what name a file is kept that is written again, until the manifest names the new one. */
export const keptName = (file: string): string => `${file}.old`

const manifestPath = (dir: string, day: string): string => join(dayFolder(dir, day), 'manifest.json')

/** The manifest of a day; null if it has none that can be used. Rejects if it cannot be read. */
export async function readManifest(dir: string, day: string): Promise<Manifest | null> {
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(await readFile(manifestPath(dir, day), 'utf8')))
    return parsed.success && parsed.data.day === day ? parsed.data : null
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return null
    throw error
  }
}

/** Replaces the manifest of a day. */
export async function writeManifest(dir: string, manifest: Manifest): Promise<void> {
  const path = manifestPath(dir, manifest.day)
  const file = await open(`${path}.part`, 'w')
  try {
    await file.writeFile(`${JSON.stringify(manifest, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.part`, path)
}

/**
 * Makes a file by another name, and gives it its own once `fill` says that it is right and it is on the disk. Returns
 * what that says.
 */
export async function replaceFile(path: string, fill: (part: string) => Promise<boolean>): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true })
  const part = `${path}.part`
  if (!(await fill(part))) return false
  const file = await open(part, 'r+')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
  return true
}

/** The size of a file in bytes, null if it is not there. */
export async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** The SHA-256 of a file, in hex. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Whether a file is there, byte for byte. */
export async function isIntact(dir: string, day: string, file: ArchivedFile): Promise<boolean> {
  const path = join(dayFolder(dir, day), file.file)
  return (await sizeOf(path)) === file.bytes && (await sha256Of(path)) === file.sha256
}
