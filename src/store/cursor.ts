import type { ClientBase } from 'pg'
import type { RowPage } from '../core/row-page.ts'
import { codeOf } from '../core/error.ts'

/** A statement, how many of its rows to read at a time, and how long each time may take, in ms. */
export interface Reading {
  text: string
  size: number
  timeout: number
}

/**
 * Reads the rows of one statement in pages; the first comes also without rows. The connection must be of no other use, and be closed
 * afterwards, whether all was read or not: that ends the transaction. Rejects with the driver's error.
 */
export async function* readPages(
  client: ClientBase,
  { text, size, timeout }: Reading,
): AsyncGenerator<RowPage> {
  const { types } = await import('pg')
  const { BYTEA, DATE, TIMESTAMP, INTERVAL } = types.builtins
  // As Postgres writes them: the driver would put days and times into the zone of this machine, and make objects of the others.
  for (const type of [BYTEA, DATE, TIMESTAMP, INTERVAL]) client.setTypeParser(type, (value) => value)
  const run = async (statement: string): Promise<RowPage> => {
    // The simple protocol would run each of several statements.
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
  // What writes would write only as far as somebody reads.
  await run('begin read only')
  // All rows are read: the plan that gives the first ones soonest may give the last one late.
  await run('set local cursor_tuple_fraction = 1')
  await run(`declare pages no scroll cursor for ${text}`)
}

/** What meets a statement that is no query, or that writes, before it has done anything: syntax error, not supported, read only. */
const refusals: ReadonlySet<string> = new Set(['42601', '0A000', '25006'])
