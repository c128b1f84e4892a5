import { readFileSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { objectLines, readObjects } from '../../src/store/database-objects.ts'
import { appliedVersions, migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { generatedFiles, schemaScript } from '../../src/store/schema-files.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase, emptyOut, only, openMigratedPglite, openPglite } from '../support/databases.ts'
import { firstMigrations } from '../support/first-migrations.ts'
import { samplePlan, sampleResult } from '../support/samples.ts'
import { recordResult } from '../support/record-result.ts'

const files = readMigrations()
const versions = files.map(({ version }) => version)

const fingerprint = async (sql: Sql) => objectLines(await readObjects(sql))

let pglite: Sql | null = null
afterAll(() => pglite?.close())

/** Starting PGlite takes seconds, emptying it does not. */
async function emptyPglite(): Promise<Sql> {
  pglite ??= await openPglite()
  await emptyOut(pglite)
  return { ...pglite, close: () => Promise.resolve() }
}

const engines = [
  { name: 'PGlite', open: emptyPglite, openMigrated: openMigratedPglite },
  {
    name: 'Postgres 17',
    open: async () => openPostgres(await createDatabase('empty')),
    openMigrated: async () => openPostgres(await createDatabase('migrated')),
  },
]

const opened: Sql[] = []
afterEach(() => Promise.all(opened.splice(0).map((sql) => sql.close())))
const kept = (sql: Sql): Sql => {
  opened.push(sql)
  return sql
}

describe.each(only('Postgres 17', engines))('migrations on $name', ({ open, openMigrated }) => {
  test('are applied once, in order', async () => {
    const sql = kept(await open())
    expect(await appliedVersions(sql)).toEqual(new Set())
    expect(await migrate(sql, files)).toEqual({ applied: versions })
    expect(await migrate(sql, files)).toEqual({ applied: [] })
    expect(await appliedVersions(sql)).toEqual(new Set(versions))
    const { rows } = await sql.query(
      'select version, name, statements from supabase_migrations.schema_migrations order by version',
    )
    expect(rows).toEqual(files.map(({ version, name, sql: text }) => ({ version, name, statements: [text] })))
  })

  test('can be run twice and lose no row', async () => {
    const sql = kept(await openMigrated())
    const store = createSqlStore(sql)
    const plan = samplePlan(['m'])
    await store.startRun(plan, 'local')
    const before = await fingerprint(sql)
    for (const file of files) await sql.exec(file.sql)
    expect(await fingerprint(sql)).toEqual(before)
    expect((await sql.query('select id, status from runs')).rows).toEqual([
      { id: plan.id, status: 'running' },
    ])
  })

  test('make the same schema as supabase/schema.sql, which can be pasted twice', async () => {
    const migrated = kept(await openMigrated())
    const expected = await fingerprint(migrated)
    const pasted = kept(await open())
    const script = schemaScript(files)
    await pasted.exec(script)
    await pasted.exec(script)
    expect(await fingerprint(pasted)).toEqual(expected)
    expect(await migrate(pasted, files)).toEqual({ applied: [] })
  })

  test('bring the five tables of an earlier installation up to date, rows included', async () => {
    const sql = kept(await open())
    const [tables] = firstMigrations()
    await sql.exec(tables?.sql ?? '')
    await sql.exec(`
      alter table benchmark_results alter column cost_usd set not null;
      insert into providers (name) values ('OpenAI');
      insert into runs (run_name, triggered_by, finished_at) values ('old', 'system', now()), ('stuck', 'system', null);
      insert into benchmark_results (run_id, provider, total_latency_ms, cost_usd) select id, 'openai', 1, 2 from runs`)
    await migrate(sql, files)
    expect((await sql.query('select run_name, status from runs order by run_name')).rows).toEqual([
      { run_name: 'old', status: 'finished' },
      { run_name: 'stuck', status: 'running' },
    ])
    const plan = samplePlan(['m'])
    const [probe] = plan.probes
    if (!probe) throw new Error('the sample plan has no probe')
    const store = createSqlStore(sql)
    await store.startRun(plan, 'local')
    await recordResult(store, sampleResult(plan, probe, { costUsd: null }))
    expect((await sql.query('select count(*)::int as n from benchmark_results')).rows).toEqual([{ n: 3 }])
    expect((await sql.query('select slug, name from providers')).rows).toEqual([
      { slug: 'openai', name: 'OpenAI' },
    ])
  })

  test('end prices and switch off targets that their checks would refuse, and keep them', async () => {
    const sql = kept(await open())
    const first = firstMigrations()
    const checks = first.findIndex(({ name }) => name === 'check_prices_and_targets')
    await migrate(sql, first.slice(0, checks))
    await createSqlStore(sql).startRun(samplePlan(['m']), 'local')
    const broken = `
      insert into prices (provider_id, model_id, input_price_per_m, output_price_per_m, source)
        select provider_id, id, 'NaN', 1, 'manual' from models;
      insert into targets (provider_id, model_id, parameters, active)
        select provider_id, id, '{"reasoning": "least", "max_tokens": 0}', true from models`
    await sql.exec(broken)
    await migrate(sql, first)
    await migrate(sql, files)
    const { models, targets } = await createSqlStore(sql).readCatalog({ providers: ['openai'] })
    await sql.exec(files[0]?.sql ?? '')
    expect(models).toMatchObject([{ price: { source: 'genai-prices' } }])
    expect(targets).toMatchObject([{ parameters: { reasoning: 'least' } }])
    expect((await sql.query('select from prices')).rows).toHaveLength(2)
    expect((await sql.query('select from targets')).rows).toHaveLength(2)
    for (const statement of broken.split(';'))
      await expect(sql.query(statement)).rejects.toMatchObject({ code: '23514' })
  })

  test('end prices of an earlier installation that their checks would refuse', async () => {
    const sql = kept(await open())
    await sql.exec(firstMigrations()[0]?.sql ?? '')
    await sql.exec(`
      insert into providers (name) values ('OpenAI');
      insert into models (name, provider_id) select 'm', id from providers;
      insert into prices (provider_id, model_id, input_price_per_m, output_price_per_m)
        select provider_id, id, 'NaN', 1 from models`)
    await migrate(sql, files)
    expect((await sql.query('select valid_until is null as holds from prices')).rows).toEqual([
      { holds: false },
    ])
  })

  test('a file that fails leaves nothing of itself and keeps those before it', async () => {
    const sql = kept(await open())
    const [first] = files
    if (!first) throw new Error('no migrations')
    const broken = {
      version: '29990101000000',
      name: 'break_things',
      sql: 'create table public.half (id int); select 1 / 0;',
    }
    await expect(migrate(sql, [first, broken])).rejects.toMatchObject({ code: '22012' })
    expect(await appliedVersions(sql)).toEqual(new Set([first.version]))
    expect((await sql.query(`select to_regclass('public.half') as half`)).rows).toEqual([{ half: null }])
    expect(await migrate(sql, [first, { ...broken, sql: 'select 1' }])).toEqual({ applied: [broken.version] })
  })

  test('a database without them says how to get them', async () => {
    const store = createSqlStore(kept(await open()))
    await expect(store.readCatalog({ providers: [] })).rejects.toMatchObject({
      name: 'StoreError',
      kind: 'missing',
      message: expect.stringMatching(/read_catalog.*pnpm tsx scripts\/migrate\.ts.*supabase\/schema\.sql/),
    })
  })
})

test('four migrators at once apply each file once, and none fails', async () => {
  const url = await createDatabase('empty')
  const sqls = await Promise.all(Array.from({ length: 4 }, async () => kept(await openPostgres(url))))
  const outcomes = await Promise.all(sqls.map((sql) => migrate(sql, files)))
  expect(outcomes.flatMap(({ applied }) => applied).toSorted()).toEqual(versions)
})

test('a role that may not create roles can migrate', async () => {
  const sql = kept(await openPglite())
  await sql.exec(`
    create role tenant;
    grant create on database postgres to tenant;
    grant create on schema public to tenant;
    set role tenant`)
  await migrate(sql, files)
  expect(
    (
      await sql.query(
        `select rolname from pg_roles where rolname in ('anon', 'authenticated', 'service_role')`,
      )
    ).rows,
  ).toEqual([])
  expect(await createSqlStore(sql).startRun(samplePlan(['m']), 'local')).toMatchObject({ created: true })
})

test.each(Object.entries(generatedFiles()))('%s is what supabase/schemas says', (file, text) => {
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('supabase/schema.sql refuses a database that lacks a later migration', async () => {
  const sql = kept(await openPostgres(await createDatabase('migrated')))
  const script = schemaScript([...files, { version: '29990101000000', name: 'add_things', sql: '' }])
  await expect(sql.exec(script)).rejects.toThrow('this database lacks migrations')
  const fresh = kept(await openPostgres(await createDatabase('empty')))
  await fresh.exec(script)
  await fresh.exec(script)
  expect(await appliedVersions(fresh)).toEqual(new Set([...versions, '29990101000000']))
})
