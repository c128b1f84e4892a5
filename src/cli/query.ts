import { z } from 'zod'
import { codeOf, messageOf } from '../core/error.ts'
import type { RowPage } from '../core/row-page.ts'
import { formatTable, printable, shortened } from '../report/format.ts'
import { StoreError } from '../store/store.ts'
import { exitCode } from './exit-code.ts'
import { defineCommand, withDatabase } from './command.ts'
import { words, yes } from './flags.ts'
import { findStatement, readyQueries } from './ready-queries.ts'
import { outputRefusal, type RowFormat, writeRows } from './write-rows.ts'

/** Most rows of a table: it is held in memory, because its widths depend on all rows. */
const tableRows = 1000

/** Columns of the terminal that a cell may take. */
const widestCell = 80

/** Rows read at a time. */
const pageRows = 1000

const help = `Run one SQL statement on the database and print its rows.

Usage: pnpm tsx scripts/query.ts [--csv | --json] NAME
       pnpm tsx scripts/query.ts [--csv | --json] "select ..."
       pnpm tsx scripts/query.ts [--csv | --json] --file FILE

  NAME          a ready-made query of supabase/queries: uptime, latest-results, ...
  --list        their names, and what each shows
  --file FILE   read the statement from a file
  --csv         the rows as CSV, with a header
  --json        the rows as a JSON array
  --help        this text

A table shows the first ${tableRows} rows; --csv and --json stream all of them. In CSV, text that a spreadsheet would run as a
formula is prefixed with '; in JSON all text is verbatim.

Works on DATABASE_URL or the embedded database. Supabase alone has no SQL connection: use its SQL editor, or set DATABASE_URL
to the project's connection string.

Exit codes: 0 done, 2 bad usage, or the database rejected the statement, 3 the output is incomplete.
`

const schema = z
  .object({
    words,
    file: z.string().nullable().default(null),
    list: yes,
    csv: yes,
    json: yes,
  })
  .refine(({ csv, json }) => !csv || !json, '--csv and --json exclude each other')

/** `query`: runs one statement and prints its rows as a table, CSV or JSON. */
export const query = defineCommand({
  name: 'query',
  help,
  flags: schema,
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
      return refusalOf(error)
    }
  },
})

/** What the database rejects is bad usage, whether its driver reports it or the store. */
function refusalOf(error: unknown): ReturnType<typeof outputRefusal> {
  if (codeOf(error) === '42601' && messageOf(error).includes('multiple commands'))
    return { problem: 'give one statement only: the text has several' }
  return error instanceof StoreError ? { problem: error.message } : outputRefusal(error)
}

/** Streams all pages, or prints the first rows as a table. */
async function print(
  pages: AsyncIterable<RowPage>,
  form: RowFormat | 'table',
  stdout: NodeJS.WriteStream,
): Promise<void> {
  if (form !== 'table') return writeRows(pages, form, stdout)
  let columns: readonly string[] = []
  const cells: string[][] = []
  for await (const page of pages) {
    ;({ columns } = page)
    // What is not shown is not kept.
    cells.push(...page.rows.map((row) => row.map(cell)))
    if (cells.length > tableRows) break
  }
  stdout.write(rowsTable(columns, cells))
}

function listed(): string {
  const columns = ['query', 'shows'].map((title) => ({ title, align: 'left' as const }))
  return `${formatTable(
    columns,
    readyQueries().map(({ name, title }) => [name, title]),
  )}\n`
}

function rowsTable(names: readonly string[], rows: readonly string[][]): string {
  const cells = rows.slice(0, tableRows)
  // Counts and numerics arrive as text, because a JavaScript number cannot hold them all.
  const numeric = (index: number) => cells.every((row) => /^-?\d*\.?\d*$/.test(row[index] ?? ''))
  const columns = names.map((title, index) => ({
    title: printable(title),
    align: numeric(index) ? ('right' as const) : ('left' as const),
  }))
  const count = rows.length === 1 ? '1 row' : `${rows.length} rows`
  const caption = rows.length > tableRows ? `the first ${tableRows} rows: --csv or --json gives all` : count
  return `${names.length === 0 ? '' : `${formatTable(columns, cells)}\n`}(${caption})\n`
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
  return shortened(printable(typeof value === 'string' ? value : JSON.stringify(value)), widestCell)
}
