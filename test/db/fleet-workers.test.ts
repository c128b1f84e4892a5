import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { makeFolder, removeFolder, type Running, start } from '../support/command.ts'
import { createDatabase } from '../support/databases.ts'
import { addProvider } from '../support/fleet-targets.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

let sql: Sql
let provider: Synthetic
let pings: Receiver
let cwd: string
let env: Record<string, string>
const workers: Running[] = []

beforeAll(async () => {
  const url = await createDatabase('migrated')
  sql = await openPostgres(url)
  cwd = makeFolder()
  provider = await startSynthetic({ options: { ttftMs: 250, frames: 3, delayMs: 1 } })
  pings = await startReceiver()
  await addProvider(sql, 'openai', { models: 12, lanes: 1 })
  await addProvider(sql, 'groq', { models: 12 })
  env = {
    DATABASE_URL: url,
    OPENAI_API_KEY: 'sk-a',
    OPENAI_BASE_URL: provider.url,
    GROQ_API_KEY: 'gsk-a',
    GROQ_BASE_URL: provider.url,
    HEALTH_PING_URL: pings.url,
    // A slot has just begun, and nothing of it is late for a minute.
    BENCHMARK_SCHEDULE: `${new Date().getUTCSeconds()} * * * * *`,
  }
})
afterAll(async () => {
  for (const { child } of workers) child.kill('SIGKILL')
  await Promise.all(workers.map(({ ended }) => ended))
  await sql.close()
  await provider.close()
  await pings.close()
  removeFolder(cwd)
})

const startWorker = (region: string, concurrency: number): Running => {
  const worker = start('worker.ts', ['--region', region, '--concurrency', String(concurrency)], { cwd, env })
  workers.push(worker)
  return worker
}
const ownerOf = async (worker: Running) =>
  (await worker.until(/^worker \S+ of/m)).replace(/^worker (\S+) of$/, '$1')
const rowsOf = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows
/** The first run: the next slot is planned meanwhile. */
const ofSlot = `run_id = (select id from runs order by slot limit 1)`
const takenBy = async (owner: string) =>
  rowsOf(`select shard from shards where status = 'taken' and owner = $1`, [owner])

test('two regions make a slot, one worker is killed and another told to end: each call is recorded once', async () => {
  const killed = startWorker('a', 2)
  const stopped = startWorker('b', 2)
  const [ofKilled, ofStopped] = await Promise.all([killed, stopped].map(ownerOf))

  // Each is alone in its region, and ended when it has a shard: whether it gets one beside others is a matter of chance.
  const kill = async () => {
    await expect.poll(() => takenBy(ofKilled ?? '')).not.toEqual([])
    killed.child.kill('SIGKILL')
    await killed.ended
    // As if the minute of its leases were up.
    await createSqlStore(sql).freeLeases({ owners: [ofKilled ?? ''] })
  }
  const stop = async () => {
    await expect.poll(() => takenBy(ofStopped ?? '')).not.toEqual([])
    stopped.child.kill('SIGTERM')
    const ended = await stopped.ended
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/given back/) })
    expect(await takenBy(ofStopped ?? '')).toEqual([])
  }
  await Promise.all([kill(), stop()])
  const heirs = [startWorker('a', 2), startWorker('b', 2)]

  const open = `select region, shard from shards where ${ofSlot} and status <> 'done'`
  await expect.poll(() => rowsOf(open)).toEqual([])
  const [run] = await rowsOf(
    'select status, n_probes, n_succeeded, n_skipped from runs order by slot limit 1',
  )
  expect(run).toEqual({ status: 'finished', n_probes: 48, n_succeeded: 48, n_skipped: 0 })
  const [results] = await rowsOf(
    `select count(*)::int as n, count(distinct probe_id)::int as probes,
      count(distinct (region, provider, model))::int as targets
      from benchmark_results where ${ofSlot}`,
  )
  expect(results).toEqual({ n: 48, probes: 48, targets: 48 })
  // What was in hand of the killed worker is all that is called twice: a call of each of its two lanes at most.
  const [shards] = await rowsOf(`select sum(lost)::int as lost from shards where ${ofSlot}`)
  expect(shards?.['lost']).toBeGreaterThan(0)
  expect(shards?.['lost']).toBeLessThanOrEqual(2)
  await expect.poll(() => pings.received.length).toBeGreaterThan(0)

  for (const { child } of heirs) child.kill('SIGTERM')
  expect((await Promise.all(heirs.map(({ ended: end }) => end))).map(({ code }) => code)).toEqual([0, 0])
  const leaving = await rowsOf('select count(*)::int as n from fleet_workers where leaving and in_hand = 0')
  expect(leaving).toEqual([{ n: 3 }])
})

test('no provider had more calls in flight from a region than it has lanes', async () => {
  // The most calls that overlap the beginning of one of them, itself among them.
  const most = await rowsOf(
    `select b.provider, max(overlapping.n)::int as n
      from benchmark_results b cross join lateral (
        select count(*) as n from benchmark_results o
        where o.provider = b.provider and o.region = b.region
          and o.started_at <= b.started_at
          and o.started_at + o.total_latency_ms * interval '1 ms' > b.started_at) overlapping
      group by 1 order by 1`,
  )
  expect(most.map(({ provider: name }) => name)).toEqual(['groq', 'openai'])
  expect(most[0]?.['n']).toBeLessThanOrEqual(4)
  expect(most[1]?.['n']).toBe(1)
})
