import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { codeOf } from '../core/error.ts'
import type { Statements } from './connection.ts'

/** One file of supabase/migrations: `20261121100000_create_tables.sql`. */
export interface Migration {
  version: string
  name: string
  sql: string
}

const folder = path.join(import.meta.dirname, '../../supabase/migrations')

/** The migrations of this version, oldest first. */
export const readMigrations = (): Migration[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .toSorted()
    .map((file) => {
      const [, version, name] = /^(\d{14})_([a-z0-9_]+)\.sql$/.exec(file) ?? []
      if (version === undefined || name === undefined)
        throw new Error(`supabase/migrations/${file} is not named <YYYYMMDDHHMMSS>_<verb>_<noun>.sql`)
      return { version, name, sql: readFileSync(path.join(folder, file), 'utf8') }
    })

/** The table of the Supabase CLI, so that `supabase db push` and we see the same state. */
export const bookkeeping = `create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text primary key, statements text[], name text);
`

/** Serializes migrators. It belongs to the transaction, so it works through a pooler too. */
const lock = 'select pg_catalog.pg_advisory_xact_lock(5106173214);\n'

/**
 * Applies the migrations that the database lacks, each in one transaction with its row in the migration
 * table. Concurrent migrators are safe: each waits for the other and finds its work done. Rejects with the
 * error of the file that failed; the files before it stay applied.
 */
export async function migrate(sql: Statements, files: readonly Migration[]): Promise<{ applied: string[] }> {
  await sql.exec(lock + bookkeeping)
  const known = await appliedVersions(sql)
  const applied: string[] = []
  for (const file of files) {
    if (!known.has(file.version) && (await apply(sql, file))) applied.push(file.version)
  }
  return { applied }
}

/** SQLSTATE deadlock_detected. */
const deadlock = '40P01'

/** A migration may meet recorders that lock tables in another order; it leaves nothing behind and is retried. */
const maxAttempts = 5

/** True if it was applied now; false if another migrator was faster, whose row makes ours a duplicate. */
async function apply(sql: Statements, file: Migration, attempt = 1): Promise<boolean> {
  const row = `insert into supabase_migrations.schema_migrations (version, name, statements)
values (${literal(file.version)}, ${literal(file.name)}, array[${literal(file.sql)}]);\n`
  try {
    await sql.exec(`${lock}${row}${file.sql}`)
    return true
  } catch (error) {
    if ((await appliedVersions(sql)).has(file.version)) return false
    if (codeOf(error) === deadlock && attempt < maxAttempts) return apply(sql, file, attempt + 1)
    throw error
  }
}

/** The versions that the database has; none if it has no migration table yet. */
export async function appliedVersions(sql: Statements): Promise<Set<string>> {
  const { rows: tables } = await sql.query(
    `select pg_catalog.to_regclass('supabase_migrations.schema_migrations') is not null as present`,
  )
  if (tables[0]?.['present'] !== true) return new Set()
  const { rows } = await sql.query('select version from supabase_migrations.schema_migrations')
  return new Set(rows.map((row) => String(row['version'])))
}

/** A SQL string. */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
