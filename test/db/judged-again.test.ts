import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Plan } from '../../src/core/plan.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { encodeResult, toRecordInput } from '../../src/store/result-codec.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { createDatabase } from '../support/databases.ts'
import { samplePlan, sampleResult } from '../support/samples.ts'
import { fresh, worker } from '../support/scheduled-runs.ts'

// What a session finds open or abandoned, while another claims, records or joins: it must judge again once it has the lock.

let url: string
let sql: Sql
let store: Store
const clients: Client[] = []

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: url })
  clients.push(client)
  await client.connect()
  return client
}

beforeAll(async () => {
  url = await createDatabase('migrated')
  sql = await openPostgres(url)
  store = createSqlStore(sql)
})

afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()))
  await sql.close()
})

const rowsOf = async (text: string, values: unknown[]) => (await sql.query(text, values)).rows

/** A call that has begun, once it waits for a lock of another session. */
async function waiting<Output>(call: Promise<Output>): Promise<{ call: Promise<Output> }> {
  const waits = `select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and state = 'active'`
  const poller = await connect()
  await expect.poll(async () => (await poller.query(waits)).rows).toEqual([{ n: 1 }])
  return { call }
}

const claimInput = (plan: Plan, owner: string) => ({
  run_id: plan.id,
  claim_id: randomUUID(),
  owner,
  lease_ms: 60_000,
  region: 'local',
})
const callIn = (client: Client, name: string, input: object) =>
  client.query(`select public.${name}($1::jsonb) as output`, [JSON.stringify(input)])

/** As if the time of every lease of a run were up, ten minutes after it began. */
async function expire(runId: string): Promise<void> {
  await sql.query(
    `update probes set lease_until = now() - interval '1 s' where run_id = $1 and status = 'claimed'`,
    [runId],
  )
  await sql.query(`update run_workers set lease_until = now() - interval '1 s' where run_id = $1`, [runId])
  await sql.query(`update runs set started_at = now() - interval '10 minutes' where id = $1`, [runId])
}

const statusesOf = async (plan: Plan) =>
  (await rowsOf('select status from probes where run_id = $1 order by ordinal', [plan.id])).map(
    ({ status }) => status,
  )

test('whoever skips what is left waits for one that claims, and leaves it what it has claimed', async () => {
  const plan = samplePlan(['a', 'b', 'c'])
  await store.startRun(plan, 'local')
  const claiming = await connect()
  await claiming.query('begin')
  await callIn(claiming, 'claim_probe', claimInput(plan, 'w'))
  const { call } = await waiting(store.skipProbes({ runId: plan.id, reason: 'none is left' }))
  await claiming.query('commit')
  expect(await call).toEqual({ skipped: 2 })
  expect(await statusesOf(plan)).toEqual(['claimed', 'skipped', 'skipped'])
})

test('and for one that records a probe whose lease has expired', async () => {
  const plan = samplePlan(['a', 'b'])
  await store.startRun(plan, 'local')
  const claimed = await store.claimProbe({ runId: plan.id, owner: 'w', leaseMs: 60_000, region: 'local' })
  if (claimed === null) throw new Error('nothing was claimed')
  await expire(plan.id)
  const recording = await connect()
  await recording.query('begin')
  await callIn(
    recording,
    'record_result',
    toRecordInput(await encodeResult(sampleResult(plan, claimed.probe))),
  )
  const { call } = await waiting(store.skipProbes({ runId: plan.id, reason: 'none is left' }))
  await recording.query('commit')
  expect(await call).toEqual({ skipped: 1 })
  expect(await statusesOf(plan)).toEqual(['done', 'skipped'])
})

test('a worker is not given up once another has joined', async () => {
  const plan = samplePlan(['a'], { schedule: fresh('schedule'), slot: new Date(), trigger: 'cron' })
  await store.startRun(plan, 'local', worker())
  await expire(plan.id)
  const joining = await connect()
  await joining.query('begin')
  await callIn(joining, 'join_run', {
    run_id: plan.id,
    worker: { region: 'local', owner: 'heir', lease_ms: 60_000 },
  })
  const { id, name, trigger, schedule, slot } = plan
  if (schedule === null || slot === null) throw new Error('the plan has no slot')
  const run = {
    id,
    runName: name,
    triggeredBy: trigger,
    schedule,
    slot,
    region: 'local',
    startedAt: new Date(),
  }
  const { call } = await waiting(store.fileMissed({ run, reason: 'it took too long', abandoned: true }))
  await joining.query('commit')
  expect(await call).toMatchObject({ id, status: 'running', nSkipped: 0 })
  expect(await statusesOf(plan)).toEqual(['planned'])
})

/** So many that a session has judged all before it has locked all. */
const many = 16

test('a run whose worker goes on while others are closed is not closed with them', async () => {
  const plans = Array.from({ length: many }, () => samplePlan(['a', 'b']))
  const owner = fresh('worker')
  for (const plan of plans) await store.startRun(plan, 'local', worker(owner))
  for (const plan of plans) await expire(plan.id)
  const [first, ...others] = plans.toSorted((a, b) => a.id.localeCompare(b.id))
  const last = others.at(-1)
  if (first === undefined || last === undefined) throw new Error('there are no runs')
  const holding = await connect()
  await holding.query('begin')
  await holding.query('select from probes where run_id = $1 for update', [first.id])
  const { call } = await waiting(store.startRun(samplePlan(['a']), 'local'))
  const claimed = await callIn(await connect(), 'claim_probe', claimInput(last, owner))
  expect(claimed.rows[0]?.output).not.toBeNull()
  await holding.query('commit')
  await call
  expect(
    await rowsOf('select status, count(*)::int as n from runs where id = any ($1) group by 1 order by 1', [
      plans.map(({ id }) => id),
    ]),
  ).toEqual([
    { status: 'abandoned', n: many - 1 },
    { status: 'running', n: 1 },
  ])
  expect(await statusesOf(last)).toEqual(['claimed', 'planned'])
})

test('the region of a worker that goes on is not kept for another', async () => {
  const plan = samplePlan(['a', 'b'], { trigger: 'api' })
  const owner = fresh('worker')
  await store.startRun(plan, 'local', worker(owner))
  await expire(plan.id)
  const claiming = await connect()
  await claiming.query('begin')
  await callIn(claiming, 'claim_probe', claimInput(plan, owner))
  const { call } = await waiting(store.nextJob({ limit: 1, region: 'local', owner: 'another' }))
  await claiming.query('commit')
  expect(await call).toEqual({ runId: null })
  expect(await rowsOf('select owner from run_workers where run_id = $1', [plan.id])).toEqual([{ owner }])
})
