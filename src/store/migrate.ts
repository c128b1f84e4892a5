import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
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
const bookkeeping = `create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
`

/** Held by the one who migrates; the number is ours alone. Released with the transaction, so poolers keep it too. */
const lock = 'select pg_catalog.pg_advisory_xact_lock(5106173214);\n'

/**
 * Applies the migrations that the database lacks, each in one transaction with its row in the migration table. Several
 * at once are safe: each waits for the other and finds its work done. Rejects with the error of the file that failed;
 * the files before it stay applied.
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

/** True when it was applied now; false when another migrator was faster, whose row then makes ours a duplicate. */
async function apply(sql: Statements, file: Migration): Promise<boolean> {
  const row = `insert into supabase_migrations.schema_migrations (version, name, statements)
values (${literal(file.version)}, ${literal(file.name)}, array[${literal(file.sql)}]);\n`
  try {
    await sql.exec(`${lock}${row}${file.sql}`)
    return true
  } catch (error) {
    if ((await appliedVersions(sql)).has(file.version)) return false
    throw error
  }
}

/** The versions that the database says it has; none where it has no migration table yet. */
export async function appliedVersions(sql: Statements): Promise<Set<string>> {
  const { rows: tables } = await sql.query(
    `select pg_catalog.to_regclass('supabase_migrations.schema_migrations') is not null as present`,
  )
  if (tables[0]?.['present'] !== true) return new Set()
  const { rows } = await sql.query('select version from supabase_migrations.schema_migrations')
  return new Set(rows.map((row) => String(row['version'])))
}

/** The whole schema as one script for a SQL editor, with the rows that say which migrations it holds. */
export function schemaScript(files: readonly Migration[]): string {
  const sections = files.map((file) => `-- ---- ${file.version}_${file.name}\n\n${file.sql.trim()}\n`)
  const rows = files.map((file) => `  (${literal(file.version)}, ${literal(file.name)})`).join(',\n')
  return [
    '-- firsttoken: the whole schema. Generated from supabase/migrations by `pnpm schema`; do not edit. It can be run again.\n',
    ...sections,
    `-- ---- which migrations this was\n\n${bookkeeping}insert into supabase_migrations.schema_migrations (version, name) values\n${rows}\non conflict do nothing;\n`,
  ].join('\n')
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
