import { array, assert, asyncProperty } from 'fast-check'
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { firstMigrations } from '../support/first-migrations.ts'
import { createDatabase, engine } from '../support/databases.ts'
import { expectRightRollups, near } from '../support/expected-rollups.ts'
import { tries } from '../support/properties.ts'
import { anyOperation, Recorder } from '../support/result-operations.ts'
import { samplePlan, sampleProbe, sampleResult, sampleTarget } from '../support/samples.ts'
import { recordResult } from '../support/record-result.ts'

describe.each(engine('Postgres 17'))('rollups on $name', ({ name, open }) => {
  const runs = { PGlite: 6, 'Postgres 17': 8 }[name]
  let sql: Sql

  beforeAll(async () => {
    sql = await open()
  })
  beforeEach(async () => {
    await sql.exec('truncate runs, providers, tracks cascade')
  })
  afterAll(() => sql.close())

  test('are what the rows say, whatever is recorded, repeated, relabelled, changed or deleted', async () => {
    await assert(
      asyncProperty(
        array(anyOperation, { minLength: 20, maxLength: 40, size: 'max' }),
        async (operations) => {
          const recorder = new Recorder(sql)
          for (const operation of operations) await recorder.do(operation)
          await expectRightRollups(sql)
        },
      ).beforeEach(() => sql.exec('truncate runs, providers, tracks cascade')),
      { numRuns: tries(runs) },
    )
  })

  test('a recheck clears a failure that somebody has moved to another region and hour', async () => {
    const recorder = new Recorder(sql)
    await recorder.do({ do: 'fail', which: 0, target: 0, region: 0, series: 0, hoursAgo: 3 })
    await recorder.do({ do: 'edit', which: 0 })
    await recorder.do({ do: 'confirm', which: 0, ok: true, minutesLater: 0 })
    await expectRightRollups(sql)
    expect((await sql.query('select sum(n_cleared)::int as cleared from rollups_daily')).rows).toEqual([
      { cleared: 1 },
    ])
  })

  test('a recheck clears the failure it rechecks, hours later too, until it is deleted', async () => {
    const recorder = new Recorder(sql)
    const failed = { do: 'fail', which: 0, target: 0, region: 0, series: 0, hoursAgo: 30 } as const
    await recorder.do(failed)
    await recorder.do({ do: 'confirm', which: 0, ok: true, minutesLater: 90 })
    await recorder.do({ do: 'confirm', which: 0, ok: true, minutesLater: 0 })
    const cleared = 'select sum(n_provider)::int as failed, sum(n_cleared)::int as cleared from rollups_daily'
    expect((await sql.query(cleared)).rows).toEqual([{ failed: 1, cleared: 1 }])
    await recorder.do({ do: 'deleteResult', which: 2 })
    expect((await sql.query(cleared)).rows).toEqual([{ failed: 1, cleared: 1 }])
    await recorder.do({ do: 'deleteResult', which: 1 })
    expect((await sql.query(cleared)).rows).toEqual([{ failed: 1, cleared: 0 }])
    await expectRightRollups(sql)
  })

  test('a person’s own rows count, a correction does, and an emptied table empties them', async () => {
    const recorder = new Recorder(sql)
    await recorder.do({ do: 'fail', which: 0, target: 0, region: 0, series: 0, hoursAgo: 2 })
    await sql.exec(`insert into benchmark_results (run_id, provider, model, total_latency_ms, ttft_ms, created_at)
      select id, 'openai', 'mine', 100 + n, n, now() - n * interval '1 hour' from runs, generate_series(1, 5) n;
      insert into benchmark_results (run_id, provider, model, total_latency_ms, ttft_ms, created_at)
      select id, 'openai', 'mine', 7, 7, now() from runs`)
    await expectRightRollups(sql)
    await sql.exec('update benchmark_results set success = true where not success')
    await expectRightRollups(sql)
    await sql.exec('update benchmark_results set id = gen_random_uuid(), success = false where ttft_ms = 7')
    await expectRightRollups(sql)
    // One statement that changes a row and inserts another.
    await sql.exec(`insert into benchmark_results (id, run_id, provider, model, total_latency_ms, created_at)
        select id, run_id, provider, model, 5, created_at from benchmark_results where ttft_ms = 3
      union all
        select gen_random_uuid(), run_id, provider, model, 6, created_at from benchmark_results where ttft_ms = 3
      on conflict (id) do update set total_latency_ms = excluded.total_latency_ms`)
    await expectRightRollups(sql)
    await sql.exec(`with gone as (delete from benchmark_results where ttft_ms = 4 returning run_id, created_at)
      insert into benchmark_results (run_id, provider, model, total_latency_ms, created_at) select run_id, 'openai', 'mine', 9, created_at from gone`)
    await expectRightRollups(sql)
    await sql.exec('truncate benchmark_results cascade')
    expect((await sql.query('select from rollups_hourly')).rows).toEqual([])
  })

  test('a spooled result counts when it was made, one with a slightly slow clock when it was recorded', async () => {
    const recorder = new Recorder(sql)
    const success = {
      do: 'succeed',
      target: 0,
      region: 0,
      series: 0,
      ttft: 100,
      tps: 20,
      latency: 1e3,
      cost: null,
      trusted: true,
    } as const
    await recorder.do({ ...success, hoursAgo: 3 })
    await recorder.do({ ...success, hoursAgo: 0.1 })
    const { rows } = await sql.query(
      `select round(extract(epoch from now() - created_at) / 60)::int as minutes from benchmark_results order by created_at`,
    )
    expect(rows).toEqual([{ minutes: 180 }, { minutes: 0 }])
  })

  test('percentiles of any window are those of the rows, at the design’s minimums', async () => {
    const recorder = new Recorder(sql)
    // 60 samples spread over 60 hours, then as many that no percentile may count.
    for (let n = 0; n < 60; n += 1) {
      const values = { ttft: 100 + ((n * 37) % 60), tps: null, latency: 1000 + n, cost: 0.01 }
      const at = { target: 0, region: 0, series: 0, hoursAgo: n + 1 }
      await recorder.do({ do: 'succeed', ...at, ...values, trusted: true })
      await recorder.do({ do: 'succeed', ...at, ...values, ttft: 9, latency: 9, trusted: false })
    }
    const raw = `select percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by ttft_ms) as p, avg(ttft_ms) as mean,
        stddev_samp(ttft_ms) as sd, count(*)::int as n
      from benchmark_results where timing_quality = 'ok' and created_at >= date_trunc('hour', $1::timestamptz)`
    const window = `select p50, p90, p95, p99, mean, sd, n from window_stats($1) where metric = 'ttft'`
    for (const [hours, published] of [
      [100, [true, true, true, false]],
      [40, [true, true, false, false]],
      [20, [true, false, false, false]],
    ] as const) {
      const since = new Date(Date.now() - hours * 3_600_000).toISOString()
      const [expected] = (await sql.query(raw, [since])).rows
      const [found] = (await sql.query(window, [since])).rows
      const percentiles = expected?.['p'] as number[]
      const shown = percentiles.map((value, index) => (published[index] === true ? near(value) : null))
      expect(found).toEqual({
        p50: shown[0],
        p90: shown[1],
        p95: shown[2],
        p99: shown[3],
        mean: expect.closeTo(Number(expected?.['mean']), 3),
        sd: expect.closeTo(Number(expected?.['sd']), 3),
        n: expected?.['n'],
      })
    }
    const daily = await sql.query(
      `select percentile_cont(0.5) within group (order by ttft_ms) as p50, date_trunc('day', created_at, 'UTC') as day
        from benchmark_results where timing_quality = 'ok' group by 2 order by 2`,
    )
    const kept = await sql.query('select ttft_p50_ms as p50, day from daily_trends order by day')
    expect(kept.rows).toEqual(daily.rows.map(({ p50, day }) => ({ p50: near(p50), day })))
  })
})

test('results from before rollups are rolled up by the migration, also without a target', async () => {
  const sql = await openPostgres(await createDatabase('empty'))
  await sql.exec(firstMigrations()[0]?.sql ?? '')
  await sql.exec(`
    with run as (insert into runs (run_name, triggered_by) values ('old', 'system') returning id),
      provider as (insert into providers (name) values ('OpenAI') returning id)
    insert into benchmark_results (run_id, provider_id, provider, model, total_latency_ms, ttft_ms, tps, success, cost_usd, created_at)
      select run.id, provider.id, 'openai', 'gpt-4o-mini', 1000 + n, 100 + n, 30, n % 5 > 0, 0.001, now() - n * interval '7 hours'
      from run, provider, generate_series(1, 60) n`)
  await migrate(sql, readMigrations())
  await expectRightRollups(sql)
  expect(
    (await sql.query('select count(*)::int as n, sum(n_calls)::int as calls from rollups_hourly')).rows,
  ).toEqual([{ n: 60, calls: 60 }])
  // The second time it changes nothing.
  await sql.exec(
    readMigrations()
      .map(({ sql: text }) => text)
      .join('\n'),
  )
  await expectRightRollups(sql)
  await sql.close()
})

test('a failure and its recheck that are recorded at the same moment see each other', async () => {
  const url = await createDatabase('migrated')
  const [sql, one, other] = await Promise.all([openPostgres(url), openPostgres(url), openPostgres(url)])
  const { rows } = await sql.query(
    `insert into runs (run_name, triggered_by) values ('both', 'manual') returning id`,
  )
  const look = (values: string) => `insert into benchmark_results
    (run_id, provider, model, total_latency_ms, id, success, fault_domain, error_kind, confirms, created_at)
    values ('${String(rows[0]?.['id'])}', 'openai', 'm', 1, ${values})`
  const cleared = 'select sum(n_provider)::int as failed, sum(n_cleared)::int as cleared from rollups_hourly'
  for (let round = 1; round <= 2; round += 1) {
    const [id, again] = [randomUUID(), randomUUID()]
    const first = look(`'${id}', false, 'provider', 'server_error', null, now() - interval '1 day'`)
    const second = look(
      `'${again}', true, null, null, '${id}', now() - interval '1 day' + interval '5 seconds'`,
    )
    const slowly = (text: string) => `begin; ${text}; select pg_sleep(0.4); commit`
    const begun = one.exec(slowly(round === 1 ? second : first))
    // The other one starts while the first is still open.
    await sql.query('select pg_sleep(0.15)')
    await other.exec(round === 1 ? first : second)
    await begun
    expect((await sql.query(cleared)).rows).toEqual([{ failed: round, cleared: round }])
  }
  await Promise.all([sql, one, other].map((each) => each.close()))
})

test('concurrent late results of a closed run do not deadlock', async () => {
  const url = await createDatabase('migrated')
  const [sql, ...workers] = await Promise.all(Array.from({ length: 7 }, () => openPostgres(url)))
  if (sql === undefined) throw new Error('there is no connection')
  const plan = samplePlan([], {
    probes: Array.from({ length: 36 }, (_, n) => sampleProbe(sampleTarget(`model-${n % 3}`))),
  })
  await createSqlStore(sql).startRun(plan, 'local')
  await createSqlStore(sql).finishRun({ runId: plan.id, status: 'abandoned' })
  await Promise.all(
    workers.map(async (connection, worker) => {
      const store = createSqlStore(connection)
      for (const probe of plan.probes.filter((_, n) => n % workers.length === worker))
        await recordResult(store, sampleResult(plan, probe, { startedAt: new Date() }))
    }),
  )
  expect((await sql.query('select n_succeeded from runs')).rows).toEqual([{ n_succeeded: 36 }])
  await expectRightRollups(sql)
  await Promise.all([sql, ...workers].map((each) => each.close()))
})

test('an open transaction on old rows does not block recording today', async () => {
  const url = await createDatabase('migrated')
  const sql = await openPostgres(url)
  const person = new Client({ connectionString: url })
  await person.connect()
  const recorder = new Recorder(sql)
  const at = { target: 0, region: 0, series: 0, which: 0 }
  await recorder.do({ do: 'fail', ...at, hoursAgo: 24 * 50 })
  await person.query('begin')
  await person.query('update benchmark_results set cost_usd = 1')
  // Were it blocked, it would wait for ever.
  await recorder.do({ do: 'fail', ...at, hoursAgo: 0 })
  await person.query('commit')
  expect((await sql.query('select count(*)::integer as n from benchmark_results')).rows).toEqual([{ n: 2 }])
  await expectRightRollups(sql)
  await Promise.all([sql.close(), person.end()])
})

test('on Postgres they stay right while results are recorded, confirmed, changed and deleted side by side', async () => {
  const url = await createDatabase('migrated')
  const sql = await openPostgres(url)
  const workers = await Promise.all(Array.from({ length: 6 }, () => openPostgres(url)))
  await Promise.all(
    workers.map(async (connection, worker) => {
      const recorder = new Recorder(connection)
      const at = { target: 0, region: 0, series: 0, hoursAgo: worker % 2 }
      for (let step = 0; step < 12; step += 1) {
        const which = 5 * step
        const measured = { ttft: step, tps: 1, latency: 100 + step, cost: 0.001, trusted: true }
        await recorder.do({ do: 'succeed', ...at, ...measured })
        await recorder.do({ do: 'fail', ...at, which: 0 })
        await recorder.do({ do: 'confirm', which: 2 * step + 1, ok: step % 2 === 0, minutesLater: 0 })
        if (step % 3 === 0) await recorder.do({ do: 'rederive', which, ttft: 1000 + step })
        if (step % 4 === 0) await recorder.do({ do: 'edit', which })
        if (step % 5 === 0) await recorder.do({ do: 'deleteResult', which })
        if (step === 7) await recorder.do({ do: 'outage', hoursAgo: 0 })
      }
    }),
  )
  const [counted] = (await sql.query('select count(*)::int as n from benchmark_results')).rows
  expect(counted?.['n']).toBeGreaterThan(150)
  await expectRightRollups(sql)
  await Promise.all([...workers, sql].map((each) => each.close()))
})
