import { open, rename, rm, stat } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import type { RowPage } from '../core/rows.ts'
import { codeOf, messageOf } from '../store/error-code.ts'
import { type Store, StoreError } from '../store/store.ts'
import { exitCode, type OpenApp, type Streams } from './app.ts'
import { moment } from './moment.ts'
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
export async function exportResults(
  argv: string[],
  openApp: OpenApp,
  streams: Streams = process,
): Promise<number> {
  const flags = readFlags(argv)
  if ('problem' in flags) return refuse(`${flags.problem}; --help lists the options`, streams)
  if (flags.help) {
    streams.stdout.write(help)
    return exitCode.ok
  }
  const app = openApp()
  if ('problems' in app) return refuse(app.problems.join('\n'), streams)
  try {
    const store = await app.store.open()
    try {
      await write(store, flags, streams)
      return exitCode.ok
    } finally {
      await store.close()
    }
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
  const part = `${path}.part`
  const file = await open(part, 'w')
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
  }
}

/** What a person can repair before trying again. */
const repairable = new Set(['denied', 'invalid', 'missing'])

function explain(error: unknown, { stderr }: Streams): number {
  const known = error instanceof IncompleteOutput || error instanceof StoreError || codeOf(error) !== null
  if (!known) throw error
  stderr.write(`firsttoken: ${messageOf(error)}\n`)
  if (error instanceof StoreError) return repairable.has(error.kind) ? exitCode.usage : exitCode.notRecorded
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
  help: flag,
})
type Flags = z.infer<typeof schema>

function readFlags(argv: string[]): Flags | { problem: string } {
  const text = { type: 'string' } as const
  const yes = { type: 'boolean' } as const
  const options = { since: text, until: text, run: text, out: text, csv: yes, json: yes }
  try {
    const { values } = parseArgs({ args: argv, options: { ...options, help: { ...yes, short: 'h' } } })
    const parsed = schema.safeParse(values)
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      return { problem: `--${String(issue?.path[0])} ${issue?.message ?? 'cannot be used'}` }
    }
    return parsed.data.csv && parsed.data.json
      ? { problem: '--csv and --json exclude each other' }
      : parsed.data
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

function refuse(problem: string, { stderr }: Streams): number {
  stderr.write(`firsttoken: ${problem}\n`)
  return exitCode.usage
}
