import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { doctor } from '../../src/cli/doctor.ts'
import type { Check } from '../../src/core/check.ts'
import { readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { type Listings, serveListings } from '../support/listings.ts'
import { createDatabase } from '../support/databases.ts'
import { execute } from '../support/output.ts'
import { startPostgrest } from '../support/postgrest.ts'

let dir: string
let server: Listings
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'firsttoken-doctor-'))
  server = await serveListings({})
})
afterEach(() => {
  server.routes = {}
  server.requests.splice(0)
})
afterAll(async () => {
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

const key = 'sk-a-key-that-nobody-may-see'

/** What the doctor says of an environment. */
async function examined(more: Record<string, string>, flags: string[] = []) {
  const env = {
    LOG_DIR: join(dir, 'logs'),
    OPENAI_API_KEY: key,
    OPENAI_BASE_URL: `${server.url}/openai`,
    GENAI_PRICES_URL: 'off',
    MODELS_DEV_URL: 'off',
    OFFICIAL_STATUS: 'off',
    ...more,
  }
  const ended = await execute(doctor, ['--json', ...flags], { openApp: () => buildApp(env), env })
  const document = JSON.parse(ended.stdout) as { ok: boolean; checks: Check[] }
  const states = Object.fromEntries(document.checks.map(({ name, state }) => [name, state]))
  const check = (name: string) => document.checks.find((each) => each.name === name)
  return { ...ended, ...document, states, check }
}

/** Forgets the migration of a database, and a function that it brought. */
async function forget(databaseUrl: string): Promise<void> {
  const sql = await openPostgres(databaseUrl)
  await sql.exec(
    `drop function read_health(jsonb); delete from supabase_migrations.schema_migrations where name = 'baseline'`,
  )
  await sql.close()
}

const fine = {
  environment: 'ok',
  node: 'ok',
  providers: 'ok',
  log: 'ok',
  store: 'ok',
  migrations: 'ok',
  clock: 'ok',
}

test('a new installation on Postgres only lacks its first scheduled run, and no provider is called', async () => {
  const found = await examined({ DATABASE_URL: await createDatabase('migrated') })
  expect(found).toMatchObject({ code: 0, ok: true, stderr: '', states: { ...fine, schedule: 'warn' } })
  expect(found.check('migrations')?.message).toBe(
    `${readMigrations().length} of ${readMigrations().length} applied`,
  )
  expect(server.requests).toEqual([])
})

test('an overdue schedule fails', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  const sql = await openPostgres(DATABASE_URL)
  await sql.query(
    `insert into runs (run_name, triggered_by, schedule, slot, status, finished_at)
      values ('r', 'cron', 'benchmark', now(), 'finished', now() - interval '38 minutes')`,
  )
  await sql.close()
  const found = await examined({ DATABASE_URL, BENCHMARK_SCHEDULE: '*/15 * * * *' })
  expect(found).toMatchObject({ code: 1, ok: false, states: { ...fine, schedule: 'fail' } })
})

test('a database that lacks a migration says which, and what to do', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  await forget(DATABASE_URL)
  const found = await examined({ DATABASE_URL })
  expect(found).toMatchObject({ code: 1, states: { store: 'ok', migrations: 'fail' } })
  expect(found.check('migrations')).toMatchObject({
    message: expect.stringMatching(/^1 of \d+ missing in Postgres .*: 20261129000000_baseline$/) as string,
    todo: expect.stringContaining('scripts/migrate.ts') as string,
  })
  expect(found.check('clock')).toBeUndefined()
})

test('an empty database lacks all of them', async () => {
  const found = await examined({ DATABASE_URL: await createDatabase('empty') })
  const all = readMigrations().length
  expect(found.check('migrations')?.message).toContain(`${all} of ${all} missing`)
})

test('a migration of somebody else is no harm', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  const sql = await openPostgres(DATABASE_URL)
  await sql.exec(
    `insert into supabase_migrations.schema_migrations (version, name) values ('2030', 'theirs')`,
  )
  await sql.close()
  expect((await examined({ DATABASE_URL })).check('migrations')).toMatchObject({
    state: 'ok',
    message: expect.stringContaining('1 that this version does not know') as string,
  })
})

test('Supabase is asked for its functions; with DATABASE_URL every migration is compared', async () => {
  const databaseUrl = await createDatabase('migrated')
  const postgrest = await startPostgrest(databaseUrl)
  const env = { SUPABASE_URL: postgrest.url, SUPABASE_SERVICE_ROLE: postgrest.key }
  expect(await examined(env)).toMatchObject({ code: 0, states: { ...fine, schedule: 'warn' } })
  await forget(databaseUrl)
  // A function that is not there is waited for: PostgREST may not know it yet.
  const [lacking, compared, other, away] = await Promise.all([
    examined(env),
    examined({ ...env, DATABASE_URL: databaseUrl }),
    examined({ ...env, DATABASE_URL: await createDatabase('migrated') }),
    examined({ ...env, DATABASE_URL: 'postgres://127.0.0.1:9/db' }),
  ])
  expect(lacking).toMatchObject({ code: 1, states: { store: 'ok', migrations: 'fail' } })
  expect(lacking.check('migrations')?.message).toBe('the database lacks functions of this version')
  expect(compared.check('migrations')?.message).toContain('20261129000000_baseline')
  expect(other.check('migrations')).toMatchObject({
    state: 'fail',
    todo: expect.stringContaining('SUPABASE_URL') as string,
  })
  expect(away.states['migrations']).toBe('warn')
  const denied = await examined({ ...env, SUPABASE_SERVICE_ROLE: 'sb_secret_of-somebody-else' })
  expect(denied).toMatchObject({ code: 1, states: { store: 'fail' } })
  expect(denied.stdout).not.toContain('sb_secret_of-somebody-else')
  await postgrest.stop()
})

test('a clock that is off is told by the clock of the database', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  const sql = await openPostgres(DATABASE_URL)
  await sql.exec(
    `create or replace function read_health(input jsonb) returns jsonb language sql as $$
      select jsonb_build_object('last_finished_at', null, 'last_status', null, 'now', clock_timestamp() - interval '90 seconds') $$`,
  )
  await sql.close()
  const found = await examined({ DATABASE_URL })
  expect(found).toMatchObject({ code: 0, states: { clock: 'warn' } })
  expect(found.check('clock')?.message).toMatch(/this machine's is [89]\d\.\d+ s ahead of/)
})

test.each([
  ['away', 'postgres://user:hunter2-hunter2@127.0.0.1:9/db'],
  ['none', 'mysql://user:hunter2-hunter2@127.0.0.1/db'],
])('a database that is %s fails without its password', async (_, DATABASE_URL) => {
  const found = await examined({ DATABASE_URL })
  expect(found.code).toBe(1)
  expect(found.stdout).not.toMatch(/hunter2|\[key\]/)
})

test('an environment that cannot be used: every problem, and what else can be looked at', async () => {
  const found = await examined({
    BENCHMARK_MAX_TOKENS: 'many',
    HEALTH_PING_URL: 'ftp://127.0.0.1/a-token-of-ours',
    GROQ_API_KEY: 'your_groq_key',
  })
  expect(found.code).toBe(1)
  const failed = found.checks.filter(({ state }) => state === 'fail').map(({ message }) => message)
  expect(failed).toEqual([
    expect.stringContaining('BENCHMARK_MAX_TOKENS'),
    expect.stringContaining('HEALTH_PING_URL'),
    expect.stringContaining('GROQ_API_KEY'),
  ])
  expect(found.stdout).not.toContain('a-token-of-ours')
  expect(found.check('store')).toBeUndefined()
})

test('on Vercel without a secret and a store both are said', async () => {
  const found = await examined({ VERCEL: '1' })
  expect(found).toMatchObject({ code: 1, states: { log: 'ok', store: 'fail', 'cron secret': 'fail' } })
})

test.each([
  [{ body: { data: [{ id: 'gpt-5.4-nano' }] } }, 'ok', 'ok: 1 model listed'],
  [{ status: 401, body: `Incorrect API key: ${key}` }, 'fail', 'refused: GET '],
  [{ status: 403, body: '' }, 'fail', 'refused: GET '],
  [{ status: 400, body: 'API key not valid' }, 'fail', 'refused: GET '],
  [{ status: 404, body: '' }, 'warn', 'unreachable: GET '],
  [{ status: 429, body: '' }, 'warn', 'unreachable: GET '],
  [{ status: 503, body: '' }, 'warn', 'unreachable: GET '],
  [{ type: 'text/html', body: '<html>' }, 'warn', 'unreachable: GET '],
])('with --keys an answer of %j is %s', async (answered, state, text) => {
  server.routes['/openai/models'] = answered
  const found = await examined({ DATABASE_URL: 'postgres://127.0.0.1:9/db' }, ['--keys'])
  const check = found.check('key openai')
  expect(check?.state).toBe(state)
  expect(check?.message).toContain(text)
  expect(found.stdout).not.toContain(key)
  expect(server.requests.map(({ url, headers }) => [url, headers['authorization']])).toEqual([
    ['/openai/models', `Bearer ${key}`],
  ])
})

test('with --keys nobody at the address is unreachable, and fails', async () => {
  const env = { DATABASE_URL: await createDatabase('migrated'), OPENAI_BASE_URL: 'http://127.0.0.1:9/v1' }
  const found = await examined(env, ['--keys'])
  expect(found.code).toBe(1)
  expect(found.check('key openai')).toMatchObject({
    state: 'fail',
    message: expect.stringContaining(
      'unreachable: GET http://127.0.0.1:9/v1/models could not be reached',
    ) as string,
    todo: expect.stringContaining('OPENAI_BASE_URL') as string,
  })
})

test('a database in read-only mode answers, and has failed all the same', async () => {
  const url = await createDatabase('migrated')
  const sql = await openPostgres(url)
  const name = new URL(url).pathname.slice(1)
  await sql.exec(`alter database ${name} set default_transaction_read_only = on`)
  await sql.close()
  const { ok, check } = await examined({ DATABASE_URL: url })
  expect(ok).toBe(false)
  expect(check('store')?.message).toMatch(/answers, but nothing can be written: .*read-only/)
  expect(check('clock')?.state).toBe('ok')
})
