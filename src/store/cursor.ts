import type { ClientBase } from 'pg'
import type { RowPage } from '../core/row-page.ts'
import { codeOf } from '../core/error.ts'

/** A statement, the most rows of a page, and how long each page may take, in ms. */
export interface Reading {
  text: string
  size: number
  timeout: number
}

/**
 * Reads the rows of one statement in pages, which are the shorter the longer their rows are; the first page comes
 * even if it is empty. The connection must not
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
  const fetch = (count: number) => run(`fetch forward ${count} from pages`)
  let count = Math.min(size, firstRows)
  let page: RowPage
  try {
    await declare(run, text)
    page = await fetch(count)
  } catch (error) {
    if (!refusals.has(codeOf(error) ?? '')) throw error
    await run('rollback')
    yield await run(text)
    return
  }
  yield page
  while (page.rows.length === count) {
    count = Math.min(size, count * growth, Math.max(1, Math.floor((mostLength * count) / lengthOf(page))))
    page = await fetch(count)
    if (page.rows.length > 0) yield page
  }
}

/** Rows of the first page, by which the length of a row is known; and how much longer the next one may be. */
const firstRows = 16
const growth = 4

/** Characters of a page, about: a result has a text of up to a million. */
const mostLength = 4_000_000

/** How many characters the values of a page have, about. */
const lengthOf = ({ rows }: RowPage): number =>
  rows.flat().reduce<number>((sum, value) => sum + lengthOfValue(value), 1)

const lengthOfValue = (value: unknown): number =>
  typeof value === 'string' ? value.length : typeof value === 'object' ? JSON.stringify(value).length : 8

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
