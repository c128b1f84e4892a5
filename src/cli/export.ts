import { rmSync } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { z } from 'zod'
import type { RowPage } from '../core/row-page.ts'
import { codeOf, messageOf } from '../core/error.ts'
import { type Store, StoreError } from '../store/store.ts'
import { exitCode, type OpenApp, type Streams } from './app.ts'
import { storeCode } from './benchmark-once.ts'
import { runOnStore } from './command.ts'
import { moment } from './moment.ts'
import { parseFlags, textFlag, yesFlag } from './parse-flags.ts'
import { IncompleteOutput, writeRows } from './write-rows.ts'

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

/** `export`: writes results, of a time or of a run. Returns the exit code. */
export const exportResults = (
  argv: string[],
  openApp: OpenApp,
  streams: Streams = process,
): Promise<number> =>
  runOnStore({ help, readFlags, run: (flags, _, store) => exportOnce(flags, store, streams) }, argv, {
    openApp,
    streams,
  })

async function exportOnce(flags: Flags, store: Store, streams: Streams): Promise<number> {
  try {
    await write(store, flags, streams)
    return exitCode.ok
  } catch (error) {
    return explain(error, streams)
  }
}

async function write(store: Store, flags: Flags, { stdout, stderr }: Streams): Promise<void> {
  const { since, until, run, out } = flags
  const told = out !== null || stderr.isTTY
  const tell = (text: string) => void (told && stderr.write(`firsttoken: ${text}\n`))
  let count = 0
  const pages = async function* () {
    for await (const page of resultPages(store, { since, until, runId: run })) {
      yield page
      if (Math.floor(count / toldEvery) < Math.floor((count += page.rows.length) / toldEvery))
        tell(`${count} results so far`)
    }
  }
  const format = flags.json ? 'json' : 'csv'
  if (out === null) await writeRows(pages(), format, stdout)
  else await replaceFile(out, (stream) => writeRows(pages(), format, stream))
  tell(`${count} results${out === null ? '' : ` in ${out}`}`)
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

/** Has a file written beside, and puts it into its place when that is done; else the place stays as it is. */
async function replaceFile(
  path: string,
  fill: (stream: NodeJS.WritableStream) => Promise<void>,
): Promise<void> {
  const present = await stat(path).catch(() => null)
  if (present?.isFile() === false) throw new StoreError('invalid', `--out ${path} is not a file`)
  // Of its own: two exports into one file must not write into each other.
  const part = `${path}.${process.pid}.part`
  const file = await open(part, 'w')
  const onSignal = () => {
    rmSync(part, { force: true })
    process.exit(exitCode.interrupted)
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, onSignal)
  const stream = file.createWriteStream({ flush: true })
  try {
    await fill(stream)
    await finished(stream.end())
    await rename(part, path)
  } catch (error) {
    stream.destroy()
    await file.close()
    await rm(part, { force: true })
    throw error
  } finally {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

function explain(error: unknown, { stderr }: Streams): number {
  const known = error instanceof IncompleteOutput || error instanceof StoreError || codeOf(error) !== null
  if (!known) throw error
  stderr.write(`firsttoken: ${messageOf(error)}\n`)
  if (error instanceof StoreError) return storeCode(error)
  return error instanceof IncompleteOutput ? exitCode.notRecorded : exitCode.usage
}

const flag = z.boolean().default(false)
const schema = z.object({
  since: moment.nullable().default(null),
  until: moment.nullable().default(null),
  run: z.uuid('must be the id of a run').nullable().default(null),
  out: z.string().min(1, 'must name a file').nullable().default(null),
  csv: flag,
  json: flag,
})
type Flags = z.infer<typeof schema>

function readFlags(argv: string[]): Flags | { problem: string } {
  const options = {
    since: textFlag,
    until: textFlag,
    run: textFlag,
    out: textFlag,
    csv: yesFlag,
    json: yesFlag,
  }
  const flags = parseFlags(argv, options, schema)
  return 'csv' in flags && flags.csv && flags.json
    ? { problem: '--csv and --json exclude each other' }
    : flags
}
