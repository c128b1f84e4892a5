import { createServer } from 'node:http'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { answer } from '../support/serverless.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { type Listings, serveListings } from '../support/listings.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createDatabase } from '../support/databases.ts'

const url = 'https://firsttoken.example/api/cron/benchmark'
const secret = 'a secret that only the cron knows'

let provider: Synthetic
let watcher: Listings
beforeAll(async () => {
  provider = await startSynthetic({ options: { ttftMs: 5, frames: 3, delayMs: 1 } })
  watcher = await serveListings({})
})
afterEach(() => {
  watcher.requests.splice(0)
  watcher.routes = {}
})
afterAll(() => Promise.all([provider.close(), watcher.close()]))

const pings = () => watcher.requests.map((request) => request.url)
const envOf = (more: Record<string, string>) => ({
  CRON_SECRET: secret,
  LOG_LEVEL: 'silent',
  LLM_BASE_URL: provider.url,
  LLM_MODEL: 'synthetic-1',
  // A schedule that fired once this year: the slot cannot change between two deliveries.
  BENCHMARK_SCHEDULE: '0 0 1 1 *',
  HEALTH_PING_URL: `${watcher.url}/a-token?source=cron`,
  ...more,
})
const deliver = async (env: Record<string, string>, budgetMs?: number) => {
  const response = await answer(
    new Request(url, { method: 'POST', headers: { authorization: `Bearer ${secret}` } }),
    env,
    budgetMs,
  )
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test('a run that finished is told of once; one that was skipped is not', async () => {
  watcher.routes['/a-token'] = { body: 'OK' }
  const env = envOf({ DATABASE_URL: await createDatabase('migrated') })
  expect(await deliver(env)).toMatchObject({ status: 200, body: { skipped: false } })
  expect(pings()).toEqual(['/a-token?source=cron'])
  expect(await deliver(env)).toMatchObject({ status: 200, body: { skipped: true } })
  expect(pings()).toHaveLength(1)
})

test('a run whose probes all failed is told of: what is watched is the monitor', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  await deliver(envOf({ DATABASE_URL, LLM_MODEL: 'synthetic/fault/unauthorized' }))
  expect(pings()).toHaveLength(1)
})

test('a slot in which no target is due is told of: its run is finished', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  await deliver(envOf({ DATABASE_URL }))
  const sql = await openPostgres(DATABASE_URL)
  await sql.query('update targets set every_minutes = 1440')
  // Then its target was called in a slot that is later than the next one to be delivered.
  await sql.query("update runs set slot = slot + interval '1 minute'")
  expect(await deliver(envOf({ DATABASE_URL }))).toMatchObject({
    status: 200,
    body: { skipped: false, run: { status: 'finished', n_probes: 0 }, results: [] },
  })
  expect(pings()).toHaveLength(2)
  await sql.close()
})

test('nobody is told when nothing was run', async () => {
  const away = envOf({ DATABASE_URL: 'postgres://127.0.0.1:9/db', TIMEOUT_TOTAL_S: '2' })
  // It waits for the database for an eighth of its time.
  expect((await deliver(away, 12_000)).status).toBe(503)
  expect((await deliver({ ...away, LLM_BASE_URL: '', LLM_MODEL: '' })).status).toBe(500)
  expect((await deliver({ ...away, CRON_SECRET: 'another secret of 16 characters' })).status).toBe(401)
  expect(pings()).toEqual([])
})

test('a ping that fails changes nothing of the answer', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  watcher.routes['/a-token'] = { status: 500, body: 'no' }
  expect(await deliver(envOf({ DATABASE_URL }))).toMatchObject({
    status: 200,
    body: { skipped: false, run: { status: 'finished' } },
  })
  expect(pings()).toHaveLength(1)
})

test('nor does one that is cut off', async () => {
  const cutting = createServer((request) => request.socket.destroy())
  await new Promise<void>((up) => cutting.listen(0, '127.0.0.1', up))
  const address = cutting.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const DATABASE_URL = await createDatabase('migrated')
  const env = envOf({ DATABASE_URL, HEALTH_PING_URL: `http://127.0.0.1:${port}/a-token` })
  expect(await deliver(env)).toMatchObject({ status: 200, body: { skipped: false } })
  cutting.close()
})
