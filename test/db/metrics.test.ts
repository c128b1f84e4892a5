import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase } from '../support/databases.ts'
import { samplePlan, sampleResult } from '../support/samples.ts'
import { recordResult } from '../support/record-result.ts'
import { refreshAll } from '../support/refresh.ts'

// A metric that is rolled up is named in many places of the SQL. Its samples in rollups_hourly make it one,
// and whoever forgets a place is told here.

let sql: Sql
let metrics: string[]

const texts = async (query: string) =>
  (await sql.query(query)).rows.map(({ text }) => String(text)).toSorted()
const columnsOf = (relation: string) =>
  texts(
    `select attname as text from pg_attribute where attrelid = '${relation}'::regclass and attnum > 0 and not attisdropped`,
  )

beforeAll(async () => {
  sql = await openPostgres(await createDatabase('migrated'))
  metrics = await texts(
    `select attname as text from pg_attribute where attrelid = 'rollups_hourly'::regclass and atttypid = 'real[]'::regtype`,
  )
  const store = createSqlStore(sql)
  const plan = samplePlan(['m'])
  const [probe] = plan.probes
  if (!probe) throw new Error('the sample plan has no probe')
  await store.startRun(plan, 'local')
  await recordResult(store, sampleResult(plan, probe, { startedAt: new Date() }))
  await refreshAll(sql)
})
afterAll(() => sql.close())

test('every metric has its samples, its sum and its count, by hour and by day', async () => {
  expect(metrics.length).toBeGreaterThan(3)
  expect(await columnsOf('rollups_hourly')).toEqual(
    expect.arrayContaining(metrics.map((name) => `${name}_sum`)),
  )
  expect(await columnsOf('samples_daily')).toEqual(expect.arrayContaining(metrics))
  expect(await columnsOf('firsttoken.rollup_input')).toEqual(expect.arrayContaining(metrics))
  expect(await columnsOf('rollups_daily')).toEqual(
    expect.arrayContaining(metrics.flatMap((name) => [`n_${name}`, `${name}_sum`])),
  )
})

test('every metric of a result is in its rollups, on leaderboards and in statistics', async () => {
  const { rows } = await sql.query(
    'select to_jsonb(h) || to_jsonb(d) as row from rollups_hourly h, rollups_daily d',
  )
  for (const metric of metrics)
    expect(rows).toEqual([{ row: expect.objectContaining({ [`n_${metric}`]: 1 }) as unknown }])
  for (const table of ['rollups_hourly', 'samples_daily'])
    for (const metric of metrics)
      expect(await texts(`select cardinality(${metric}) as text from ${table}`)).toEqual(['1'])
  const more = ['cost', 'uptime']
  expect(await texts('select distinct metric as text from target_summary where n_hours = 1')).toEqual(
    expect.arrayContaining([...metrics, ...more]),
  )
  expect(await texts(`select metric as text from window_stats(now() - interval '1 day')`)).toEqual(metrics)
})

test('rollups follow an update of any number of a result', async () => {
  const columns = await texts(
    `select attname as text from pg_attribute where attrelid = 'benchmark_results'::regclass and atttypid = 'float8'::regtype`,
  )
  for (const column of columns) {
    await sql.exec(`update benchmark_results set ${column} = ${column} * 2`)
    for (const [kept, computed] of [
      ['rollups_hourly', 'compute_hours'],
      ['rollups_daily', 'compute_days'],
      ['samples_daily', 'compute_samples'],
    ] as const) {
      const all = `firsttoken.${computed}(date_trunc('day', now(), 'UTC') - interval '1 day', now() + interval '1 day', null)`
      const { rows } = await sql.query(`(select * from ${kept} except select * from ${all})
        union all (select * from ${all} except select * from ${kept})`)
      expect({ column, kept, rows }).toEqual({ column, kept, rows: [] })
    }
  }
})
