import { readFileSync } from 'node:fs'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase } from '../support/databases.ts'
import { pause } from '../support/loopback.ts'
import { samplePlan } from '../support/samples.ts'

let sql: Sql
let late: Client
beforeAll(async () => {
  const url = await createDatabase('migrated')
  sql = await openPostgres(url)
  late = new Client({ connectionString: url })
  await late.connect()
})
afterAll(() => Promise.all([sql.close(), late.end()]))

/** With an archive that has nothing. */
const prune = () =>
  createSqlStore(sql).prune({
    textsBefore: null,
    resultsBefore: null,
    proxyBefore: null,
    proxyTextsBefore: null,
    archived: [],
    limit: 100,
  })

const isWaiting = async () =>
  (
    await sql.query(
      `select from pg_locks where not granted
        and database = (select oid from pg_database where datname = current_database())`,
    )
  ).rows.length > 0

test('a result that comes while its empty month is dropped is kept, with the month', async () => {
  await sql.exec(readFileSync('supabase/optional/partition.sql', 'utf8'))
  await sql.exec(`select firsttoken.make_month('2025-01-01'), firsttoken.make_month('2025-02-01')`)
  await sql.exec(`update retention set pruned_until = '2025-03-01'`)
  const plan = samplePlan([])
  await createSqlStore(sql).startRun(plan, 'local')

  await late.query('begin')
  await late.query(
    `insert into benchmark_results (id, run_id, total_latency_ms, created_at)
      values ('01945b1c-0000-7000-8000-000000000001', $1, 5, '2025-01-12T12:00:00Z')`,
    [plan.id],
  )
  const seen = { done: false }
  const pruned = prune().finally(() => (seen.done = true))
  while (!seen.done && !(await isWaiting())) await pause(5)
  await late.query('commit')
  await pruned

  const { rows } = await sql.query(
    `select (select array_agg(tableoid::regclass::text) from benchmark_results) as results,
      (select array_agg(suffix order by month) from firsttoken.months() where month < '2025-04-01') as months`,
  )
  expect(rows).toEqual([{ results: ['firsttoken.results_2025_01'], months: ['2025_01'] }])
})
