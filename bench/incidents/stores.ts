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

/** Every way to a database, each to a new one. */
export const stores: Readonly<Record<string, (cwd: string) => Promise<OpenTransport>>> = {
  'Postgres 17': async () => {
    const server = await startPostgres()
    const sql = await openPostgres(server.url)
    await prepare(sql)
    const store = createSqlStore(await openPostgres(server.url))
    const close = async () => {
      await Promise.all([store.close(), sql.close()])
      await server.stop()
    }
    return { store, sql, close }
  },
  embedded: async (cwd) => {
    const sql = await openEmbedded({ dir: join(cwd, '.data'), prepare })
    return { store: createSqlStore(sql), sql, close: sql.close }
  },
  'supabase-js': async () => {
    const server = await startPostgres()
    const sql = await openPostgres(server.url)
    await prepare(sql)
    const { url, key, stop } = await startPostgrest(server.url)
    const store = await createRpcStore({ url, key })
    const close = async () => {
      await Promise.all([sql.close(), stop()])
      await server.stop()
    }
    return { store, sql, close }
  },
}
