import { expect, test } from 'vitest'
import { readConfig } from '../../src/env.ts'

test('an empty environment keeps results in the embedded database', () => {
  expect(readConfig({})).toMatchObject({
    store: { kind: 'embedded', dir: '.data' },
    defaults: { maxTokens: 512, temperature: 0.7, region: 'local', schedule: { cron: '*/15 * * * *' } },
    cronSecret: null,
    healthPingUrl: null,
    onVercel: false,
  })
})

test.each(['SUPABASE_SERVICE_ROLE', 'SUPABASE_SECRET_KEY', 'SUPABASE_SERVICE_ROLE_KEY'])(
  'Supabase is used with %s',
  (name) => {
    const url = 'https://abc.supabase.co'
    expect(
      readConfig({ SUPABASE_URL: url, [name]: 'secret', DATABASE_URL: 'postgres://localhost/db' }),
    ).toMatchObject({
      store: { kind: 'supabase', url, key: 'secret' },
    })
  },
)

test('DATABASE_URL names a Postgres', () => {
  const url = 'postgresql://u:p@127.0.0.1:5432/db'
  expect(readConfig({ DATABASE_URL: url })).toMatchObject({ store: { kind: 'postgres', url } })
})

test.each([
  [{ SUPABASE_URL: 'https://abc.supabase.co' }, 'SUPABASE_URL is set without a key'],
  [{ SUPABASE_SERVICE_ROLE: 'secret' }, 'without SUPABASE_URL'],
  [{ VERCEL: '1' }, 'no store is configured'],
])('a store that cannot be is a problem, not another store: %j', (env, problem) => {
  expect(readConfig(env)).toMatchObject({ store: { problem: expect.stringContaining(problem) } })
})

test('a value that cannot be used is named, and not repeated where it may be secret', () => {
  const config = readConfig({
    DATABASE_URL: 'mysql://user:hunter2@host/db',
    BENCHMARK_MAX_TOKENS: 'lots',
    CRON_SECRET: 'short',
    HEALTH_PING_URL: 'ftp://ping.example/a-token',
    BENCHMARK_SCHEDULE: 'hourly',
  })
  const { problems } = config as { problems: string[] }
  expect(problems.map((text) => text.split(':')[0])).toEqual([
    'BENCHMARK_MAX_TOKENS',
    'BENCHMARK_SCHEDULE',
    'DATABASE_URL',
    'CRON_SECRET',
    'HEALTH_PING_URL',
  ])
  expect(JSON.stringify(problems)).not.toMatch(/hunter2|a-token/)
})

test.each([
  [{ DATABASE_URL: 'postgres://me:1234/hunter2@127.0.0.1/db' }, 'DATABASE_URL: has a / or ? in the password'],
  [{ DATABASE_URL: 'postgres://me:1234?hunter2@127.0.0.1/db' }, 'DATABASE_URL: has a / or ? in the password'],
  [{ DATABASE_URL: 'postgres://me:1234#hunter2@127.0.0.1/db' }, 'DATABASE_URL: has a # in it'],
  [{ DATABASE_URL: 'postgres://me:pa/hunter2@127.0.0.1/db' }, 'DATABASE_URL: must be like'],
  [{ SUPABASE_URL: 'https://me:hunter2@[abc' }, 'SUPABASE_URL: Invalid URL'],
  [{ SUPABASE_URL: 'https://me:hunter2@abc.supabase.co' }, 'SUPABASE_URL: holds a user name or password'],
  [
    { SUPABASE_SERVICE_ROLE: 'sb_secret_hunter2\u043a' },
    'SUPABASE_SERVICE_ROLE: holds a space or a character',
  ],
  [{ SUPABASE_SECRET_KEY: 'sb_secret\nhunter2' }, 'SUPABASE_SECRET_KEY: holds a space or a character'],
])('what would be shown in the errors of others is refused, and not repeated: %j', (env, problem) => {
  const { problems } = readConfig(env) as { problems: string[] }
  expect(problems).toEqual([expect.stringContaining(problem)])
  expect(problems.join()).not.toContain('hunter2')
})

test('an empty value is none', () => {
  expect(readConfig({ DATABASE_URL: '', CRON_SECRET: '  ', BENCHMARK_REGION: '' })).toMatchObject({
    store: { kind: 'embedded' },
    cronSecret: null,
    defaults: { region: 'local' },
  })
})

test('hosts that are opened are read as a URL has them; a list that is none is named', () => {
  expect(readConfig({})).toMatchObject({ egressAllow: [] })
  expect(readConfig({ EGRESS_ALLOW: '0x7f.1:8000, LLM.local,' })).toMatchObject({
    egressAllow: ['127.0.0.1:8000', 'llm.local'],
  })
  expect(readConfig({ EGRESS_ALLOW: 'http://llm.local' })).toEqual({
    problems: [expect.stringMatching(/^EGRESS_ALLOW: must be hosts like/)],
  })
})

test('a built-in prompt can be named', () => {
  const named = readConfig({ BENCHMARK_PROMPT: 'short' })
  expect(named).toMatchObject({ defaults: { prompt: expect.stringContaining('states of water') } })
  expect(readConfig({ BENCHMARK_PROMPT: 'Say hi.' })).toMatchObject({ defaults: { prompt: 'Say hi.' } })
})
