import { expect, test } from 'vitest'
import { GET, POST } from '../../api/cron/prune.ts'
import { answer } from '../support/serverless.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { createDatabase } from '../support/databases.ts'
import { startPostgrest } from '../support/postgrest.ts'
import { samplePlan, sampleResult } from '../support/samples.ts'
import { recordResult } from '../support/record-result.ts'

const url = 'https://firsttoken.example/api/cron/prune'
const secret = 'a secret that only the cron knows'
const authorized = { headers: { authorization: `Bearer ${secret}` } }
const base = { CRON_SECRET: secret, LOG_LEVEL: 'silent' }

const ask = async (env: Record<string, string>, init: RequestInit = authorized) => {
  const response = await answer(new Request(url, init), env)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** A database with one result of each age in days, and a way to ask it. */
async function recorded(ages: readonly number[]) {
  const DATABASE_URL = await createDatabase('migrated')
  const store = createSqlStore(await openPostgres(DATABASE_URL))
  for (const age of ages) {
    const plan = samplePlan(['gpt-5'])
    const [probe] = plan.probes
    if (probe === undefined) throw new Error('the plan has no probe')
    await store.startRun(plan, 'local')
    await recordResult(
      store,
      sampleResult(plan, probe, { startedAt: new Date(Date.now() - age * 24 * 3_600_000) }),
    )
  }
  await store.close()
  return DATABASE_URL
}

test('the function answers to GET and POST, and to nobody without the secret', async () => {
  expect([typeof GET, typeof POST]).toEqual(['function', 'function'])
  const DATABASE_URL = await recorded([500])
  expect((await ask({ ...base, DATABASE_URL }, {})).status).toBe(401)
  expect((await ask({ ...base, DATABASE_URL }, { ...authorized, method: 'PUT' })).status).toBe(405)
  expect((await ask({ ...base, DATABASE_URL })).body).toMatchObject({ results: 1 })
})

test('it takes away what is too old by the settings; delivered twice it takes nothing more', async () => {
  const DATABASE_URL = await recorded([1, 15, 50, 401])
  const env = { ...base, DATABASE_URL }
  const day = expect.stringMatching(/^\d{4}-\d{2}-\d{2}T00:00:00.000Z$/) as unknown
  expect(await ask(env)).toEqual({
    status: 200,
    body: { texts: 3, results: 1, proxy_requests: 0, proxy_texts: 0, days: 1, pruned_until: day, done: true },
  })
  expect(await ask(env)).toMatchObject({ status: 200, body: { texts: 0, results: 0, done: true } })
  expect((await ask({ ...env, RETENTION_DAYS: '40', RETENTION_TEXT_DAYS: 'off' })).body).toMatchObject({
    texts: 0,
    results: 1,
  })
})

test('it goes through the API of Supabase as well', async () => {
  const databaseUrl = await recorded([1, 401])
  const postgrest = await startPostgrest(databaseUrl)
  const env = { ...base, SUPABASE_URL: postgrest.url, SUPABASE_SERVICE_ROLE: postgrest.key }
  expect(await ask(env)).toMatchObject({ status: 200, body: { texts: 1, results: 1, done: true } })
  await postgrest.stop()
})

test('a setting that cannot be meant is an error of configuration', async () => {
  const DATABASE_URL = await recorded([])
  for (const [name, value] of [
    ['RETENTION_DAYS', '30'],
    ['RETENTION_TEXT_DAYS', '0'],
    ['PRUNE_SCHEDULE', 'weekly'],
  ] as const)
    expect(await ask({ ...base, DATABASE_URL, [name]: value })).toMatchObject({
      status: 500,
      body: { error: { message: expect.stringContaining(name) as unknown } },
    })
})

test('a database that is away is a 503', async () => {
  const env = { ...base, DATABASE_URL: 'postgres://user:password@127.0.0.1:9/db' }
  expect((await ask(env)).status).toBe(503)
})
