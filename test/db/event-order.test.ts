import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import type { EventRow } from '../../src/store/event-codec.ts'
import { openEventFeed } from '../../src/store/event-feed.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { eight, fresh } from '../support/contract-store.ts'
import { createDatabase } from '../support/databases.ts'
import { recordResult } from '../support/record-result.ts'
import { samplePlan, sampleResult } from '../support/samples.ts'

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

/** A run, and its events as a reader gets them who goes on from where it was. */
async function startedRun(models = 1) {
  const plan = samplePlan(Array.from({ length: models }, () => fresh()))
  await store.startRun(plan, 'local')
  const rows: EventRow[] = []
  let after: string | null = null
  const read = async () => {
    const page = await store.listEvents({ runId: plan.id, after, limit: 3 })
    rows.push(...page.rows)
    after = page.next
    return page
  }
  await expect.poll(async () => (await read(), rows.length)).toBe(1)
  return { plan, rows, read, notes: () => rows.slice(1).map(({ data }) => data['note']) }
}

const add = `select firsttoken.add_event($1, 'probes_skipped', jsonb_build_object('note', $2::text, 'n', 0))`

test.each(['commit', 'rollback'])(
  'a transaction that is open hides what was committed after it began, until its %s',
  async (end) => {
    const { plan, read, notes } = await startedRun()
    const [slow, quick] = [await connect(), await connect()]
    await slow.query('begin')
    await slow.query(add, [plan.id, 'slow'])
    await quick.query(add, [plan.id, 'quick'])
    expect(await read()).toMatchObject({ rows: [], pending: true })
    await slow.query(add, [plan.id, 'slow again'])
    await slow.query(end)
    const expected = end === 'commit' ? ['slow', 'slow again', 'quick'] : ['quick']
    await expect.poll(async () => (await read(), notes())).toEqual(expected)
    await expect.poll(async () => (await read()).pending).toBe(false)
  },
)

test('a transaction that only reads hides nothing', async () => {
  const { plan, read, notes } = await startedRun()
  const reader = await connect()
  await reader.query('begin isolation level repeatable read')
  await reader.query('select count(*) from runs')
  await sql.query(add, [plan.id, 'quick'])
  await expect.poll(async () => (await read(), notes())).toEqual(['quick'])
  await reader.query('commit')
})

test('eight writers on one run do not deadlock, and every reader sees the same', async () => {
  const plan = samplePlan(Array.from({ length: 48 }, () => fresh()))
  const feed = openEventFeed({ listEvents: store.listEvents, listen: sql.listen })
  const watch = async (): Promise<EventRow[]> => {
    const rows: EventRow[] = []
    for await (const row of feed.watch({
      runId: plan.id,
      after: null,
      signal: new AbortController().signal,
    })) {
      rows.push(row)
      if (row.event === 'run_finished') break
    }
    return rows
  }
  const early = watch()
  await store.startRun(plan, 'local')
  const stores = await eight(async () => createSqlStore(await openPostgres(url)))
  const late = watch()
  await Promise.all(
    stores.map(async (own, writer) => {
      const claim = () =>
        own.claimProbe({ runId: plan.id, owner: `w${writer}`, leaseMs: 60_000, region: 'local' })
      for (let claimed = await claim(); claimed !== null; claimed = await claim())
        await recordResult(own, sampleResult(plan, claimed.probe))
      await own.skipProbes({ runId: plan.id, reason: 'none is left' })
    }),
  )
  await store.finishRun({ runId: plan.id, status: 'finished' })
  const rows = await early
  expect(await late).toEqual(rows)
  const probes = (event: string) =>
    rows.filter((row) => row.event === event).map(({ probe }) => String(probe?.id))
  for (const event of ['probe_started', 'probe_recorded'])
    expect(probes(event).toSorted()).toEqual(plan.probes.map(({ id }) => id).toSorted())
  expect(rows).toHaveLength(2 + 2 * 48)
  expect(rows.filter(({ event }) => event === 'probe_recorded').map(({ n_done }) => n_done)).toEqual(
    Array.from({ length: 48 }, (_, index) => index + 1),
  )
  for (const { id } of plan.probes) {
    const [started, recorded] = rows.filter(({ probe }) => probe?.id === id)
    expect([started?.event, recorded?.event]).toEqual(['probe_started', 'probe_recorded'])
  }
  await feed.close()
  await Promise.all(stores.map((own) => own.close()))
})

test.each<[string, (runId: string) => Promise<unknown>]>([
  ['claims', (runId) => store.claimProbe({ runId, owner: 'w', leaseMs: 60_000, region: 'local' })],
  ['skips', (runId) => store.skipProbes({ runId, reason: 'late' })],
  ['joins', (runId) => store.joinRun({ runId, region: 'local', worker: { owner: 'w', leaseMs: 60_000 } })],
])('whoever %s does not deadlock with a session that deletes the run', async (_, call) => {
  const { plan } = await startedRun(3)
  const deleter = await connect()
  await deleter.query('begin')
  await deleter.query('select from runs where id = $1 for update', [plan.id])
  const called = call(plan.id).catch((error: unknown) => error)
  const waits = `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await expect.poll(async () => (await sql.query(waits)).rows).toEqual([{ n: 1 }])
  await deleter.query('delete from runs where id = $1', [plan.id])
  await deleter.query('commit')
  await called
  expect((await sql.query('select from probes where run_id = $1', [plan.id])).rows).toEqual([])
})
