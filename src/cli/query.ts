import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { RowPage } from '../core/row-page.ts'
import { formatTable, printable } from '../report/format.ts'
import type { Sql } from '../store/connection.ts'
import { codeOf, messageOf } from '../core/error.ts'
import { StoreError } from '../store/store.ts'
import { exitCode, type OpenDatabase, type Streams } from './app.ts'
import { findReadyQuery, readyQueries } from './ready-queries.ts'
import { IncompleteOutput, type RowFormat, writeRows } from './write-rows.ts'

/** What a table shows at most, since its widths are those of all its rows. */
const tableRows = 1000

/** Rows read at a time. */
const pageRows = 1000

const help = `Run one SQL statement on the database and print its rows.

Usage: pnpm tsx scripts/query.ts [--csv | --json] NAME
       pnpm tsx scripts/query.ts [--csv | --json] "select ..."
       pnpm tsx scripts/query.ts [--csv | --json] --file FILE

  NAME          a query that is ready in supabase/queries: uptime, latest-results, ...
  --list        their names, and what each tells
  --file FILE   read the statement from a file
  --csv         the rows as CSV, with a header
  --json        the rows as a JSON array
  --help        this text

A table has the first ${tableRows} rows; --csv and --json give all, as they are read. In CSV a text that a spreadsheet would run as a
formula gets a ' before it; in JSON every text is as it is.

Works on DATABASE_URL or the embedded database. With Supabase alone there is no SQL connection: use its SQL editor, or set
DATABASE_URL to the project's connection string.

Exit codes: 0 done, 2 bad usage, or the database refused, 3 the output is incomplete.
`

/** `query`: one statement, its rows as a table, as CSV or as JSON. Returns the exit code. */
export async function query(
  argv: string[],
  openDatabase: OpenDatabase,
  streams: Streams = process,
): Promise<number> {
  const flags = readFlags(argv)
  if ('problem' in flags) return refuse(flags.problem, streams)
  if (flags.help || flags.list) {
    streams.stdout.write(flags.help ? help : listed())
    return exitCode.ok
  }
  try {
    const { sql } = await openDatabase()
    try {
      await print(sql, flags, streams)
      return exitCode.ok
    } finally {
      await sql.close()
    }
  } catch (error) {
    return explain(error, streams)
  }
}

async function print(sql: Sql, { statement, form }: Flags, { stdout }: Streams): Promise<void> {
  if (form !== 'table') return writeRows(sql.pages(statement, pageRows), form, stdout)
  for await (const page of sql.pages(statement, tableRows + 1)) {
    stdout.write(rowsTable(page))
    break
  }
}

function explain(error: unknown, streams: Streams): number {
  if (error instanceof IncompleteOutput) {
    refuse(error.message, streams)
    return exitCode.notRecorded
  }
  if (!(error instanceof StoreError) && codeOf(error) === null) throw error
  const message = messageOf(error)
  const several = codeOf(error) === '42601' && message.includes('multiple commands')
  return refuse(several ? 'give one statement only: the text has several' : message, streams)
}

function listed(): string {
  const columns = ['query', 'tells'].map((title) => ({ title, align: 'left' as const }))
  return `${formatTable(
    columns,
    readyQueries().map(({ name, title }) => [name, title]),
  )}\n`
}

interface Flags {
  statement: string
  form: RowFormat | 'table'
  list: boolean
  help: boolean
}

function readFlags(argv: string[]): Flags | { problem: string } {
  const yes = { type: 'boolean' } as const
  const options = {
    file: { type: 'string' },
    list: yes,
    csv: yes,
    json: yes,
    help: { ...yes, short: 'h' },
  } as const
  try {
    const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true })
    const { file, csv, json, list = false, help: asked = false } = values
    if (csv && json) return { problem: '--csv and --json exclude each other' }
    const found = asked || list ? { text: '' } : findStatement(positionals, file)
    if ('problem' in found) return found
    return { statement: found.text, form: csv ? 'csv' : json ? 'json' : 'table', list, help: asked }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

function findStatement(words: string[], file?: string): { text: string } | { problem: string } {
  const [given = '', ...more] = file === undefined ? words : [readFileSync(file, 'utf8'), ...words]
  if (given.trim() === '' || more.length > 0)
    return { problem: 'give the name of a query, one SQL statement in quotes, or --file; --help shows how' }
  // No query that SQL knows is one word.
  return file === undefined && /^[\w.-]+$/.test(given) ? findReadyQuery(given) : { text: given }
}

function refuse(problem: string, { stderr }: Streams): number {
  stderr.write(`firsttoken: ${problem}\n`)
  return exitCode.usage
}

function rowsTable({ columns: names, rows }: RowPage): string {
  const cells = rows.slice(0, tableRows).map((row) => row.map(cell))
  // Counts and numerics come as text, since a number of ours could not hold them all.
  const numeric = (index: number) => cells.every((row) => /^-?\d*\.?\d*$/.test(row[index] ?? ''))
  const columns = names.map((title, index) => ({
    title,
    align: numeric(index) ? ('right' as const) : ('left' as const),
  }))
  const count = rows.length === 1 ? '1 row' : `${rows.length} rows`
  const told = rows.length > tableRows ? `the first ${tableRows} rows: --csv or --json gives all` : count
  return `${names.length === 0 ? '' : `${formatTable(columns, cells)}\n`}(${told})\n`
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
  return printable(typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 80)
}
