import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { eight } from '../support/contract-store.ts'
import { createDatabase } from '../support/databases.ts'
import { incidentsOver, opening, sampleChannel } from '../support/incident-store.ts'

let url: string
let sql: Sql
let store: Store
let stores: Store[]
const clients: Client[] = []

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: url })
  // One of them is killed.
  client.on('error', () => undefined)
  clients.push(client)
  await client.connect()
  return client
}

beforeAll(async () => {
  url = await createDatabase('migrated')
  sql = await openPostgres(url)
  store = createSqlStore(sql)
  stores = await eight(async () => createSqlStore(await openPostgres(url)))
  await store.saveChannels({ channels: [sampleChannel('hook'), sampleChannel('mail')] })
})
beforeEach(async () => {
  await sql.exec('delete from notification_deliveries; delete from incidents')
})
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()))
  await Promise.all(stores.map((own) => own.close()))
  await sql.close()
})

const rowsOf = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows

/** A target that is down, as every evaluator judges it. */
async function judged(provider = `p-${randomUUID().slice(0, 8)}`) {
  const { model } = await incidentsOver(store).newTarget(provider)
  const [row] = await rowsOf(
    'select t.id from targets t join models m on m.id = t.model_id where m.name = $1',
    [model],
  )
  const transition = opening({ provider, model, targetId: String(row?.['id']), region: 'fra1' })
  const evaluation = {
    scope: transition.scope,
    expectedVersion: 0,
    evaluatedUntil: new Date('2026-11-30T10:15:00Z'),
    transitions: [transition],
  }
  return { transition, evaluation, targetId: transition.subject.targetId }
}

/** How many sessions wait for a lock. */
const waiting = async () =>
  (
    await rowsOf(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
  )[0]?.['n']

test('of eight evaluators that open the same incident one does, with one event and one delivery a channel', async () => {
  const { evaluation } = await judged()
  const applied = await eight((index) => (stores[index] ?? store).applyTransitions(evaluation))
  expect(applied.filter((each) => each.applied)).toHaveLength(1)
  expect(applied.map(({ version }) => version)).toEqual(Array.from({ length: 8 }, () => 1))
  const { rows } = await store.listIncidents({ scope: evaluation.scope })
  expect(rows).toHaveLength(1)
  const { events, deliveries } = await store.readIncident({ id: rows[0]?.id ?? '' })
  expect(events.map(({ type }) => type)).toEqual(['opened'])
  expect(deliveries.map(({ channel, event }) => `${channel} ${event}`)).toEqual([
    'hook opened',
    'mail opened',
  ])
})

test('so it is if they evaluate it under different scopes', async () => {
  const { evaluation } = await judged()
  await eight((index) =>
    (stores[index] ?? store).applyTransitions({ ...evaluation, scope: `${evaluation.scope}-${index}` }),
  )
  const { rows } = await store.listIncidents({ scope: evaluation.scope })
  expect(rows).toHaveLength(1)
  const { events, deliveries } = await store.readIncident({ id: rows[0]?.id ?? '' })
  expect([events.length, deliveries.length]).toEqual([1, 2])
})

test('an evaluator whose transaction is killed leaves nothing', async () => {
  const { evaluation, transition } = await judged()
  const client = await connect()
  await client.query('begin')
  await client.query('select apply_transitions($1)', [
    {
      scope: evaluation.scope,
      expected_version: 0,
      evaluated_until: evaluation.evaluatedUntil,
      transitions: [
        { ...transition, first_bad_at: transition.firstBadAt, target_id: transition.subject.targetId },
      ],
    },
  ])
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  await sql.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  await expect.poll(() => rowsOf('select from pg_stat_activity where pid = $1', [rows[0]?.pid])).toEqual([])
  expect(await rowsOf('select from incidents')).toEqual([])
  expect(await store.applyTransitions(evaluation)).toEqual({ applied: true, version: 1 })
})

test('a target that is switched off while its incident opens has none open, whichever comes first', async () => {
  const { evaluation, targetId } = await judged()
  const switching = await connect()
  await switching.query('begin')
  await switching.query('update targets set active = false where id = $1', [targetId])
  const applied = store.applyTransitions(evaluation)
  await expect.poll(waiting).toBe(1)
  await switching.query('commit')
  expect(await applied).toMatchObject({ applied: true })
  expect(await rowsOf('select from incidents')).toEqual([])

  const other = await judged()
  const opener = await connect()
  await opener.query('begin')
  await opener.query('select from targets where id = $1 for share', [other.targetId])
  const switched = rowsOf('update targets set active = false where id = $1', [other.targetId])
  await expect.poll(waiting).toBe(1)
  await opener.query(
    `insert into incidents (id, scope, kind, severity, target_id, first_bad_at) values (gen_random_uuid(), $1, 'down', 'critical', $2, now())`,
    [other.evaluation.scope, other.targetId],
  )
  await opener.query('commit')
  await switched
  expect(await rowsOf('select resolve_reason from incidents')).toEqual([{ resolve_reason: 'gone' }])
})

test('a target that goes down while the incident of its provider ends is told by itself', async () => {
  const { evaluation, transition } = await judged()
  const scope = `provider/${transition.subject.provider}`
  await store.applyTransitions({
    ...evaluation,
    scope,
    transitions: [
      { ...transition, scope, kind: 'provider_wide', subject: { ...transition.subject, targetId: null } },
    ],
  })
  const ending = await connect()
  await ending.query('begin')
  await ending.query(`select firsttoken.resolve(id, 'recovered') from incidents`)
  const applied = store.applyTransitions(evaluation)
  await expect.poll(waiting).toBe(1)
  await ending.query('commit')
  await applied
  const [open] = (await store.listIncidents({ scope: evaluation.scope })).rows
  expect(open).toMatchObject({ parent_id: null })
  expect((await store.readIncident({ id: open?.id ?? '' })).deliveries).toHaveLength(2)
})

test('claimers at once never get the same delivery, and together all of them', async () => {
  for (let n = 0; n < 12; n += 1) await store.applyTransitions((await judged()).evaluation)
  const claim = (index: number) =>
    (stores[index] ?? store).claimDeliveries({ claimId: randomUUID(), limit: 5, lockMs: 60_000 })
  const claimed = [...(await eight(claim)), await claim(0)]
  const ids = claimed.flatMap(({ rows }) => rows.map(({ id }) => id))
  expect(ids).toHaveLength(24)
  expect(new Set(ids).size).toBe(24)
})

test('what a worker that was killed had claimed is claimed again once its lease is over', async () => {
  await store.applyTransitions((await judged()).evaluation)
  const worker = await connect()
  const { rows } = await worker.query<{ pid: number }>('select pg_backend_pid() as pid')
  await worker.query('select claim_deliveries($1)', [{ claim_id: randomUUID(), limit: 10, lock_ms: 60_000 }])
  await sql.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  const claim = async () =>
    (await store.claimDeliveries({ claimId: randomUUID(), limit: 10, lockMs: 60_000 })).rows.length
  expect(await claim()).toBe(0)
  await sql.exec(`update notification_deliveries set locked_until = now() - interval '1 second'`)
  expect(await claim()).toBe(2)
})

test('whoever resolves and whoever settles do not deadlock, and no end is told of what nobody heard', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { evaluation } = await judged()
    await store.applyTransitions(evaluation)
    const claimId = randomUUID()
    const { rows } = await store.claimDeliveries({ claimId, limit: 10, lockMs: 60_000 })
    const id = rows[0]?.incident?.id ?? ''
    const settle = {
      claimId,
      inMs: null,
      attempts: 1,
      error: 'HTTP 404',
      disable: false,
      fallback: null,
      state: 'dead' as const,
    }
    await Promise.all([
      stores[0]?.settleDeliveries({ ...settle, ids: rows.map((row) => row.id) }),
      stores[1]?.resolveIncident({ id, actor: 'ann' }),
      stores[2]?.claimDeliveries({ claimId: randomUUID(), limit: 10, lockMs: 60_000 }),
    ])
    const { deliveries } = await store.readIncident({ id })
    const states = deliveries.map(({ event, state }) => `${event} ${state}`)
    expect(states.filter((each) => !['opened dead', 'resolved replaced'].includes(each))).toEqual([])
  }
})

test('reminders that are asked for at once are made once', async () => {
  const { evaluation } = await judged()
  await store.applyTransitions(evaluation)
  await sql.exec(`update incident_events set at = now() - interval '5 hours'`)
  const reminded = await eight((index) =>
    (stores[index] ?? store).remindIncidents({ everyMs: 4 * 3_600_000, most: 6 }),
  )
  expect(reminded.reduce((sum, each) => sum + each.reminded, 0)).toBe(1)
})
