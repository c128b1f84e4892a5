import { PGlite } from '@electric-sql/pglite'
import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { databaseUrl } from './setup.ts'

/** Creates an empty or migrated database on the test server and returns its URL. */
export async function createDatabase(from: 'empty' | 'migrated'): Promise<string> {
  const url = inject('postgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = await openPostgres(url)
  await admin.exec(
    `create database ${name} template ${from === 'empty' ? 'template1' : 'template_firsttoken'}`,
  )
  await admin.close()
  return databaseUrl(url, name)
}

/** A new, empty PGlite in this process. */
export async function openPglite(): Promise<Sql> {
  const db = new PGlite()
  await db.waitReady
  return {
    query: async (text, values) => ({ rows: (await db.query<Record<string, unknown>>(text, values)).rows }),
    pages: async function* (text) {
      const { fields, rows } = await db.query<unknown[]>(text, [], { rowMode: 'array' })
      yield { columns: fields.map((field) => field.name), rows }
    },
    exec: async (text) => void (await db.exec(text)),
    listen: async (channel, onNotify) => ({ close: await db.listen(channel, onNotify) }),
    close: () => db.close(),
  }
}

/** Empties a PGlite, which takes less time than starting one. */
export const emptyOut = (pglite: Sql): Promise<void> =>
  pglite.exec(`
    drop schema if exists supabase_migrations cascade;
    drop schema if exists firsttoken cascade;
    drop schema public cascade;
    create schema public;
    grant usage on schema public to public`)
