import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { RowPage } from '../core/row-page.ts'
import { formatTable, printable } from '../report/format.ts'
import { StoreError } from '../store/store.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand, withDatabase } from './command.ts'
import { words, yes } from './flags.ts'
import { findReadyQuery, readyQueries } from './ready-queries.ts'
import { outputRefusal, type RowFormat, writeRows } from './write-rows.ts'

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

const flags = z
  .object({
    words,
    file: z.string().nullable().default(null),
    list: yes,
    csv: yes,
    json: yes,
  })
  .refine(({ csv, json }) => !csv || !json, '--csv and --json exclude each other')

/** `query`: one statement, its rows as a table, as CSV or as JSON. */
export const query = defineCommand({
  name: 'query',
  help,
  flags,
  needs: 'nothing',
  run: async ({ words: given, file, list, csv, json }, { openDatabase, streams: { stdout } }) => {
    if (list) {
      stdout.write(listed())
      return exitCode.ok
    }
    const form = csv ? 'csv' : json ? 'json' : 'table'
    try {
      const found = findStatement(given, file)
      if ('problem' in found) return found
      const size = form === 'table' ? tableRows + 1 : pageRows
      await withDatabase(openDatabase, ({ sql }) => print(sql.pages(found.text, size), form, stdout))
      return exitCode.ok
    } catch (error) {
      return error instanceof StoreError ? { problem: reasonOf(error) } : outputRefusal(error)
    }
  },
})

/** Prints all pages of rows, or the first one as a table. */
async function print(
  pages: AsyncIterable<RowPage>,
  form: RowFormat | 'table',
  stdout: NodeJS.WriteStream,
): Promise<void> {
  if (form !== 'table') return writeRows(pages, form, stdout)
  for await (const page of pages) {
    stdout.write(rowsTable(page))
    break
  }
}

const reasonOf = ({ code, message }: StoreError): string =>
  code === '42601' && message.includes('multiple commands')
    ? 'give one statement only: the text has several'
    : message

function listed(): string {
  const columns = ['query', 'tells'].map((title) => ({ title, align: 'left' as const }))
  return `${formatTable(
    columns,
    readyQueries().map(({ name, title }) => [name, title]),
  )}\n`
}

function findStatement(given: string[], file: string | null): { text: string } | { problem: string } {
  const [statement = '', ...more] = file === null ? given : [readFileSync(file, 'utf8'), ...given]
  if (statement.trim() === '' || more.length > 0)
    return { problem: 'give the name of a query, one SQL statement in quotes, or --file; --help shows how' }
  // No query that SQL knows is one word.
  return file === null && /^[\w.-]+$/.test(statement) ? findReadyQuery(statement) : { text: statement }
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
