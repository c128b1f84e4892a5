import { afterAll, beforeAll } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import type { Store } from '../../src/store/store.ts'
import { later } from './later.ts'
import type { OpenTransport } from './transports.ts'

/** Opens a store before the tests of a describe block and closes it afterwards. */
export function openedTransport(open: () => Promise<OpenTransport>) {
  let opened: OpenTransport
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.close())
  const store = later<Store>(() => opened.store)
  const sql = later<Sql>(() => opened.sql)
  const rowsOf = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows
  return { store, sql, rowsOf }
}
