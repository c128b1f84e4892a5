import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { benchmarkAnswer } from '../../src/http/benchmark-answer.ts'
import type { App } from '../../src/jobs/app.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import type { Store } from '../../src/store/store.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { testApp } from '../support/app.ts'
import { cronOf } from '../support/cron.ts'
import { createDatabase } from '../support/databases.ts'
import { addProvider } from '../support/fleet-targets.ts'

const secret = 'a secret that only the cron knows'
const authorized = { method: 'POST', headers: { authorization: `Bearer ${secret}` } }

let sql: Sql
let store: Store
/** The store of a function, which closes it. */
let shared: Store
let provider: Synthetic
beforeAll(async () => {
  sql = await openPostgres(await createDatabase('migrated'))
  store = createSqlStore(sql)
  shared = { ...store, close: () => Promise.resolve() }
  provider = await startSynthetic({ options: { ttftMs: 5, frames: 3, delayMs: 1 } })
  await addProvider(sql, 'openai', { models: 9 })
  await addProvider(sql, 'groq', { models: 5, lanes: 1 })
})
afterAll(async () => {
  await provider.close()
  await sql.close()
})
afterEach(() => sql.query('delete from runs'))

/** An endpoint whose every call is a function of its own, as on Vercel, with the bodies that it was called with. */
async function functions(env: Record<string, string>, appOf: (call: number) => Partial<App> = () => ({})) {
  const bodies: string[] = []
  const seen = { kicks: 0 }
  const kick = () => {
    seen.kicks += 1
    return Promise.resolve()
  }
  const configured = {
    CRON_SECRET: secret,
    OPENAI_API_KEY: 'sk-a-key-of-ours',
    OPENAI_BASE_URL: provider.url,
    GROQ_API_KEY: 'gsk-a-key-of-ours',
    GROQ_BASE_URL: provider.url,
    TIMEOUT_TOTAL_S: '20',
    // The slot began within the last minute, and nothing is late for an hour.
    BENCHMARK_SCHEDULE: `${new Date().getUTCMinutes()} * * * *`,
    BENCHMARK_REGION: 'fra1',
    ...env,
  }
  const server = serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: async (request: Request) => {
      const call = bodies.push(await request.clone().text())
      // Each has a name of its own, by which it holds its leases.
      const app = testApp(configured, shared, { sleep, owner: randomUUID(), ...appOf(call) })
      return cronOf(app, 60_000, kick).fetch(request)
    },
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const at = server.address()
  const url = `http://127.0.0.1:${typeof at === 'object' ? at?.port : ''}/api/cron/benchmark`
  return {
    bodies,
    seen,
    call: async () => benchmarkAnswer.parse(await (await fetch(url, authorized)).json()),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

/** Runs, calls that were made, and those that were made twice. */
const state = async () =>
  (
    await sql.query(
      `select (select string_agg(status, ' ') from runs) as runs, count(*)::int as n,
        count(distinct b.target_id)::int as targets, count(*) filter (where b.success)::int as n_ok
        from benchmark_results b`,
    )
  ).rows[0]

const whole = { runs: 'finished', n: 14, targets: 14, n_ok: 14 }

test('several functions make a slot together, each call of it once', async () => {
  const endpoint = await functions({ BENCHMARK_FAN_OUT: '3' })
  const answer = await endpoint.call()
  expect(answer).toMatchObject({ skipped: false, handed_over: false })
  await expect.poll(state, { timeout: 60_000 }).toEqual(whole)
  const [cron, ...others] = endpoint.bodies
  expect(cron).toBe('')
  // Runs on demand that were forgotten are started, as by a function that makes a slot alone.
  expect(endpoint.seen.kicks).toBeGreaterThan(0)
  expect(others.map((body) => JSON.parse(body) as unknown)).toEqual([
    { run: answer.run?.id, shared: true },
    { run: answer.run?.id, shared: true },
  ])
  await endpoint.close()
})

test('a cron that comes twice makes the slot once', async () => {
  const endpoint = await functions({ BENCHMARK_FAN_OUT: '2' })
  const answers = await Promise.all([endpoint.call(), endpoint.call()])
  await expect.poll(state, { timeout: 60_000 }).toEqual(whole)
  expect(new Set(answers.map(({ run }) => run?.id)).size).toBe(1)
  // One of the two called another.
  expect(endpoint.bodies).toHaveLength(3)
  expect(await endpoint.call()).toMatchObject({ skipped: true, handed_over: false })
  expect(endpoint.bodies).toHaveLength(4)
  await endpoint.close()
})

test('a function whose time is over gives back what is left, and calls its successor', async () => {
  let jumpedMs = 0
  const recordResult: Store['recordResult'] = async (result) => {
    jumpedMs = 50_000
    return store.recordResult(result)
  }
  const inHurry = {
    clock: { now: () => performance.now() + jumpedMs, date: () => new Date() },
    store: {
      name: 'a store',
      embedded: true,
      open: () => Promise.resolve({ ...shared, recordResult }),
      listen: null,
    },
  }
  const endpoint = await functions({ BENCHMARK_FAN_OUT: '1' }, (call) => (call === 1 ? inHurry : {}))
  const answer = await endpoint.call()
  expect(answer).toMatchObject({ skipped: false, handed_over: true, run: { status: 'running' } })
  expect(answer.results.length).toBeLessThan(14)
  await expect.poll(state, { timeout: 60_000 }).toEqual(whole)
  expect(endpoint.bodies).toHaveLength(2)
  await endpoint.close()
})

test('a slot in which no target is due is a sign of life, once', async () => {
  const pings: string[] = []
  const ping = async () => void pings.push('ping')
  const readCatalog: Store['readCatalog'] = async (asked) => {
    const catalog = await store.readCatalog(asked)
    const lastSlot = new Date()
    return { ...catalog, targets: catalog.targets.map((each) => ({ ...each, everyMinutes: 60, lastSlot })) }
  }
  const opened = { ...shared, readCatalog }
  const handle = { name: 'a store', embedded: true, open: () => Promise.resolve(opened), listen: null }
  const endpoint = await functions({ BENCHMARK_FAN_OUT: '2' }, () => ({ ping, store: handle }))
  for (let n = 0; n < 2; n += 1)
    expect(await endpoint.call()).toMatchObject({ run: { status: 'finished', n_probes: 0 } })
  expect(pings).toEqual(['ping'])
  await endpoint.close()
})

test('without it one function makes one call after another, as ever', async () => {
  const endpoint = await functions({})
  expect(await endpoint.call()).toMatchObject({
    skipped: false,
    run: { status: 'finished', n_succeeded: 14 },
  })
  expect(endpoint.bodies).toHaveLength(1)
  expect((await sql.query('select 1 from shards')).rows).toEqual([])
  await endpoint.close()
})
