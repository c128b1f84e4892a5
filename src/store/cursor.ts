import type { ClientBase } from 'pg'
import type { RowPage } from '../core/row-page.ts'
import { codeOf } from '../core/error.ts'

/** A statement, the number of rows to a page, and how long each page may take, in ms. */
export interface Reading {
  text: string
  size: number
  timeout: number
}

/**
 * Reads the rows of one statement in pages; the first page comes even if it is empty. The connection must not
 * be used for anything else and must be closed afterwards, which ends the transaction. Rejects with the
 * driver's error.
 */
export async function* readPages(
  client: ClientBase,
  { text, size, timeout }: Reading,
): AsyncGenerator<RowPage> {
  const { types } = await import('pg')
  const { BYTEA, DATE, TIMESTAMP, INTERVAL } = types.builtins
  // As Postgres prints them: the driver would convert days and times to the local zone, and the others to
  // objects.
  for (const type of [BYTEA, DATE, TIMESTAMP, INTERVAL]) client.setTypeParser(type, (value) => value)
  const run = async (statement: string): Promise<RowPage> => {
    // The simple protocol would run all of several statements.
    const query = {
      text: statement,
      rowMode: 'array' as const,
      queryMode: 'extended',
      query_timeout: timeout,
    }
    const { fields, rows } = await client.query<unknown[]>(query)
    return { columns: fields.map(({ name }) => name), rows }
  }
  const fetch = `fetch forward ${size} from pages`
  let page: RowPage
  try {
    await declare(run, text)
    page = await run(fetch)
  } catch (error) {
    if (!refusals.has(codeOf(error) ?? '')) throw error
    await run('rollback')
    yield await run(text)
    return
  }
  yield page
  while (page.rows.length === size) {
    page = await run(fetch)
    if (page.rows.length > 0) yield page
  }
}

async function declare(run: (statement: string) => Promise<unknown>, text: string): Promise<void> {
  // A statement that writes would write only as far as its rows are read.
  await run('begin read only')
  // All rows are read: the plan that returns the first ones soonest may return the last one late.
  await run('set local cursor_tuple_fraction = 1')
  await run(`declare pages no scroll cursor for ${text}`)
}

/**
 * Errors that reject a statement that is not a query, or that writes, before it has done anything: syntax
 * error, not supported, read only.
 */
const refusals: ReadonlySet<string> = new Set(['42601', '0A000', '25006'])
