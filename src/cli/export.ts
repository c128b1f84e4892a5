import { open, rename, rm, stat } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { z } from 'zod'
import type { RowPage } from '../core/row-page.ts'
import { type Store, StoreError } from '../store/store.ts'
import { exitCode } from './exit-code.ts'
import type { Streams } from './streams.ts'
import { defineCommand } from './command.ts'
import { moment, yes } from './flags.ts'
import { stoppable } from './stop.ts'
import { outputRefusal, writeRows } from './write-rows.ts'

const help = `Write recorded results as CSV or JSON, oldest first.

Usage: pnpm tsx scripts/export.ts [options]

  --since DATE          results recorded from this day or time on (UTC unless it says otherwise)
  --until DATE          and before this one
  --run ID              only those of this run
  --csv                 as CSV, with a header (the default)
  --json                as one JSON array
  --out FILE            into this file, which changes only when all of it is written; else on stdout
  --help                this text

Works on every store, Supabase alone included. Results are read and written a page at a time, however many there are. In CSV a text
that a spreadsheet would run as a formula gets a ' before it; in JSON every text is as it is.

Exit codes: 0 done, 2 bad usage or configuration, 3 the output is incomplete, or the database is away.
`

/** Results read at a time. */
const pageRows = 500

/** Results between two words on how far it is. */
const toldEvery = 10_000

const flags = z
  .object({
    since: moment.nullable().default(null),
    until: moment.nullable().default(null),
    run: z.uuid('must be the id of a run').nullable().default(null),
    out: z.string().min(1, 'must name a file').nullable().default(null),
    csv: yes,
    json: yes,
  })
  .refine(({ csv, json }) => !csv || !json, '--csv and --json exclude each other')
type Flags = z.output<typeof flags>

/** `export`: writes the results of a time or of a run. */
export const exportResults = defineCommand({
  name: 'export',
  help,
  flags,
  needs: 'store',
  run: (asked, { store, streams }) => write(store, asked, streams).catch(outputRefusal),
})

/** Writes the results; the exit code. */
async function write(store: Store, asked: Flags, { stdout, stderr }: Streams): Promise<number> {
  const { since, until, run, out } = asked
  const told = out !== null || stderr.isTTY
  const tell = (text: string) => void (told && stderr.write(`firsttoken: ${text}\n`))
  let count = 0
  const pages = async function* (stop: AbortSignal | null) {
    for await (const page of resultPages(store, { since, until, runId: run })) {
      if (stop?.aborted === true) return
      yield page
      if (Math.floor(count / toldEvery) < Math.floor((count += page.rows.length) / toldEvery))
        tell(`${count} results so far`)
    }
  }
  const format = asked.json ? 'json' : 'csv'
  if (out === null) await writeRows(pages(null), format, stdout)
  else if (!(await replaceFile(out, (stream, stop) => writeRows(pages(stop), format, stream))))
    return exitCode.interrupted
  tell(`${count} results${out === null ? '' : ` in ${out}`}`)
  return exitCode.ok
}

/** Which results. */
type Selection = Omit<Parameters<Store['listResults']>[0], 'after' | 'limit'>

/** The results of a selection, with the columns that the first page has. */
async function* resultPages(store: Store, selection: Selection): AsyncGenerator<RowPage> {
  let columns: string[] | null = null
  let after: string | null = null
  do {
    const page = await store.listResults({ ...selection, after, limit: pageRows })
    const names = (columns ??= page.columns)
    yield { columns: names, rows: page.rows.map((row) => names.map((name) => row[name])) }
    after = page.next
  } while (after !== null)
}

/** Has a file written next to a path and moves it there once it is complete; false if a signal stopped that, which leaves the path as it was. */
async function replaceFile(
  path: string,
  fill: (stream: NodeJS.WritableStream, stop: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const present = await stat(path).catch(() => null)
  if (present?.isFile() === false) throw new StoreError('invalid', `--out ${path} is not a file`)
  // Named after the process: two exports into one file must not write into each other.
  const part = `${path}.${process.pid}.part`
  const file = await open(part, 'w')
  const stream = file.createWriteStream({ flush: true })
  return stoppable(async ({ stop }) => {
    try {
      await fill(stream, stop)
      await finished(stream.end())
      if (!stop.aborted) await rename(part, path)
      return !stop.aborted
    } finally {
      stream.destroy()
      await file.close()
      await rm(part, { force: true })
    }
  })
}
