import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Plan } from '../../src/core/plan.ts'
import { prune } from '../../src/jobs/prune.ts'
import type { Sql } from '../../src/store/connection.ts'
import { readMigrations } from '../../src/store/migrate.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { archive, archiveFolder } from '../support/archive.ts'
import { engine } from '../support/databases.ts'
import { recordResult } from '../support/record-result.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from '../support/samples.ts'

const partition = readFileSync('supabase/optional/partition.sql', 'utf8')

/** What an installation may apply after the file; the whole schema stands for those before. */
const laterMigrations = readMigrations().filter(({ version }) => version > '20261130163000')

/** A UUIDv7 of a moment. */
function idOf(moment: Date): string {
  const time = moment.getTime().toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

/** Three months of runs a week apart; the first id is of another kind, as other programs make them. */
const plans: { plan: Plan; at: Date }[] = Array.from({ length: 12 }, (_, week) => {
  const at = new Date(Date.UTC(2025, 0, 3 + 7 * week, 10))
  const probes = ['a', 'b'].map((model, index) =>
    sampleProbe(sampleTarget(model), {
      id: idOf(at),
      resultId: week + index === 0 ? randomUUID() : idOf(at),
    }),
  )
  return { at, plan: samplePlan([], { id: idOf(at), probes }) }
})

async function record(store: Store, { plan, at }: { plan: Plan; at: Date }): Promise<void> {
  await store.startRun(plan, 'local')
  const [first, second] = plan.probes
  if (first === undefined || second === undefined) throw new Error('the plan has no probes')
  await recordResult(store, sampleResult(plan, first, { startedAt: at }))
  await recordResult(store, failedResult(plan, second, { startedAt: at }))
  await store.finishRun({ runId: plan.id, status: 'finished' })
}

/** What questions are answered with, wherever the rows are. */
async function answers(store: Store, sql: Sql) {
  const all = { runId: null, since: null, until: null, after: null, limit: 100 }
  const text = async (query: string) => (await sql.query(query)).rows[0]?.['text']
  return {
    results: await store.listResults(all),
    timelines: await store.listTimelines({
      since: null,
      until: null,
      formulaVersion: null,
      after: null,
      limit: 100,
    }),
    hourly: await text('select jsonb_agg(h order by track_id, bucket)::text as text from rollups_hourly h'),
    daily: await text('select jsonb_agg(d order by track_id, bucket)::text as text from rollups_daily d'),
    latest: await text('select jsonb_agg(to_jsonb(l) order by l::text)::text as text from latest_results l'),
    health: await text('select jsonb_agg(to_jsonb(h) order by h::text)::text as text from target_health h'),
  }
}

const months = async (sql: Sql) =>
  (await sql.query('select suffix from firsttoken.months()')).rows.map(({ suffix }) => String(suffix))

const old = (before: string) => ({
  retention: {
    textsBefore: null,
    resultsBefore: new Date(before),
    proxyBefore: null,
    proxyTextsBefore: null,
  },
  stop: new AbortController().signal,
})

describe.each(engine('Postgres 17'))('results by month on $name', ({ open }) => {
  let sql: Sql
  let store: Store
  beforeAll(async () => {
    sql = await open()
    store = createSqlStore(sql)
    for (const each of plans) await record(store, each)
  })
  afterAll(() => sql.close())

  test('answer as before, after one run of the file, after two, and after what comes later', async () => {
    const before = await answers(store, sql)
    expect(before.results.rows).toHaveLength(24)
    await sql.exec(partition)
    expect((await months(sql)).slice(0, 3)).toEqual(['2025_01', '2025_02', '2025_03'])
    expect(
      (await sql.query(`select count(*)::int as n, min(id::text) as id from firsttoken.results_other`)).rows,
    ).toEqual([{ n: 1, id: plans[0]?.plan.probes[0]?.resultId }])
    expect(await answers(store, sql)).toEqual(before)
    const there = await months(sql)
    await sql.exec(partition)
    await sql.exec(readFileSync('supabase/schema.sql', 'utf8'))
    for (const migration of laterMigrations) await sql.exec(migration.sql)
    expect(await months(sql)).toEqual(there)
    expect(await answers(store, sql)).toEqual(before)
    await store.rebuildRollups({ since: new Date('2025-01-01'), until: new Date('2025-04-01') })
    const { hourly, daily } = await answers(store, sql)
    expect({ hourly, daily }).toEqual({ hourly: before.hourly, daily: before.daily })
  })

  test('have the names and rules of the one table', async () => {
    const { rows } = await sql.query(`
      select (select count(*)::int from pg_indexes where schemaname = 'public' and indexname like 'idx_benchmark_results%') as indexes,
        (select count(*)::int from pg_constraint where conrelid = 'public.benchmark_results'::regclass and contype = 'f') as keys,
        (select count(*)::int from pg_trigger where tgrelid = 'public.benchmark_results'::regclass and tgname like 'keep_rollups%') as triggers,
        (select bool_and(relrowsecurity) from pg_class where relname ~ '^(benchmark_results|timelines|results_|timelines_)' and relkind in ('r', 'p')) as secured,
        (select count(*)::int from pg_views where definition ~ 'firsttoken.(benchmark_results|timelines)') as stale,
        to_regclass('firsttoken.benchmark_results') as old`)
    expect(rows).toEqual([{ indexes: 14, keys: 5, triggers: 4, secured: true, stale: 0, old: null }])
    const [upkeep] = (await sql.query(`select read_upkeep('{}') #>> '{kept,1,bytes}' as bytes`)).rows
    expect(Number(upkeep?.['bytes'])).toBeGreaterThan(500_000)
  })

  test('take a result once, in its month, and its probe has one', async () => {
    const at = new Date()
    const plan = samplePlan([], {
      id: idOf(at),
      probes: [sampleProbe(sampleTarget('a'), { resultId: idOf(at) })],
    })
    const [probe] = plan.probes
    if (probe === undefined) throw new Error('the plan has no probe')
    await store.startRun(plan, 'local')
    const calls = async () =>
      Number((await sql.query('select sum(n_calls) as n from rollups_hourly')).rows[0]?.['n'])
    const before = await calls()
    const result = sampleResult(plan, probe)
    expect(await recordResult(store, result)).toMatchObject({ recorded: true })
    expect(await recordResult(store, result)).toMatchObject({ recorded: false })
    await expect(recordResult(store, { ...result, id: idOf(at) })).rejects.toThrow('has a result already')
    expect(await calls()).toBe(before + 1)
    const suffix = at.toISOString().slice(0, 7).replace('-', '_')
    expect(
      (await sql.query(`select id from firsttoken.results_${suffix}`)).rows.map(({ id }) => id),
    ).toContain(result.id)
    expect(
      await store.rederiveResults({
        formulaVersion: 99,
        results: [{ id: result.id, metrics: { ...result, ttftMs: 5 } }],
      }),
    ).toEqual({ updated: 1 })
    await store.finishRun({ runId: plan.id, status: 'finished' })
    await store.deleteRun({ id: plan.id })
    expect(await calls()).toBe(before)
  })

  test('are dropped with their month once all of it is old, and rollups stay', async () => {
    const before = await answers(store, sql)
    // The one without a month goes on its own, with the hour that it is of; the rest of January waits.
    expect(await prune(store, old('2025-01-20'))).toMatchObject({ results: 1, days: 3, done: true })
    expect(await months(sql)).toContain('2025_01')
    expect(await prune(store, old('2025-03-20'))).toMatchObject({ results: 17, days: 8, done: true })
    expect((await months(sql))[0]).toBe('2025_03')
    const left = await sql.query(`select (select count(*)::int from benchmark_results) as results,
      (select count(*)::int from timelines) as timelines, (select count(*)::int from probes) as probes`)
    expect(left.rows).toEqual([{ results: 6, timelines: 6, probes: 6 }])
    const { hourly, daily } = await answers(store, sql)
    expect({ hourly, daily }).toEqual({ hourly: before.hourly, daily: before.daily })
  })

  test('that are archived go one by one, and their months once they are empty', async () => {
    const dir = archiveFolder()
    await archive(store, ['--dir', dir, '--texts'], '2025-05-01T00:00:00Z')
    const request = { ...old('2025-04-20'), archive: dir }
    expect(await prune(store, request)).toMatchObject({ results: 6, unarchived: null })
    await sql.exec(`update retention set pruned_until = '2025-04-02'`)
    await prune(store, request)
    expect(await months(sql)).not.toContain('2025_03')
    rmSync(join(dir, '..'), { recursive: true, force: true })
  })

  test('are made ahead by pruning', async () => {
    const last = (await months(sql)).at(-1) ?? ''
    await sql.query('select firsttoken.drop_month($1)', [last])
    expect(await months(sql)).not.toContain(last)
    await prune(store, old('2025-03-20'))
    expect((await months(sql)).at(-1)).toBe(last)
  })
})
