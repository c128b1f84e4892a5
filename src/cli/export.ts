import { open, rename, rm, stat } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { z } from 'zod'
import { resultPages } from '../store/result-pages.ts'
import { type Store, StoreError } from '../store/store.ts'
import { exitCode } from './exit-code.ts'
import { type CommandParts, defineCommand } from './command.ts'
import { moment, yes } from './flags.ts'
import { stoppable } from './stop.ts'
import { incomplete, outputRefusal, writeRows } from './write-rows.ts'

const help = `Write recorded results as CSV or JSON, oldest first.

Usage: pnpm tsx scripts/export.ts [options]

  --since DATE          results recorded from this day or time on (UTC unless it says otherwise)
  --until DATE          and before this one
  --run ID              only those of this run
  --csv                 as CSV, with a header (the default)
  --json                as one JSON array
  --out FILE            to this file, which is replaced only when complete; else to stdout
  --help                this text

Works on every store, including Supabase alone. Results are read and written one page at a time, however many there are. In CSV,
text that a spreadsheet would run as a formula is prefixed with '; in JSON all text is verbatim.

Exit codes: 0 done, 2 bad usage or configuration, 3 the output is incomplete, or the database is unreachable,
130 interrupted.
`

/** Results between two progress messages. */
const progressEvery = 10_000

const schema = z
  .object({
    since: moment.nullable().default(null),
    until: moment.nullable().default(null),
    run: z.uuid('must be the id of a run').nullable().default(null),
    out: z.string().min(1, 'must name a file').nullable().default(null),
    csv: yes,
    json: yes,
  })
  .refine(({ csv, json }) => !csv || !json, '--csv and --json exclude each other')
type Flags = z.output<typeof schema>

/** `export`: writes the results of a time or of a run. */
export const exportResults = defineCommand({
  name: 'export',
  help,
  flags: schema,
  needs: 'store',
  run: (flags, { store, streams }) => write(store, flags, streams).catch(outputRefusal),
})

/** Writes the results and returns the exit code. */
async function write(
  store: Store,
  flags: Flags,
  { stdout, stderr }: CommandParts['streams'],
): Promise<number> {
  const { since, until, run, out } = flags
  const showsProgress = out !== null || stderr.isTTY
  const tell = (text: string) => void (showsProgress && stderr.write(`firsttoken: ${text}\n`))
  let count = 0
  const pages = async function* (stop: AbortSignal | null) {
    for await (const page of resultPages(store, { since, until, runId: run, after: null })) {
      if (stop?.aborted === true) return
      yield page
      if (Math.floor(count / progressEvery) < Math.floor((count += page.rows.length) / progressEvery))
        tell(`${count} results so far`)
    }
  }
  const format = flags.json ? 'json' : 'csv'
  if (out === null) await writeRows(pages(null), format, stdout)
  else if (!(await replaceFile(out, (stream, stop) => writeRows(pages(stop), format, stream))))
    return exitCode.interrupted
  tell(`${count} results${out === null ? '' : ` in ${out}`}`)
  return exitCode.ok
}

/**
 * Writes a file next to a path and renames it once it is complete. False if a signal stopped it, which leaves
 * the path unchanged.
 */
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
    } catch (error) {
      throw error instanceof StoreError ? error : incomplete(error)
    } finally {
      stream.destroy()
      await file.close()
      await rm(part, { force: true })
    }
  })
}
