import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { objectLines, readObjects } from '../../src/store/database-objects.ts'
import type { Sql } from '../../src/store/connection.ts'
import { appliedVersions, migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { schemaScript } from '../../src/store/schema-files.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase, emptyOut, only, openPglite } from '../support/databases.ts'
import { firstMigrations } from '../support/first-migrations.ts'
import { samplePlan, samplePrice, sampleResult } from '../support/samples.ts'
import { recordResult } from '../support/record-result.ts'

// A database that began with the 22 migrations before the baseline, with rows that its own functions made.

const baseline = readMigrations().slice(0, 1)
const first = firstMigrations()

const opened: Sql[] = []
afterEach(() => Promise.all(opened.splice(0).map((sql) => sql.close())))

let pglite: Sql | null = null
afterAll(() => pglite?.close())

async function emptyPglite(): Promise<Sql> {
  pglite ??= await openPglite()
  await emptyOut(pglite)
  return { ...pglite, close: () => Promise.resolve() }
}

const engines = [
  { name: 'PGlite', open: emptyPglite },
  { name: 'Postgres 17', open: async () => openPostgres(await createDatabase('empty')) },
]

const ways = [
  { way: 'migrate', apply: (sql: Sql) => migrate(sql, baseline) },
  { way: 'pasting the baseline', apply: (sql: Sql) => sql.exec(baseline[0]?.sql ?? '') },
  {
    way: 'supabase db push after migration repair',
    apply: async (sql: Sql) => {
      await sql.exec(`delete from supabase_migrations.schema_migrations; ${baseline[0]?.sql ?? ''}`)
      await sql.exec(
        `insert into supabase_migrations.schema_migrations (version) values ('${baseline[0]?.version}')`,
      )
    },
  },
]

/**
 * A run with a success, a failure, its recheck and a probe that is left, a sync, prices, targets and
 * leaderboards.
 */
async function use(sql: Sql): Promise<void> {
  const store = createSqlStore(sql)
  const plan = samplePlan(['fast', 'slow', 'left'])
  const [fast, slow] = plan.probes
  if (!fast || !slow) throw new Error('the sample plan has too few probes')
  const startedAt = new Date()
  await store.startRun(plan, 'local', { owner: 'test', leaseMs: 60_000 })
  await recordResult(store, sampleResult(plan, fast, { startedAt }))
  const failure = {
    success: false,
    statusCode: 500,
    errorKind: 'server_error',
    faultDomain: 'provider',
    errorMessage: 'no',
  } as const
  await recordResult(store, sampleResult(plan, slow, { startedAt, ...failure }))
  const recheck = { ...slow, id: randomUUID(), resultId: randomUUID() }
  await store.planConfirm({ probeId: slow.id, id: recheck.id, resultId: recheck.resultId })
  await recordResult(store, sampleResult(plan, recheck, { startedAt }))
  await sql.exec(`select set_target('{"provider": "openai", "model": "fast", "active": false}')`)
  await store.setPrice({ provider: 'openai', about: null, model: 'slow', price: samplePrice })
  await sql.exec(
    `insert into syncs (provider_id, triggered_by, status, started_at, finished_at)
      select id, 'cron', 'failed', now(), now() from providers`,
  )
  await sql.exec(`select public.refresh_summaries('{}')`)
}

/** Every row of every table of ours, as text. */
async function rowsOf(sql: Sql): Promise<Record<string, unknown[]>> {
  const { rows } = await sql.query(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  )
  const tables: Record<string, unknown[]> = {}
  for (const name of rows.map((row) => String(row['name'])))
    tables[name] = (
      await sql.query(`select to_jsonb(t)::text as text from public.${name} t order by 1`)
    ).rows.map((row) => row['text'])
  return tables
}

const linesOf = async (sql: Sql) => objectLines(await readObjects(sql))

describe.each(only('PGlite', engines))('on $name, from the first 22 migrations', ({ open }) => {
  let expected: string[]
  beforeAll(async () => {
    const fresh = await open()
    await migrate(fresh, baseline)
    expected = await linesOf(fresh)
    await fresh.close()
  })

  const begun = async () => {
    const sql = await open()
    opened.push(sql)
    await migrate(sql, first)
    await use(sql)
    return sql
  }

  test.each(ways)(
    '$way keeps every row and comes to the same schema as a new database',
    async ({ apply }) => {
      const sql = await begun()
      const before = await rowsOf(sql)
      expect(before['rollups_hourly']).not.toEqual([])
      expect(before['target_summary']).not.toEqual([])
      await apply(sql)
      expect(await rowsOf(sql)).toEqual(before)
      expect(await appliedVersions(sql)).toEqual(new Set(baseline.map(({ version }) => version)))
      expect(await linesOf(sql)).toEqual(expected)
      expect(await migrate(sql, baseline)).toEqual({ applied: [] })

      await apply(sql)
      expect(await rowsOf(sql)).toEqual(before)
      expect(await linesOf(sql)).toEqual(expected)
      const plan = samplePlan(['fast', 'new'])
      const store = createSqlStore(sql)
      await store.startRun(plan, 'local')
      for (const probe of plan.probes)
        expect(await recordResult(store, sampleResult(plan, probe))).toMatchObject({ recorded: true })
      expect((await store.finishRun({ runId: plan.id, status: 'finished' })).nSucceeded).toBe(2)
      expect((await sql.query('select sum(n_calls)::int as n from rollups_hourly')).rows).toEqual([{ n: 5 }])
    },
  )

  test('pasting supabase/schema.sql is refused before it has the later migrations, and changes nothing', async () => {
    const sql = await begun()
    const before = await rowsOf(sql)
    await expect(sql.exec(schemaScript(readMigrations()))).rejects.toThrow('this database lacks migrations')
    // Postgres keeps the transaction of a script that failed open only if it began one.
    await sql.exec('rollback')
    expect(await rowsOf(sql)).toEqual(before)
    await migrate(sql, readMigrations())
    await sql.exec(schemaScript(readMigrations()))
    expect(await appliedVersions(sql)).toEqual(new Set(readMigrations().map(({ version }) => version)))
  })

  test('a view of a person that uses our functions stays', async () => {
    const sql = await begun()
    await sql.exec(
      `create view public.theirs as select public.percentile_of(h.ttft, 0.5) as median from public.rollups_hourly h`,
    )
    const before = (await sql.query('select * from theirs')).rows
    await migrate(sql, baseline)
    expect((await sql.query('select * from theirs')).rows).toEqual(before)
  })

  test('functions of other applications stay as they are, also under names of ours', async () => {
    const sql = await begun()
    await sql.exec(`
      do $$ begin create role anon; exception when duplicate_object then null; end $$;
      create schema firsttoken;
      create function public.settle(order_id int) returns int
        language sql set search_path = '' as 'select order_id';
      create function public.models(q text) returns text language sql set search_path = '' as 'select q';
      create function public.prune(days int) returns int language sql as 'select days';
      grant execute on function public.settle(int), public.models(text), public.prune(int) to anon`)
    const theirs = async () => {
      const { rows } = await sql.query(
        `select oid::regprocedure::text as name, prosrc, proacl::text as rights from pg_proc
          where pronamespace = 'public'::regnamespace
            and (proname in ('settle', 'models') or proname = 'prune' and pronargs = 1 and proargtypes[0] = 23)
            and proargtypes <> '2950 3802' order by 1`,
      )
      return rows
    }
    const before = await theirs()
    expect(before).toHaveLength(3)
    await migrate(sql, baseline)
    expect(await theirs()).toEqual(before)
    const { rows } = await sql.query(
      `select from pg_proc where pronamespace = 'public'::regnamespace and proname = 'describe_run'`,
    )
    expect(rows).toEqual([])
  })

  test.each([2, 12, 21])('a database with only %i of them is refused, and left as it is', async (count) => {
    const sql = await open()
    opened.push(sql)
    await migrate(sql, first.slice(0, count))
    const before = await linesOf(sql)
    await expect(migrate(sql, baseline)).rejects.toThrow('only some of the first 22 migrations')
    expect(await linesOf(sql)).toEqual(before)
    expect((await appliedVersions(sql)).size).toBe(count)
    await migrate(sql, first)
    expect(await migrate(sql, baseline)).toEqual({ applied: baseline.map(({ version }) => version) })
  })
})

test('four migrators at once bring it up to date once', async () => {
  const url = await createDatabase('empty')
  const sqls = await Promise.all(Array.from({ length: 4 }, () => openPostgres(url)))
  opened.push(...sqls)
  const [sql] = sqls
  if (!sql) throw new Error('no connection')
  await migrate(sql, first)
  await use(sql)
  const outcomes = await Promise.all(sqls.map((each) => migrate(each, baseline)))
  expect(outcomes.flatMap(({ applied }) => applied)).toEqual(baseline.map(({ version }) => version))
  expect(await appliedVersions(sql)).toEqual(new Set(baseline.map(({ version }) => version)))
})
