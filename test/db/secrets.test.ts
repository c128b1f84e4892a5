import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { answer } from '../support/serverless.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import {
  echoedKey,
  faultModels,
  type Hostile,
  spellingsOf,
  startEcho,
  startRefusingPostgres,
  startRefusingProject,
} from '../support/hostile.ts'
import { createDatabase } from '../support/databases.ts'

// No key and no password may reach the cron endpoints' answers, log or recorded rows.

const password = 'Walnut%2FHarbour-7744'
const projectKey = 'sb_secret_Cobalt-5512'
const cronSecret = 'Saffron Lantern 3306'
const guess = 'Marble Thistle 9917'
const secrets = [echoedKey, password, decodeURIComponent(password), projectKey, cronSecret, guess].flatMap(
  spellingsOf,
)
const leaksIn = (text: string) => secrets.filter((secret) => text.includes(secret))

let servers: { echo: Hostile; project: Hostile; postgres: Hostile }
beforeAll(async () => {
  const [echo, project, postgres] = await Promise.all([
    startEcho(),
    startRefusingProject(),
    startRefusingPostgres(),
  ])
  servers = { echo, project, postgres }
})
afterEach(() => vi.restoreAllMocks())
afterAll(async () => {
  for (const server of Object.values(servers)) await server.close()
})

const base = () => ({
  VERCEL: '1',
  LOG_LEVEL: 'trace',
  CRON_SECRET: cronSecret,
  OPENAI_API_KEY: echoedKey,
  OPENAI_BASE_URL: `${servers.echo.url}/v1`,
  GENAI_PRICES_URL: 'off',
  MODELS_DEV_URL: 'off',
  OFFICIAL_STATUS: 'off',
  TIMEOUT_FIRST_TOKEN_S: '1',
  TIMEOUT_IDLE_S: '1',
})

/** Calls an endpoint and returns its answer and log. */
async function ask(
  path: string,
  env: Record<string, string | undefined>,
  { token = cronSecret, budgetMs }: { token?: string; budgetMs?: number } = {},
) {
  const log: string[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => log.push(String(text)) > 0)
  const headers = { authorization: `Bearer ${token}` }
  const request = new Request(`https://firsttoken.example/api/cron/${path}`, { headers })
  const response = await answer(request, env, budgetMs)
  const text = JSON.stringify([...response.headers]) + (await response.text())
  write.mockRestore()
  return { status: response.status, text, log: log.join('') }
}

test('a provider that echoes the key in every kind of failure', async () => {
  const DATABASE_URL = await createDatabase('migrated')
  const others = {
    GROQ_API_KEY: echoedKey,
    GROQ_BASE_URL: `${servers.echo.url}/refusing`,
    DEEPSEEK_API_KEY: echoedKey,
    DEEPSEEK_BASE_URL: `${servers.echo.url}/moved`,
  }
  const synced = await ask('sync-models', { ...base(), ...others, DATABASE_URL })
  expect(synced.status).toBe(200)
  const sql = await openPostgres(DATABASE_URL)
  for (const model of faultModels)
    await sql.query(`select set_target($1::text::jsonb)`, [
      JSON.stringify({ provider: 'openai', model, active: true }),
    ])
  const ran = await ask('benchmark', { ...base(), DATABASE_URL })
  expect(ran).toMatchObject({ status: 200, log: expect.stringContaining('[key]') as string })
  const { rows } = await sql.query(
    `select to_jsonb(r)::text as text from benchmark_results r union all select to_jsonb(m)::text from models m
      union all select to_jsonb(s)::text from syncs s union all select to_jsonb(p)::text from providers p
      union all select to_jsonb(t)::text from targets t union all select to_jsonb(n)::text from runs n`,
  )
  await sql.close()
  const kept = rows.map(({ text }) => String(text)).join('\n')
  expect(kept).toContain('[key]')
  for (const text of [synced.text, synced.log, ran.text, ran.log, kept]) expect(leaksIn(text)).toEqual([])
})

const away = `postgres://me:${password}@127.0.0.1:9/db`
test.each([
  ['an unreachable database', () => ({ DATABASE_URL: away }), 503],
  [
    'a password that is refused',
    () => ({ DATABASE_URL: `postgres://me:${password}@127.0.0.1:${servers.postgres.port}/db` }),
    500,
  ],
  [
    'a key that the project refuses',
    () => ({ SUPABASE_URL: servers.project.url, SUPABASE_SERVICE_ROLE: projectKey }),
    500,
  ],
  [
    'a project with a password',
    () => ({ SUPABASE_URL: `https://me:${password}@127.0.0.1:9`, SUPABASE_SERVICE_ROLE: projectKey }),
    500,
  ],
  ['a key that no header holds', () => ({ DATABASE_URL: away, OPENAI_API_KEY: `${echoedKey} ü` }), 500],
  [
    'a base URL with a password',
    () => ({ DATABASE_URL: away, OPENAI_BASE_URL: `https://me:${password}@127.0.0.1:9/v1` }),
    500,
  ],
  [
    'a password that is not escaped',
    () => ({ DATABASE_URL: `postgres://me:${decodeURIComponent(password)}@127.0.0.1:9/db` }),
    500,
  ],
])('%s', async (...[, more, status]) => {
  for (const path of ['benchmark', 'sync-models']) {
    // A database is waited for for an eighth of the time.
    const seen = await ask(path, { ...base(), TIMEOUT_TOTAL_S: '2', ...more() }, { budgetMs: 12_000 })
    expect(seen.status).toBe(status)
    expect(seen.log).not.toBe('')
    expect(leaksIn(seen.text + seen.log)).toEqual([])
  }
})

test('a request without the secret is answered with neither the secret nor its own content', async () => {
  const seen = await ask('benchmark', base(), { token: guess })
  expect(seen.status).toBe(401)
  expect(leaksIn(seen.text + seen.log)).toEqual([])
})
