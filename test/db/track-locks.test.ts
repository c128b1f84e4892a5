import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase } from '../support/databases.ts'
import { expectRightRollups } from '../support/expected-rollups.ts'
import { pause } from '../support/loopback.ts'
import { recordResult } from '../support/record-result.ts'
import { failedResult, samplePlan, sampleProbe, sampleResult, sampleTarget } from '../support/samples.ts'

let sql: Sql
let person: Client
let other: Sql
beforeAll(async () => {
  const url = await createDatabase('migrated')
  sql = await openPostgres(url)
  other = await openPostgres(url)
  person = new Client({ connectionString: url })
  await person.connect()
})
afterAll(() => Promise.all([sql.close(), other.close(), person.end()]))

/** A failed call of a model, recorded now; and what records calls of the same model. */
async function failed(model: string) {
  const plan = samplePlan([], {
    probes: [0, 1, 2].map(() => sampleProbe(sampleTarget(model))),
  })
  const [first, second, third] = plan.probes
  if (!first || !second || !third) throw new Error('the plan has no probes')
  await createSqlStore(sql).startRun(plan, 'local')
  const result = failedResult(plan, first, { startedAt: new Date(), faultDomain: 'provider' })
  await recordResult(createSqlStore(sql), result)
  const record = (probe = second) =>
    recordResult(createSqlStore(other), sampleResult(plan, probe, { startedAt: new Date() }))
  return { plan, result, first, record, third }
}

/** Whether something is done while the person's transaction stays open, and the rollups are right after it. */
async function isDoneBeside(
  change: () => Promise<unknown>,
  action: () => Promise<unknown>,
): Promise<boolean> {
  await person.query('begin')
  await change()
  const seen = { done: false }
  const began = action().then(() => (seen.done = true))
  const waits = async () => {
    const { rows } = await sql.query(
      `select from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`,
    )
    return rows.length > 0
  }
  while (!seen.done && !(await waits())) await pause(5)
  const isDone = seen.done
  await person.query('commit')
  await began
  await expectRightRollups(sql)
  return isDone
}

/** Inserts the recheck of a result in the person's transaction, as recording does. */
async function recheck({ result, plan, first }: Awaited<ReturnType<typeof failed>>): Promise<void> {
  const id = randomUUID()
  const probeId = randomUUID()
  await createSqlStore(sql).planConfirm({ probeId: first.id, id: probeId, resultId: id })
  await person.query(`select set_config('firsttoken.recording', $1, true)`, [id])
  await person.query(
    `insert into benchmark_results (id, run_id, probe_id, target_id, provider, model, series, region, success, confirms,
        total_latency_ms)
      select $1, $2, $3, target_id, provider, model, series, region, true, id, 5 from benchmark_results where id = $4`,
    [id, plan.id, probeId, result.id],
  )
  await person.query(`select set_config('firsttoken.recording', '', true)`)
}

test('while a recheck is added, every other track is recorded, its own waits', async () => {
  const [one, two] = [await failed('rechecked'), await failed('beside-it')]
  expect(
    await isDoneBeside(
      () => recheck(one),
      () => two.record(),
    ),
  ).toBe(true)
  const three = await failed('rechecked')
  expect(
    await isDoneBeside(
      () => recheck(three),
      () => three.record(),
    ),
  ).toBe(false)
})

test('while a person changes the results of a track, every other track is recorded, its own waits', async () => {
  const [one, two] = [await failed('changed'), await failed('not-changed')]
  const change = () => person.query('update benchmark_results set cost_usd = 1 where model = $1', ['changed'])
  expect(await isDoneBeside(change, () => two.record())).toBe(true)
  expect(
    await isDoneBeside(
      () => person.query('delete from benchmark_results where id = $1', [two.result.id]),
      () => one.record(),
    ),
  ).toBe(true)
  expect(
    await isDoneBeside(
      () => person.query(`update benchmark_results set tps = 3 where model = 'changed'`),
      () => one.record(one.third),
    ),
  ).toBe(false)
})

test('a recheck rebuilds its own track only', async () => {
  const [one] = [await failed('mine'), await failed('not-mine')]
  // Damaged on purpose: a rebuild would repair it.
  const damaged = `from tracks t where t.id = r.track_id and t.model = 'not-mine'`
  await sql.exec(
    `update rollups_hourly r set n_ok = 77 ${damaged}; update rollups_daily r set n_ok = 77 ${damaged}`,
  )
  await person.query('begin')
  await recheck(one)
  await person.query('commit')
  const { rows } = await sql.query(
    `select t.model, d.n_ok, d.n_cleared from rollups_daily d join tracks t on t.id = d.track_id
      where t.model in ('mine', 'not-mine') order by 1`,
  )
  expect(rows).toEqual([
    { model: 'mine', n_ok: 0, n_cleared: 1 },
    { model: 'not-mine', n_ok: 77, n_cleared: 0 },
  ])
  await sql.exec(
    `update rollups_hourly r set n_ok = 0 ${damaged}; update rollups_daily r set n_ok = 0 ${damaged}`,
  )
})

test('a change of more tracks than are locked one by one is right too, and rebuilding uses up no numbers', async () => {
  const { rows: runs } = await sql.query(
    `insert into runs (run_name, triggered_by) values ('many', 'manual') returning id`,
  )
  await sql.query(
    `insert into benchmark_results (run_id, provider, model, region, total_latency_ms, ttft_ms, created_at)
      select $1, 'p', 'many-' || n % 150, 'here', n, n, now() - n * interval '7 minutes' from generate_series(1, 600) n`,
    [runs[0]?.['id']],
  )
  await expectRightRollups(sql)
  await sql.exec(`update benchmark_results set ttft_ms = 1 where model like 'many-%'`)
  await expectRightRollups(sql)
  const last = async () => (await sql.query('select last_value from tracks_id_seq')).rows
  const before = await last()
  const range = { since: new Date(Date.now() - 4 * 86_400_000), until: new Date() }
  await createSqlStore(sql).rebuildRollups(range)
  await expectRightRollups(sql)
  expect(await last()).toEqual(before)
  await sql.exec(`delete from benchmark_results where model like 'many-%'`)
  await expectRightRollups(sql)
})

test('to find a track locks nothing, so whoever rebuilds it may refer to it while others wait for the rebuild', async () => {
  const find = `select firsttoken.get_or_create_track(
    row(null, null, 'a provider', 'of no target', 'a series', 'local', false)::tracks) as id`
  const { rows } = await sql.query(find)
  await person.query('begin')
  expect((await person.query<{ id: number }>(find)).rows).toEqual(rows)
  const { rows: free } = await sql.query('select id from tracks where id = $1 for key share nowait', [
    rows[0]?.['id'],
  ])
  expect(free).toEqual(rows)
  await person.query('rollback')
})
