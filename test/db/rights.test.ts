import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { readRights } from '../../src/store/schema-files.ts'
import { createDatabase, only, openPglite } from '../support/databases.ts'

const engines = [
  { name: 'PGlite', open: openPglite },
  { name: 'Postgres 17', open: async () => openPostgres(await createDatabase('empty')) },
]

/** The default privileges of an older Supabase project. */
const generousDefaults = `
  do $$ begin create role anon; exception when duplicate_object then null; end $$;
  do $$ begin create role authenticated; exception when duplicate_object then null; end $$;
  alter default privileges in schema public grant all on tables to anon, authenticated;
  alter default privileges in schema public grant all on sequences to anon, authenticated;
  alter default privileges in schema public grant all on functions to anon, authenticated;
  alter default privileges grant usage on schemas to anon, authenticated;`

const ours = `pronamespace in ('public'::regnamespace, 'firsttoken'::regnamespace)`

describe.each(only('Postgres 17', engines))('rights on $name', ({ open }) => {
  let sql: Sql
  let tables: string[]
  let functions: { name: string; signature: string }[]

  beforeAll(async () => {
    sql = await open()
    await sql.exec(generousDefaults)
    await migrate(sql, readMigrations())
    const found = await sql.query(`select tablename as name from pg_tables where schemaname = 'public'`)
    tables = found.rows.map((row) => String(row['name']))
    const procedures = await sql.query(
      `select proname as name, oid::regprocedure::text as signature from pg_proc where ${ours}`,
    )
    functions = procedures.rows.map((row) => ({
      name: String(row['name']),
      signature: String(row['signature']),
    }))
  })
  afterAll(() => sql.close())

  /** The SQLSTATE that a script ends with as this role; null if it succeeds. It is rolled back. */
  const as = async (role: string, script: string): Promise<string | null> => {
    try {
      await sql.exec(`begin; set local role ${role}; ${script}; rollback`)
      return null
    } catch (error) {
      await sql.exec('rollback').catch(() => undefined)
      return error instanceof Error && 'code' in error ? String(error.code) : String(error)
    }
  }

  test('are checked for all tables and functions', () => {
    expect(tables.length).toBeGreaterThan(7)
    expect(functions.length).toBeGreaterThan(7)
  })

  test.each(['anon', 'authenticated'])('%s can use no table', async (role) => {
    for (const table of tables) {
      for (const script of [
        `select from public.${table}`,
        `insert into public.${table} default values`,
        `delete from public.${table}`,
        `truncate public.${table}`,
      ]) {
        expect({ script, code: await as(role, script) }).toEqual({ script, code: '42501' })
      }
    }
  })

  test.each(['anon', 'authenticated'])('%s can call no function', async (role) => {
    const { rows } = await sql.query(
      `select proname from pg_proc where ${ours} and has_function_privilege($1, oid, 'execute')`,
      [role],
    )
    expect(rows).toEqual([])
    expect(await as(role, `select public.read_catalog('{"providers": []}')`)).toBe('42501')
    expect(await as(role, `select public.list_results('{}')`)).toBe('42501')
    expect(await as(role, 'select firsttoken.student_t(3)')).toBe('42501')
  })

  test.each(['anon', 'authenticated'])('%s can use no sequence', async (role) => {
    const { rows } = await sql.query(
      `select c.oid::regclass::text as name, has_sequence_privilege($1, c.oid, 'usage, select, update') as may
        from pg_class c where c.relkind = 'S' and c.relnamespace = 'public'::regnamespace order by 1`,
      [role],
    )
    expect(rows).toEqual([
      { name: 'config_files_id_seq', may: false },
      { name: 'incident_events_id_seq', may: false },
      { name: 'proxy_series_id_seq', may: false },
      { name: 'run_events_id_seq', may: false },
      { name: 'tracks_id_seq', may: false },
    ])
  })

  test('a function that is made later is closed until somebody is granted it', async () => {
    await sql.exec(`create role later_caller; grant usage on schema public to later_caller;
      create function public.later() returns int language sql set search_path = '' as 'select 1'`)
    expect(await as('later_caller', 'select public.later()')).toBe('42501')
    await sql.exec('grant execute on function public.later to later_caller')
    expect(await as('later_caller', 'select public.later()')).toBeNull()
    await sql.exec('drop function public.later; drop owned by later_caller; drop role later_caller')
  })

  test('a role that is nobody in particular can neither', async () => {
    await sql.exec(
      `do $$ begin create role nobody_in_particular; exception when duplicate_object then null; end $$`,
    )
    expect(await as('nobody_in_particular', 'select from public.runs')).toBe('42501')
    expect(await as('nobody_in_particular', `select public.read_catalog('{"providers": []}')`)).toBe('42501')
  })

  test('service_role can read, write and call everything', async () => {
    for (const table of tables) {
      expect(await as('service_role', `select from public.${table}; delete from public.${table}`)).toBeNull()
    }
    for (const { signature } of functions) {
      const { rows } = await sql.query(
        `select has_function_privilege('service_role', $1::regprocedure, 'execute') as may`,
        [signature],
      )
      expect({ signature, may: rows[0]?.['may'] }).toEqual({ signature, may: true })
    }
    expect(
      await as('service_role', `insert into public.providers (name) values ('seen') returning id`),
    ).toBeNull()
  })

  test('objects of others in the schema public keep their rights', async () => {
    await sql.exec(
      `create table public.theirs (id int); create function public.theirs() returns int language sql as 'select 1'`,
    )
    await sql.exec(readRights())
    expect(await as('anon', 'select from public.theirs; select public.theirs()')).toBeNull()
    await sql.exec('drop table public.theirs; drop function public.theirs()')
  })

  test('row level security hides every row from a role with a grant made by mistake', async () => {
    await sql.exec(
      `insert into public.providers (name) values ('hidden') on conflict do nothing; grant select on public.providers to anon`,
    )
    try {
      expect(
        await as(
          'anon',
          `do $$ begin if exists (select from public.providers) then raise 'seen'; end if; end $$`,
        ),
      ).toBeNull()
      expect(
        await as(
          'service_role',
          `do $$ begin if exists (select from public.providers) then raise 'seen'; end if; end $$`,
        ),
      ).toBe('P0001')
    } finally {
      await sql.exec('revoke select on public.providers from anon')
    }
  })
})
