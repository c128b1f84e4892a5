import { join } from 'node:path'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import type { Statements } from '../../src/store/connection.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createRpcStore } from '../../src/store/rpc.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { startPostgrest } from '../../test/support/postgrest.ts'
import type { OpenTransport } from '../../test/support/transports.ts'

const prepare = async (sql: Statements) => void (await migrate(sql, readMigrations()))

/** A new Postgres with our schema, and a connection to it. */
async function newPostgres() {
  const server = await startPostgres()
  const sql = await openPostgres(server.url)
  await prepare(sql)
  const close = async () => {
    await sql.close()
    await server.stop()
  }
  return { url: server.url, sql, close }
}

/** A store on a new Postgres, over connections of its own. */
export async function openPostgresStore(): Promise<OpenTransport> {
  const { url, sql, close } = await newPostgres()
  const store = createSqlStore(await openPostgres(url))
  return { store, sql, close: () => store.close().then(close) }
}

/** Every way to a database, each to a new one. */
export const stores: Readonly<Record<string, (cwd: string) => Promise<OpenTransport>>> = {
  'Postgres 17': openPostgresStore,
  embedded: async (cwd) => {
    const sql = await openEmbedded({ dir: join(cwd, '.data'), prepare })
    return { store: createSqlStore(sql), sql, close: sql.close }
  },
  'supabase-js': async () => {
    const postgres = await newPostgres()
    const { url, key, stop } = await startPostgrest(postgres.url)
    return {
      store: await createRpcStore({ url, key }),
      sql: postgres.sql,
      close: () => stop().then(postgres.close),
    }
  },
}
