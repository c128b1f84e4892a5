import { z } from 'zod'
import { codeOf, messageOf } from '../core/error.ts'
import { toJsonText } from '../core/json.ts'
import { counted } from '../core/text.ts'
import type { App } from '../jobs/app.ts'
import { type ArchivedDay, archiveDays, type ArchiveRequest } from '../jobs/archive.ts'
import type { ArchivedFile } from '../jobs/archive-files.ts'
import type { Store } from '../store/store.ts'
import { defineCommand } from './command.ts'
import { exitCode } from './exit-code.ts'
import type { CommandFailure } from './failure.ts'
import { moment, text, yes } from './flags.ts'
import { stoppable } from './stop.ts'
import type { Streams } from './streams.ts'

const help = `Write results of days that are over as Parquet files, one for each day (UTC) and region.

Usage: pnpm tsx scripts/archive.ts [options]

  --dir DIR             to this folder (default ARCHIVE_DIR, else archive)
  --older N             only days that ended N days ago or earlier: 30d
  --before DATE         only days before this one
  --since DATE          only days from this one on
  --timelines           with the raw timestamps of each result
  --texts               with the texts of answers that are there still
  --json                one JSON document on stdout, nothing else
  --help                this text

Each file is read back and compared with the database, row by row, before the day's manifest.json names it. Run it again for
days that came since, or have changed; what is archived as it is, is left alone. \`prune.ts --archived DIR\` deletes only what is
archived. Works on every store, including Supabase alone.

Exit codes: 0 done, 2 bad usage or configuration, 3 a day could not be archived, or the database failed, 130 interrupted.
`

const dayMs = 24 * 3_600_000

const schema = z
  .object({
    dir: text,
    older: z
      .string()
      .regex(/^\d{1,5}d$/, 'must be a number of days such as 30d')
      .transform((given) => Number(given.slice(0, -1)))
      .nullable()
      .default(null),
    before: moment.nullable().default(null),
    since: moment.nullable().default(null),
    timelines: yes,
    texts: yes,
    json: yes,
  })
  .refine(({ older, before }) => older === null || before === null, '--older and --before exclude each other')
type Flags = z.output<typeof schema>

/** `archive`: results of past days as files. */
export const archiveCommand = defineCommand({
  name: 'archive',
  help,
  flags: schema,
  needs: 'store',
  run: (flags, { app, store, streams }) => {
    const { archive } = app.config.retention
    const dir = flags.dir ?? archive ?? 'archive'
    return write({ ...flags, dir, before: endOf(flags, app) }, store, streams).catch(diskFailure)
  },
})

/** Only what is over is archived. */
function endOf({ older, before }: Flags, { clock }: App): Date {
  const now = clock.date()
  const end = before ?? new Date(now.getTime() - (older ?? 0) * dayMs)
  return end < now ? end : now
}

async function write(
  { json, ...request }: Omit<ArchiveRequest, 'stop'> & { json: boolean },
  store: Store,
  { stdout, stderr }: Streams,
): Promise<number> {
  const days: ArchivedDay[] = []
  const finished = await stoppable(async ({ stop }) => {
    for await (const day of archiveDays(store, { ...request, stop })) {
      days.push(day)
      if (day.state !== 'kept') stderr.write(`firsttoken: ${dayText(day)}\n`)
    }
    return !stop.aborted
  })
  const of = (...states: ArchivedDay['state'][]) => days.filter(({ state }) => states.includes(state))
  const summary = {
    dir: request.dir,
    archived: of('written', 'rewritten').length,
    kept: of('kept').length,
    failed: of('failed').length,
    days: of('written', 'rewritten', 'failed'),
  }
  stdout.write(json ? `${toJsonText(summary, 2)}\n` : summaryText(summary, request))
  if (!finished) return exitCode.interrupted
  return summary.failed > 0 ? exitCode.notRecorded : exitCode.ok
}

const rowsOf = (files: readonly ArchivedFile[]): number => files.reduce((sum, { rows }) => sum + rows, 0)

function dayText({ day, state, why, files }: ArchivedDay): string {
  if (state === 'failed') return `${day} was not archived: ${why}; archive again`
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const again = why === null ? '' : ` again, as ${why}`
  return `${day} archived${again}: ${counted(rowsOf(files), 'result')} in ${counted(files.length, 'file')}, ${Math.ceil(bytes / 1000)} kB`
}

function summaryText(
  { archived, kept, failed }: { archived: number; kept: number; failed: number },
  { dir, timelines }: Pick<ArchiveRequest, 'dir' | 'timelines'>,
): string {
  const more = failed === 0 ? '' : `, ${failed} could not be`
  const without = archived === 0 || timelines ? '' : '; without timelines, which --timelines adds'
  return `${counted(archived, 'day')} archived in ${dir}, ${kept} were already${more}${without}\n`
}

/** A disk that fails is shown; anything else is not ours to explain. */
function diskFailure(error: unknown): CommandFailure {
  if (codeOf(error) === null || (error as Error).name === 'StoreError') throw error
  return { problem: `the archive cannot be written: ${messageOf(error)}`, code: exitCode.notRecorded }
}
