import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GET, POST } from '../../api/cron/benchmark.ts'
import { answer, deploy } from '../support/serverless.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { createDatabase } from '../support/databases.ts'
import { startPostgrest } from '../support/postgrest.ts'

const url = 'https://firsttoken.example/api/cron/benchmark'
const secret = 'a secret that only the cron knows'
const authorized = { headers: { authorization: `Bearer ${secret}` } }
const base = { CRON_SECRET: secret, LOG_LEVEL: 'silent', OFFICIAL_STATUS: 'off' }

let provider: Synthetic
beforeAll(async () => {
  provider = await startSynthetic({ options: { ttftMs: 20, frames: 5, delayMs: 2 } })
})
afterAll(() => provider.close())

const ask = async (env: Record<string, string>, init: RequestInit = authorized) => {
  const response = await answer(new Request(url, init), env)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const custom = () => ({ LLM_BASE_URL: provider.url, LLM_MODEL: 'synthetic-1', LLM_NAME: 'Test host' })

/** How many runs and results a database has. */
async function counts(databaseUrl: string): Promise<Record<string, unknown>> {
  const sql: Sql = await openPostgres(databaseUrl)
  const { rows } = await sql.query(
    'select (select count(*)::int from runs) as runs, (select count(*)::int from benchmark_results where success) as succeeded',
  )
  await sql.close()
  return rows[0] ?? {}
}

test('a slot is run once, however often it is delivered', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  // A schedule that fired once this year: the slot cannot change between the two deliveries.
  const env = { ...base, ...custom(), DATABASE_URL, BENCHMARK_SCHEDULE: '0 0 1 1 *' }
  const first = await ask(env)
  expect(first).toMatchObject({
    status: 200,
    body: {
      skipped: false,
      run: { triggered_by: 'cron', mode: 'scheduled', status: 'finished', n_probes: 1, n_succeeded: 1 },
      results: [{ provider: 'test-host', model: 'synthetic-1', success: true, error_kind: null }],
    },
  })
  const second = await ask(env, { ...authorized, method: 'POST', body: '{}' })
  expect(second).toMatchObject({
    status: 200,
    body: { skipped: true, run: { status: 'finished' }, results: [] },
  })
  expect(await counts(DATABASE_URL)).toEqual({ runs: 1, succeeded: 1 })
})

test('a run in which every probe fails is recorded and answers 200', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  const answered = await ask({
    ...base,
    ...custom(),
    LLM_MODEL: 'synthetic/fault/unauthorized',
    DATABASE_URL,
  })
  expect(answered).toMatchObject({ status: 200, body: { results: [{ success: false, error_kind: 'auth' }] } })
  expect(await counts(DATABASE_URL)).toEqual({ runs: 1, succeeded: 0 })
})

test('results go to Supabase through its API', async () => {
  const databaseUrl = await createDatabase('migrated')
  const postgrest = await startPostgrest(databaseUrl)
  const env = { ...base, ...custom(), SUPABASE_URL: postgrest.url, SUPABASE_SERVICE_ROLE: postgrest.key }
  expect(await ask(env)).toMatchObject({ status: 200, body: { skipped: false } })
  await postgrest.stop()
  expect(await counts(databaseUrl)).toEqual({ runs: 1, succeeded: 1 })
})

test.each([
  ['no secret is set', {}, authorized, 500, 'no_cron_secret'],
  [
    'no secret is set and undefined is sent',
    {},
    { headers: { authorization: 'Bearer undefined' } },
    500,
    'no_cron_secret',
  ],
  ['no token is sent', base, {}, 401, 'unauthorized'],
  ['another token is sent', base, { headers: { authorization: 'Bearer guess' } }, 401, 'unauthorized'],
  ['the secret is sent bare', base, { headers: { authorization: secret } }, 401, 'unauthorized'],
  [
    'no provider has a key',
    { ...base, DATABASE_URL: 'postgres://127.0.0.1:9/db' },
    authorized,
    500,
    'no_provider_key',
  ],
  [
    'no store is set on Vercel',
    { ...base, VERCEL: '1', OPENAI_API_KEY: 'sk-test-of-ours' },
    authorized,
    500,
    'store_invalid',
  ],
  [
    'a setting cannot be used',
    { ...base, BENCHMARK_MAX_TOKENS: 'many' },
    authorized,
    500,
    'bad_configuration',
  ],
])('nothing is called when %s', async (...[, env, init, status, kind]) => {
  expect(await ask(env as Record<string, string>, init)).toMatchObject({ status, body: { error: { kind } } })
})

test('a database without our tables says what to do', async () => {
  const DATABASE_URL = await createDatabase('empty')
  const answered = await ask({ ...base, ...custom(), DATABASE_URL })
  expect(answered).toMatchObject({
    status: 500,
    body: { error: { kind: 'store_missing', message: expect.stringContaining('migrate.ts') } },
  })
})

test('other methods and paths are refused', async () => {
  expect((await ask(base, { ...authorized, method: 'DELETE' })).status).toBe(405)
  const elsewhere = await answer(new Request('https://firsttoken.example/api/nothing'), base)
  expect(elsewhere.status).toBe(404)
})

test('the function has a handler for both ways it is called', async () => {
  for (const handler of [GET, POST]) {
    const response = await handler(new Request(url))
    expect(response.headers.get('content-type')).toContain('application/json')
    expect(response.status).toBe(process.env['CRON_SECRET'] === undefined ? 500 : 401)
  }
})

test('a database that stays away is waited for, and then nothing is called', async () => {
  const env = {
    ...base,
    OPENAI_API_KEY: 'sk-test-of-ours',
    DATABASE_URL: 'postgres://127.0.0.1:9/db',
    TIMEOUT_TOTAL_S: '1',
  }
  const response = await answer(new Request(url, authorized), env, 2000)
  expect({ status: response.status, body: await response.json() }).toMatchObject({
    status: 503,
    body: { error: { kind: 'store_unavailable' } },
  })
})

/** A database with a provider of active targets, all of them at the synthetic provider. */
async function slowTargets(names: string): Promise<{ sql: Sql; env: Record<string, string> }> {
  const DATABASE_URL = await createDatabase('migrated')
  const sql = await openPostgres(DATABASE_URL)
  await sql.exec("insert into providers (slug, name) values ('openai', 'OpenAI')")
  for (const name of names)
    await sql.query('select set_target($1::text::jsonb)', [
      JSON.stringify({ provider: 'openai', model: `synthetic-${name}`, active: true }),
    ])
  const slow = await startSynthetic({ options: { ttftMs: 600, frames: 2, delayMs: 1 } })
  slows.push(slow)
  const keys = { OPENAI_API_KEY: 'sk-a-key-of-ours', OPENAI_BASE_URL: slow.url }
  return { sql, env: { ...base, ...keys, DATABASE_URL, TIMEOUT_TOTAL_S: '4.5' } }
}

const slows: Synthetic[] = []
afterAll(() => Promise.all(slows.map((slow) => slow.close())))

test('a function that runs out of time hands the rest of its run to another call, until all is made', async () => {
  const { sql, env } = await slowTargets('abcde')
  // Probes begin in the first 1.5 s of a call: two or three of 0.6 s, or one on a busy machine.
  const { url: endpoint, answers, close } = await deploy(env, { budgetMs: 6000 })
  const headers = { authorization: `Bearer ${secret}` }
  const first = (await (await fetch(endpoint, { method: 'POST', headers, body: '' })).json()) as Record<
    string,
    unknown
  >
  expect(first).toMatchObject({ handed_over: true, run: { status: 'running', n_probes: 5 } })
  const last = expect.objectContaining({
    handed_over: false,
    run: expect.objectContaining({ status: 'finished' }) as unknown,
  })
  await expect.poll(answers).toContainEqual(last)
  const { rows } = await sql.query(
    `select r.status, r.n_succeeded, r.n_skipped, count(b.id)::int as results from runs r join benchmark_results b on b.run_id = r.id group by r.id`,
  )
  expect(rows).toEqual([{ status: 'finished', n_succeeded: 5, n_skipped: 0, results: 5 }])
  expect(answers().length).toBeGreaterThan(1)
  close()
  await sql.close()
})

test('a call that joins the run of its slot hands that run over, and not the one it had planned', async () => {
  const { sql, env } = await slowTargets('abcdefghi')
  // One slot for both calls.
  const yearly = { ...env, BENCHMARK_SCHEDULE: '0 0 1 1 *' }
  // Nobody takes over what this call leaves.
  const nobody = new Request('http://127.0.0.1:9/api/cron/benchmark', authorized)
  const left = (await (await answer(nobody, yearly, 6000)).json()) as { run: { id: string } }
  expect(left).toMatchObject({ handed_over: true, run: { status: 'running', n_probes: 9 } })
  const { url: endpoint, answers, close } = await deploy(yearly, { budgetMs: 6000 })
  const joined = await (await fetch(endpoint, { method: 'POST', ...authorized, body: '' })).json()
  expect(joined).toMatchObject({ run: { id: left.run.id } })
  const last = expect.objectContaining({
    handed_over: false,
    run: expect.objectContaining({ id: left.run.id, status: 'finished' }) as unknown,
  })
  await expect.poll(answers).toContainEqual(last)
  expect(answers()).toContainEqual(expect.objectContaining({ handed_over: true }))
  const { rows } = await sql.query('select status, n_succeeded from runs')
  expect(rows).toEqual([{ status: 'finished', n_succeeded: 9 }])
  close()
  await sql.close()
})

test('a probe may take four fifths of the time that a call has, and no more', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  const env = { ...base, ...custom(), DATABASE_URL }
  const withTotal = async (seconds: string) => {
    const response = await answer(new Request(url, authorized), { ...env, TIMEOUT_TOTAL_S: seconds }, 10_000)
    return { status: response.status, body: await response.json() }
  }
  expect(await withTotal('8.1')).toMatchObject({
    status: 500,
    body: { error: { message: expect.stringContaining('must be at most 8:') as unknown } },
  })
  expect(await withTotal('8')).toMatchObject({ status: 200, body: { skipped: false } })
})

test('resuming a run that is over, that never was, or by what is no id', async () => {
  const { sql, env } = await slowTargets('abcde')
  const done = await ask({ ...env, TIMEOUT_TOTAL_S: '5' })
  const { id } = (done.body as { run: { id: string } }).run
  const goOn = (body: string) => ask(env, { ...authorized, method: 'POST', body })
  expect(await goOn(JSON.stringify({ run: id }))).toMatchObject({
    status: 200,
    body: { skipped: true, results: [] },
  })
  expect(await goOn(JSON.stringify({ run: randomUUID() }))).toMatchObject({
    status: 500,
    body: { error: { kind: 'store_missing' } },
  })
  for (const body of ['{"run": 7}', 'nonsense', '[]'])
    expect(await goOn(body)).toMatchObject({ status: 400, body: { error: { kind: 'bad_request' } } })
  await sql.close()
})
