import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { objectLines, readObjects, readDependencies } from '../../src/store/database-objects.ts'
import type { Sql } from '../../src/store/connection.ts'
import { readMigrations } from '../../src/store/migrate.ts'
import { draftMigration, gapMarker } from '../../src/store/migration-draft.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { readRights, readSchemas } from '../../src/store/schema-files.ts'
import { splitStatements } from '../../src/store/sql-text.ts'
import { createDatabase, engine, openPglite } from '../support/databases.ts'

const schemas = readSchemas()
const script = schemas.map(({ sql }) => sql).join('\n')

const empty = {
  PGlite: openPglite,
  'Postgres 17': async () => openPostgres(await createDatabase('empty')),
}

describe('the files of supabase/schemas', () => {
  test.each(schemas)('$name has 50 to 300 lines of at most 110 characters', ({ sql }) => {
    const lines = sql.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThanOrEqual(50)
    expect(lines.length).toBeLessThanOrEqual(300)
    expect(lines.filter((line) => line.length > 110)).toEqual([])
  })

  test('create every object once', () => {
    const objects = splitStatements(script).flatMap(({ object }) => object ?? [])
    expect(objects.length).toBeGreaterThan(150)
    expect(objects.filter((object, index) => objects.indexOf(object) !== index)).toEqual([])
  })

  test('say at the top what they hold', () => {
    expect(schemas.filter(({ sql }) => !sql.startsWith('-- ')).map(({ name }) => name)).toEqual([])
  })
})

test('lines of supabase/upgrade have at most 110 characters', () => {
  const long = readdirSync('supabase/upgrade').flatMap((file) =>
    readFileSync(`supabase/upgrade/${file}`, 'utf8')
      .split('\n')
      .filter((line) => line.length > 110),
  )
  expect(long).toEqual([])
})

test('no migration has a gap left', () => {
  expect(readMigrations().filter(({ sql }) => sql.includes(gapMarker))).toEqual([])
})

/** What a change of the schema files may look like: texts to replace in them, or to add. */
const changes = {
  'a new function': (sql: string) =>
    `${sql}\n-- Says hello.\ncreate or replace function public.hello() returns text\nlanguage sql set search_path = '' as $$ select 'hello; world' $$;\n`,
  'a changed function': (sql: string) => sql.replace('ten years apart at most', 'ten years apart'),
  'another parameter name': (sql: string) =>
    sql
      .replace(/(function firsttoken\.add_counts\()one jsonb/, '$1first jsonb')
      .replaceAll(/\bone\b(?= is null|, other\))/g, 'first')
      .replace('jsonb_each_text(one)', 'jsonb_each_text(first)'),
  'a function that a view needs, with another signature': (sql: string) =>
    sql
      .replace(
        'firsttoken.percentile_of(sorted real[], fraction double precision)',
        'firsttoken.percentile_of(samples real[], fraction double precision)',
      )
      .replace(/cardinality\(sorted\) - 1\);/, 'cardinality(samples) - 1);')
      .replace(/return sorted\[below\][\s\S]*?;/, 'return samples[below];'),
  'a view that loses a column others need': (sql: string) =>
    sql.replace('b.success as is_answer,\n', 'b.success as is_answer, 1 as one,\n'),
  'a function and a view that are gone': (sql: string) =>
    without(sql, 'view public.price_changes', 'function public.compare_runs'),
  'a changed trigger': (sql: string) =>
    sql.replace('keep_rollups_on_truncate after truncate', 'keep_rollups_on_truncate before truncate'),
  'a trigger that is gone': (sql: string) =>
    without(sql, 'trigger keep_rollups_on_truncate on public.benchmark_results'),
  'a new table with an index': (sql: string) =>
    sql.replace(
      'create schema if not exists firsttoken;',
      `create schema if not exists firsttoken;
create table if not exists firsttoken.notes (id integer primary key, text text not null);
create index if not exists idx_notes_text on firsttoken.notes (text);`,
    ),
}

const without = (sql: string, ...objects: string[]) =>
  splitStatements(sql)
    .filter(({ object }) => !objects.includes(object ?? ''))
    .map(({ text }) => text)
    .join('\n\n')

test.each(engine('Postgres 17'))(
  'the migrations and the schema files make the same database on $name',
  async ({ name, open }) => {
    const [migrated, declared] = await Promise.all([open(), empty[name]()])
    await declared.exec(script)
    const lines = objectLines(await readObjects(declared))
    expect(lines.length).toBeGreaterThan(900)
    expect(lines).toEqual(objectLines(await readObjects(migrated)))
    await Promise.all([migrated.close(), declared.close()])
  },
)

describe('a draft', () => {
  const opened: Sql[] = []
  let migrated: Awaited<ReturnType<typeof described>>
  afterAll(() => Promise.all(opened.map((sql) => sql.close())))

  /** A database that a script makes. */
  const made = async (sql: string) => {
    const database = await openPostgres(await createDatabase('empty'))
    opened.push(database)
    await database.exec(sql)
    return database
  }
  const described = async (sql: Sql) => ({
    catalog: await readObjects(sql),
    dependencies: await readDependencies(sql),
  })
  const draftOf = async (changed: string, declared: Sql) =>
    draftMigration({
      migrated,
      declared: await described(declared),
      statements: splitStatements(changed),
      rights: readRights(),
    })

  beforeAll(async () => {
    const sql = await openPostgres(await createDatabase('migrated'))
    opened.push(sql)
    migrated = await described(sql)
  })

  test('is not made if nothing changed', async () => {
    expect(await draftOf(script, await made(script))).toBeNull()
  })

  test.each(Object.entries(changes))('brings about %s, also twice', async (_, change) => {
    const changed = change(script)
    expect(changed).not.toBe(script)
    const declared = await made(changed)
    const draft = await draftOf(changed, declared)
    expect(draft).not.toContain(gapMarker)
    const database = await openPostgres(await createDatabase('migrated'))
    opened.push(database)
    await database.exec(draft ?? '')
    await database.exec(draft ?? '')
    expect(objectLines(await readObjects(database))).toEqual(objectLines(await readObjects(declared)))
  })

  test('lists what changes in a table', async () => {
    const changed = script
      .replace('  prompt_hash text,\n', '  prompt_hash text,\n  score real,\n')
      .replace("'content_filter',\n", "'content_filter', 'refused',\n")
      .replace('  prompt_hash text,\n', '')
      .replace(' b.prompt_hash,', '')
      .replace('create index if not exists idx_models_name on public.models (name);', '')
    const draft = await draftOf(changed, await made(changed))
    expect(draft).toContain(`${gapMarker}\n`)
    expect(draft).toMatch(
      /^-- table public\.benchmark_results, column score:\n-- +is +\(missing\)\n-- +becomes real$/m,
    )
    expect(draft).toMatch(/^-- table public\.benchmark_results, constraint \w+_error_kind_check:$/m)
    expect(draft).toMatch(
      /^-- table public\.benchmark_results, column prompt_hash:\n.*\n-- +becomes \(dropped\)$/m,
    )
    expect(draft).toMatch(/^-- table public\.models, index idx_models_name:$/m)
    expect(draft).not.toContain('order of columns')
    expect(draft?.endsWith(`${readRights().trim()}\n`)).toBe(true)
  })
})
