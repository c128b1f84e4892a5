import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { GET, POST } from '../../api/cron/sync-models.ts'
import { answer } from '../support/serverless.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { type Listings, serveListings } from '../support/listings.ts'
import { createDatabase } from '../support/databases.ts'
import { startPostgrest } from '../support/postgrest.ts'

const url = 'https://firsttoken.example/api/cron/sync-models'
const secret = 'a secret that only the cron knows'
const authorized = { headers: { authorization: `Bearer ${secret}` } }

let server: Listings
beforeAll(async () => {
  server = await serveListings({})
})
afterEach(() => {
  server.routes = {}
})
afterAll(() => server.close())

const base = () => ({
  CRON_SECRET: secret,
  LOG_LEVEL: 'silent',
  OPENAI_API_KEY: 'sk-a-key-of-ours',
  OPENAI_BASE_URL: `${server.url}/openai`,
  GROQ_API_KEY: 'gsk-a-key-of-ours',
  GROQ_BASE_URL: `${server.url}/groq`,
  GENAI_PRICES_URL: 'off',
  MODELS_DEV_URL: 'off',
  OFFICIAL_STATUS: 'off',
})
const ask = async (env: Record<string, string>, init: RequestInit = authorized) => {
  const response = await answer(new Request(url, init), env)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const rowsOf = async (databaseUrl: string, text: string) => {
  const sql = await openPostgres(databaseUrl)
  const { rows } = await sql.query(text)
  await sql.close()
  return rows
}

test('the function answers to GET and POST', () => {
  expect([typeof GET, typeof POST]).toEqual(['function', 'function'])
})

test('one provider that fails does not keep the others from being saved; delivered twice it changes nothing more', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  server.routes['/openai/models'] = { body: { data: [{ id: 'gpt-5.4-nano' }] } }
  const env = { ...base(), DATABASE_URL }
  for (const added of [1, 0])
    expect(await ask(env, { ...authorized, method: 'POST', body: '{}' })).toMatchObject({
      status: 200,
      body: {
        syncs: [
          { provider: 'openai', status: 'saved', triggered_by: 'cron', n_added: added, n_prices: added },
          { provider: 'groq', status: 'failed', reason: expect.stringContaining('HTTP 404') as string },
        ],
      },
    })
  expect(await rowsOf(DATABASE_URL, 'select count(*)::int as n from prices')).toEqual([{ n: 1 }])
})

test('it goes through the API of Supabase as well', async () => {
  const databaseUrl = await createDatabase('migrated')
  const postgrest = await startPostgrest(databaseUrl)
  server.routes['/openai/models'] = { body: { data: [{ id: 'gpt-5.4-nano' }] } }
  const env = { ...base(), SUPABASE_URL: postgrest.url, SUPABASE_SERVICE_ROLE: postgrest.key }
  expect((await ask(env)).status).toBe(200)
  expect(await rowsOf(databaseUrl, 'select name from models')).toEqual([{ name: 'gpt-5.4-nano' }])
  await postgrest.stop()
})

test('nobody who answers is a 502, and is recorded', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  expect((await ask({ ...base(), DATABASE_URL })).status).toBe(502)
  expect(await rowsOf(DATABASE_URL, 'select distinct status from syncs')).toEqual([{ status: 'failed' }])
})

test('SYNC_HEAL switches targets whose model has left', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  const sql = await openPostgres(DATABASE_URL)
  server.routes['/openai/models'] = { body: { data: [{ id: 'gpt-5.4-nano' }, { id: 'gpt-6-luna' }] } }
  await ask({ ...base(), DATABASE_URL })
  await sql.query(`select set_target('{"provider": "openai", "model": "gpt-5.4-nano", "active": true}')`)
  server.routes['/openai/models'] = { body: { data: [{ id: 'gpt-6-luna' }] } }
  const active = () =>
    rowsOf(DATABASE_URL, 'select m.name from targets t join models m on m.id = t.model_id where t.active')
  expect((await ask({ ...base(), DATABASE_URL })).body).toMatchObject({ syncs: [{ n_leaving: 1 }, {}] })
  expect(await active()).toEqual([{ name: 'gpt-5.4-nano' }])
  await ask({ ...base(), DATABASE_URL, SYNC_HEAL: 'true' })
  expect(await active()).toEqual([{ name: 'gpt-6-luna' }])
  await sql.close()
})

const refusals = [
  { why: 'no secret was sent', init: {}, status: 401, kind: 'unauthorized' },
  {
    why: 'another was sent',
    init: { headers: { authorization: 'Bearer nonsense' } },
    status: 401,
    kind: 'unauthorized',
  },
  { why: 'none is set', more: { CRON_SECRET: '' }, status: 500, kind: 'no_cron_secret' },
  {
    why: 'the method is another',
    init: { ...authorized, method: 'DELETE' },
    status: 405,
    kind: 'method_not_allowed',
  },
  {
    why: 'no provider has a key',
    more: { OPENAI_API_KEY: '', GROQ_API_KEY: '' },
    status: 500,
    kind: 'no_provider_key',
  },
  { why: 'the database is away', status: 503, kind: 'store_unavailable' },
]

test.each(refusals)('refused: $why', async ({ init = authorized, more = {}, status, kind }) => {
  const env = { ...base(), DATABASE_URL: 'postgres://127.0.0.1:9/x', ...more }
  expect(await ask(env, init)).toMatchObject({ status, body: { error: { kind } } })
})
