import { expect, test } from 'vitest'
import { GET, HEAD } from '../../api/health.ts'
import { buildApp } from '../../src/app.ts'
import { healthHandler } from '../../src/http/health.ts'
import { answer } from '../support/serverless.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { createDatabase } from '../support/databases.ts'
import { startPostgrest } from '../support/postgrest.ts'

const url = 'https://firsttoken.example/api/health'
const quarterly = { BENCHMARK_SCHEDULE: '*/15 * * * *', LOG_LEVEL: 'silent' }

const ask = async (env: Record<string, string>, init?: RequestInit) => {
  const response = await answer(new Request(url, init), { ...quarterly, ...env })
  const text = await response.text()
  return { status: response.status, cache: response.headers.get('cache-control'), text }
}
const bodyOf = ({ text }: { text: string }) => JSON.parse(text) as Record<string, unknown>

/** A database in which a run finished so many minutes ago. */
async function databaseWith(minutes: number | null, more: { schedule?: string; status?: string } = {}) {
  const databaseUrl = await createDatabase('migrated')
  const { schedule = 'benchmark', status = 'finished' } = more
  if (minutes !== null) {
    const sql = await openPostgres(databaseUrl)
    await sql.query(
      `insert into runs (run_name, triggered_by, schedule, slot, status, finished_at)
        values ('benchmark', 'cron', $1, now(), $2, now() - $3::float8 * interval '1 minute')`,
      [schedule, status, minutes],
    )
    await sql.close()
  }
  return databaseUrl
}

const away = { status: 'failing', reason: 'database unreachable', last_finished_at: null }

test('a run that finished within 2.5 intervals is a 200, without a secret, that nobody may keep', async () => {
  const answered = await ask({ DATABASE_URL: await databaseWith(37) })
  expect(answered).toMatchObject({ status: 200, cache: 'no-store' })
  expect(bodyOf(answered)).toEqual({
    status: 'ok',
    reason: null,
    last_finished_at: expect.stringMatching(/^20\d\d-.*Z$/) as string,
    interval_s: 900,
    checked_at: expect.stringMatching(/^20\d\d-.*Z$/) as string,
  })
})

test('two hundred callers at once are answered from one reading, and the next one from another', async () => {
  const DATABASE_URL = await databaseWith(1)
  const answers = await Promise.all(Array.from({ length: 200 }, () => ask({ DATABASE_URL })))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 200 }, () => 200))
  expect(new Set(answers.map((answered) => bodyOf(answered)['checked_at'])).size).toBe(1)
  const sql = await openPostgres(DATABASE_URL)
  await sql.query("update runs set status = 'cancelled'")
  await sql.close()
  expect((await ask({ DATABASE_URL })).status).toBe(503)
})

test('a run that finished before that is a 503 that says when', async () => {
  const answered = await ask({ DATABASE_URL: await databaseWith(38) })
  expect(answered).toMatchObject({ status: 503, cache: 'no-store' })
  expect(bodyOf(answered)).toMatchObject({
    status: 'failing',
    reason: 'no scheduled run finished within 2.5 intervals',
    last_finished_at: expect.any(String) as string,
    interval_s: 900,
  })
})

test.each([
  ['there never was a run', null, {}],
  ['the only run was of another schedule', 1, { schedule: 'other' }],
  ['the only run was cancelled', 1, { status: 'cancelled' }],
  ['the only run is still under way', 1, { status: 'running' }],
])('a 503 when %s', async (_, minutes, more) => {
  const answered = await ask({ DATABASE_URL: await databaseWith(minutes, more) })
  expect(answered.status).toBe(503)
  expect(bodyOf(answered)).toMatchObject({
    reason: 'no scheduled run has finished yet',
    last_finished_at: null,
  })
})

test('a slower schedule is given more time', async () => {
  const DATABASE_URL = await databaseWith(38)
  const answered = await ask({ DATABASE_URL, BENCHMARK_SCHEDULE: '0 * * * *' })
  expect(answered.status).toBe(200)
  expect(bodyOf(answered)).toMatchObject({ interval_s: 3600 })
})

test('it goes through the API of Supabase as well', async () => {
  const postgrest = await startPostgrest(await databaseWith(1))
  const env = { SUPABASE_URL: postgrest.url, SUPABASE_SERVICE_ROLE: postgrest.key }
  expect((await ask(env)).status).toBe(200)
  const denied = await ask({ ...env, SUPABASE_SERVICE_ROLE: 'sb_secret_of-somebody-else' })
  expect(denied.status).toBe(503)
  expect(bodyOf(denied)).toMatchObject(away)
  await postgrest.stop()
})

test.each([
  ['nobody listens', { DATABASE_URL: 'postgres://user:hunter2hunter2@127.0.0.1:9/db' }],
  ['the URL is none', { DATABASE_URL: 'mysql://user:hunter2hunter2@127.0.0.1/db' }],
  ['none is configured on Vercel', { VERCEL: '1' }],
  ['a key is set without an address', { SUPABASE_SERVICE_ROLE: 'hunter2hunter2' }],
])('a database that cannot be had is said to be away and no more: %s', async (_, env) => {
  const answered = await ask(env)
  expect(answered).toMatchObject({ status: 503, cache: 'no-store' })
  expect(bodyOf(answered)).toMatchObject(away)
  expect(answered.text).not.toMatch(/hunter2|127\.0\.0\.1/)
})

test('a database without our functions is unreachable too', async () => {
  const answered = await ask({ DATABASE_URL: await createDatabase('empty') })
  expect(bodyOf(answered)).toMatchObject({ ...away, interval_s: 900 })
})

test('a database that accepts and says nothing is unreachable before whoever asks gives up', async () => {
  const app = buildApp({ ...quarterly, DATABASE_URL: 'postgres://127.0.0.1:9/db' })
  if ('problems' in app) throw new Error(app.problems.join())
  const store = { ...app.store, open: () => new Promise<never>(() => undefined) }
  const answered = await healthHandler({ ...app, store }, 20)
  expect(answered.status).toBe(503)
  expect(await answered.json()).toMatchObject(away)
})

test('an environment that cannot be used is failing, and which variable it is stays in the log', async () => {
  const answered = await ask({ BENCHMARK_MAX_TOKENS: 'many' })
  expect(answered.status).toBe(503)
  expect(bodyOf(answered)).toEqual({
    status: 'failing',
    reason: 'bad configuration',
    last_finished_at: null,
    interval_s: null,
    checked_at: expect.any(String) as string,
  })
})

test('HEAD is answered with the status alone, other methods are refused', async () => {
  const DATABASE_URL = await databaseWith(1)
  expect(await ask({ DATABASE_URL }, { method: 'HEAD' })).toEqual({
    status: 200,
    cache: 'no-store',
    text: '',
  })
  expect((await ask({ DATABASE_URL }, { method: 'POST', body: '{}' })).status).toBe(405)
  expect([GET, HEAD].map((handler) => typeof handler)).toEqual(['function', 'function'])
})
