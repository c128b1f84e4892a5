import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createRpcStore } from '../../src/store/rpc.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { createDatabase, only } from './databases.ts'
import { startPostgrest } from './postgrest.ts'

/** A store on a new database, and direct SQL to check it with. */
export interface OpenTransport {
  store: Store
  sql: Sql
  close: () => Promise<void>
}

type TransportName = 'embedded' | 'Postgres 17' | 'supabase-js'

/** Every way the store reaches its database. */
export const transports: { name: TransportName; open: () => Promise<OpenTransport> }[] = [
  { name: 'embedded', open: openEmbeddedStore },
  { name: 'Postgres 17', open: openPostgresStore },
  { name: 'supabase-js', open: openRpcStore },
]

/** One of them for a file about SQL, as contract-*.test.ts show that values pass all of them alike. */
export const transport = (name: TransportName) => only(name, transports)

async function openEmbeddedStore(): Promise<OpenTransport> {
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-data-'))
  cpSync(inject('embeddedTemplate'), dir, { recursive: true })
  const sql = await openEmbedded({ dir })
  const store = createSqlStore(sql)
  const close = async () => {
    await store.close()
    rmSync(dir, { recursive: true, force: true })
  }
  return { store, sql, close }
}

async function openPostgresStore(): Promise<OpenTransport> {
  const url = await createDatabase('migrated')
  const sql = await openPostgres(url)
  const store = createSqlStore(await openPostgres(url))
  return { store, sql, close: async () => void (await Promise.all([store.close(), sql.close()])) }
}

async function openRpcStore(): Promise<OpenTransport> {
  const url = await createDatabase('migrated')
  const sql = await openPostgres(url)
  const postgrest = await startPostgrest(url)
  const store = await createRpcStore({ url: postgrest.url, key: postgrest.key })
  return { store, sql, close: async () => void (await Promise.all([sql.close(), postgrest.stop()])) }
}
