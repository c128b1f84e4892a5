import { z } from 'zod'
import { date, fromColumns } from './columns.ts'
import type { MakeMethod } from './functions.ts'

/** What the database has of a region in some time. */
export type RegionCounts = z.infer<typeof regionCounts>

const regionCounts = z.object({
  region: z.string().nullable(),
  rows: z.int(),
  /** Of these rows, those with a text, and with a timeline. */
  texts: z.int(),
  timelines: z.int(),
  /** A sum over the rows, as a decimal number: that of a day is the sum of its hours. Texts do not change it. */
  digest: z.string(),
})

const archiveHour = fromColumns(
  z.object({ hour: date.nullable(), prunedUntil: date.nullable(), regions: z.array(regionCounts) }),
)

const archivePage = z.object({
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.array(
    z.object({
      result: z.record(z.string(), z.unknown()),
      timeline: z.string().nullable(),
      timeline_version: z.int().nullable(),
    }),
  ),
  next: z.string().nullable(),
})

const matchedOutput = z.object({ matched: z.int() })

/** Results as an archive takes them, and what of it the database still has alike. */
export interface ArchiveStore {
  /** The first hour with results from `since` on and before `before`, by region; `hour` is null if there is none. */
  readArchiveHour: (input: { since: Date; before: Date }) => Promise<z.infer<typeof archiveHour>>
  /** Results of a region, oldest first, in every column of the table. Timelines are base64. */
  listArchive: (input: {
    since: Date
    before: Date
    region: string | null
    texts: boolean
    timelines: boolean
    after: string | null
    limit: number
  }) => Promise<z.infer<typeof archivePage>>
  /** How many of such rows, each as JSON, the database has, and all alike but for texts. */
  matchArchive: (input: { rows: readonly string[] }) => Promise<z.infer<typeof matchedOutput>>
}

/** The archive over any transport. */
export const archiveOver = (method: MakeMethod): ArchiveStore => ({
  readArchiveHour: method('read_archive_hour', archiveHour),
  listArchive: method('list_archive', archivePage),
  matchArchive: method('match_archive', matchedOutput),
})
