import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { formatTable, printable } from '../report/format.ts'
import { StoreError } from '../store/store.ts'
import { exitCode, type OpenDatabase, type Streams } from './app.ts'

const help = `Run one SQL statement on the database and print its rows.

Usage: pnpm tsx scripts/query.ts [--json] "select ..."
       pnpm tsx scripts/query.ts [--json] --file FILE

  --file FILE   read the statement from a file, such as one of supabase/queries
  --json        the rows as a JSON array
  --help        this text

Works on DATABASE_URL or the embedded database. With Supabase alone there is no SQL connection: use its SQL editor, or set
DATABASE_URL to the project's connection string.
`

/** `query`: one statement, its rows as a table or as JSON. Returns the exit code. */
export async function query(
  argv: string[],
  openDatabase: OpenDatabase,
  streams: Streams = process,
): Promise<number> {
  const flags = readFlags(argv)
  if ('problem' in flags) return refuse(flags.problem, streams)
  if (flags.help) {
    streams.stdout.write(help)
    return exitCode.ok
  }
  try {
    const { sql } = await openDatabase()
    try {
      const { rows } = await sql.query(flags.statement)
      // The driver gives an answer for each of several statements.
      if (!Array.isArray(rows)) return refuse('give one statement only: the text has several', streams)
      streams.stdout.write(flags.json ? `${JSON.stringify(rows, null, 2)}\n` : rowsTable(rows))
      return exitCode.ok
    } finally {
      await sql.close()
    }
  } catch (error) {
    if (error instanceof StoreError || (error instanceof Error && 'code' in error))
      return refuse(error.message, streams)
    throw error
  }
}

interface Flags {
  statement: string
  json: boolean
  help: boolean
}

function readFlags(argv: string[]): Flags | { problem: string } {
  const options = {
    file: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true })
    const { file, json = false, help: asked = false } = values
    const [statement = '', ...more] =
      file === undefined ? positionals : [readFileSync(file, 'utf8'), ...positionals]
    if (!asked && (statement.trim() === '' || more.length > 0))
      return { problem: 'give one SQL statement, in quotes, or --file; --help shows how' }
    return { statement, json, help: asked }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

function refuse(problem: string, { stderr }: Streams): number {
  stderr.write(`firsttoken: ${problem}\n`)
  return exitCode.usage
}

function rowsTable(rows: readonly Record<string, unknown>[]): string {
  const names = Object.keys(rows[0] ?? {})
  // Counts and numerics come as text, since a number of ours could not hold them all.
  const numeric = (name: string) => rows.every((row) => /^-?\d*\.?\d*$/.test(cell(row[name])))
  const columns = names.map((title) => ({
    title,
    align: numeric(title) ? ('right' as const) : ('left' as const),
  }))
  const cells = rows.map((row) => names.map((name) => cell(row[name])))
  const count = `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})\n`
  return names.length === 0 ? count : `${formatTable(columns, cells)}\n${count}`
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
  return printable(typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 80)
}
