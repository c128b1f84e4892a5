import { PGlite } from '@electric-sql/pglite'
import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { databaseName } from '../../src/embedded/data-directory.ts'
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

/** An empty PGlite in this process. */
export const openPglite = (): Promise<Sql> => copyPglite(inject('emptyTemplate'))

/** A PGlite in this process with the migrations. */
export const openMigratedPglite = (): Promise<Sql> => copyPglite(inject('embeddedTemplate'))

/** A copy costs a fifth of the CPU that a new one does. */
async function copyPglite(template: string): Promise<Sql> {
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-pglite-'))
  cpSync(join(template, databaseName), dir, { recursive: true })
  const sql = await asSql(new PGlite(dir))
  const close = async () => {
    await sql.close()
    rmSync(dir, { recursive: true, force: true })
  }
  return { ...sql, close }
}

type EngineName = 'PGlite' | 'Postgres 17'

/** What our SQL runs on: each opens a new database with the migrations. */
export const engines: { name: EngineName; open: () => Promise<Sql> }[] = [
  { name: 'PGlite', open: openMigratedPglite },
  { name: 'Postgres 17', open: async () => openPostgres(await createDatabase('migrated')) },
]

/** The one of this name, or all with `MATRIX=whole`. Files take turns, so that each of them is met by many. */
export const only = <Each extends { name: string }>(name: Each['name'], all: readonly Each[]): Each[] =>
  all.filter((each) => each.name === name || process.env['MATRIX'] === 'whole')

/** One of them for a file whose SQL both read alike. */
export const engine = (name: EngineName) => only(name, engines)

async function asSql(db: PGlite): Promise<Sql> {
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
