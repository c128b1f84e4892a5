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
    { STATUS_LOGO_URL: 'https://me:hunter2@pics.example/a.png' },
    'STATUS_LOGO_URL: holds a user or a password',
  ],
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

test('what stands around a value is no part of it', () => {
  const blanks = (text: string) => `\u200b\ufeff\u00ad ${text}\u2066\u00a0\u2060\u0085\u001a\r\n`
  const config = readConfig({
    CRON_SECRET: blanks('0123456789abcdef'),
    BENCHMARK_PROMPT: blanks('Say hi.'),
    BENCHMARK_REGION: blanks('fra1'),
    BENCHMARK_SCHEDULE: blanks('0 * * * *'),
    SUPABASE_URL: blanks('https://abc.supabase.co'),
    SUPABASE_SECRET_KEY: blanks('sb_secret_x'),
    HEALTH_PING_URL: blanks('https://ping.example/x'),
    LOG_DIR: blanks('logs'),
    LOG_LEVEL: blanks('warn'),
  })
  expect(config).toMatchObject({
    cronSecret: '0123456789abcdef',
    store: { url: 'https://abc.supabase.co', key: 'sb_secret_x' },
    defaults: { prompt: 'Say hi.', region: 'fra1', schedule: { cron: '0 * * * *' } },
    healthPingUrl: 'https://ping.example/x',
    logDir: 'logs',
    logLevel: 'warn',
  })
})

test.each([
  { DATA_DIR: '"/srv/data"' },
  { BENCHMARK_REGION: "'fra1'" },
  { BENCHMARK_PROMPT: '"Say hi."' },
  { BENCHMARK_MAX_TOKENS: '"512"' },
  { CRON_SECRET: '"hunter2-hunter2"' },
  { DATABASE_URL: '"postgres://u:hunter2@h/db"' },
])('quotes that no shell removed are named: %j', (env) => {
  const { problems } = readConfig(env) as { problems: string[] }
  expect(problems).toEqual([expect.stringContaining(`${Object.keys(env).join()}: is in quotes`)])
  expect(problems.join()).not.toContain('hunter2')
})

test('quotes of others, and those inside a value, stay', () => {
  const env = { BENCHMARK_PROMPT: 'Say "hi" and "bye"', BENCHMARK_REGION: "o'hare", SOME_TOOL: '"x"' }
  expect(readConfig(env)).toMatchObject({
    defaults: { prompt: env.BENCHMARK_PROMPT, region: env.BENCHMARK_REGION },
  })
})

test.each(['0123456789\nabcdef', '0123456789äbcdef', '0123456789\u200babcdef'])(
  'the secret %j, which nobody could send, is refused',
  (value) => {
    expect(readConfig({ CRON_SECRET: value })).toEqual({
      problems: [expect.stringContaining('CRON_SECRET: holds a character that no header can')],
    })
  },
)

test.each([
  ['~/data', 'begins with ~'],
  ['$HOME/data', 'begins with $'],
  ['${HOME}/data', 'begins with $'],
  ['%USERPROFILE%/data', 'begins with %'],
  ['memory://', 'is not a folder'],
  [':memory:', 'is not a folder'],
  ['idb://x', 'is not a folder'],
  ['file:///srv/data', 'is a URL: write the path alone'],
  ['postgres://localhost/x', 'is the address of a database: set DATABASE_URL'],
])('the folder %s is refused, and it is said what to write', (value, problem) => {
  for (const name of ['DATA_DIR', 'LOG_DIR'])
    expect(readConfig({ [name]: value })).toEqual({
      problems: [expect.stringContaining(`${name}: ${problem}`)],
    })
})

test.each(['.data', '/srv/data', 'a folder/~x', 'C:\\data', './x$y'])('the folder %s is taken', (value) => {
  expect(readConfig({ DATA_DIR: value })).toMatchObject({ store: { dir: value } })
})

test.each([
  'http://127.0.0.1:54321',
  'http://localhost:54321',
  'http://[::1]:54321',
  'http://192.168.1.10:8000',
  'http://kong:8000',
  'http://host.docker.internal:54321',
  'https://abcdefgh.supabase.co/',
  'https://db.example.com/supabase',
])('%s is taken as a Supabase', (url) => {
  expect(readConfig({ SUPABASE_URL: url, SUPABASE_SECRET_KEY: 'sb_secret_x' })).toMatchObject({
    store: { url },
  })
})

test.each([
  ['http://abcdefgh.supabase.co', 'is http, which would send the secret key unencrypted: write https://abc'],
  ['http://8.8.8.8:8000', 'is http'],
  ['https://abcdefgh.supabase.co/rest/v1/', 'write https://abcdefgh.supabase.co'],
  ['https://abcdefgh.supabase.co/auth/v1', 'ends in /auth/v1'],
  ['https://abcdefgh.supabase.co/REST/v1', 'ends in /REST/v1'],
  ['https://sb.example.com/base/rest/v1/rpc', 'write https://sb.example.com/base'],
  ['https://supabase.com/dashboard/project/abcdefghij', 'write https://abcdefghij.supabase.co'],
  ['https://db.abcdefghij.supabase.co', 'write https://abcdefghij.supabase.co'],
  ['https://abcdefgh.supabase.co/?apikey=x', 'has a query'],
  ['abcdefgh.supabase.co', 'Invalid URL: write it like https://'],
  ['postgres://postgres@db.abcdefghij.supabase.co/postgres', 'Invalid URL'],
])('%s is refused as a Supabase', (url, problem) => {
  expect(readConfig({ SUPABASE_URL: url, SUPABASE_SECRET_KEY: 'x' })).toEqual({
    problems: [expect.stringContaining(problem)],
  })
})

test.each([
  ['postgres://u@/db?host=/cloudsql/p:r:i', 'postgres://u@localhost/db?host=/cloudsql/p:r:i'],
  ['postgres://u:p@:5433/db', 'postgres://u:p@localhost:5433/db'],
  ['postgres:///db?host=/tmp', 'postgres:///db?host=/tmp'],
  ['postgres:///db?host=/tmp&port=5433', 'postgres:///db?host=/tmp&port=5433'],
  ['postgres://u@h/db?port=', 'postgres://u@h/db?port='],
  ['postgres://u@%2Ftmp/db', 'postgres://u@%2Ftmp/db'],
  ['postgres://u:p%C3%A9@h/db', 'postgres://u:p%C3%A9@h/db'],
])('the database %s is taken', (text, url) => {
  expect(readConfig({ DATABASE_URL: text })).toMatchObject({ store: { kind: 'postgres', url } })
})

test.each([
  ['postgres://u@h1:1,h2:2/db', 'names several hosts'],
  ['postgres://u@h1,h2/db', 'names several hosts'],
  ['postgres://u@/db?host=h1,h2', 'names several hosts'],
  ['postgres://u:hunter2@h/db?port=x', 'has a port that is no number'],
  ['postgres://u@/db?host=/tmp&port=99999', 'has a port that is no number'],
  ['postgres://u@h/db?port=0', 'has a port that is no number'],
  ['postgres://u@h/db?port=5432,5433', 'has a port that is no number'],
  ['postgres://u:hunter2%C3@h/db', 'has a % in the password'],
  ['postgres://u%:hunter2@h/db', 'has a % in the user'],
  ['postgres://u@h/d%C3', 'has a % in the name of the database'],
  ['https://abcdefgh.supabase.co', 'must be like'],
  ['host=h dbname=x password=hunter2', 'must be like'],
])('the database %s is refused', (url, problem) => {
  const { problems } = readConfig({ DATABASE_URL: url }) as { problems: string[] }
  expect(problems).toEqual([expect.stringContaining(`DATABASE_URL: ${problem}`)])
  expect(problems.join()).not.toContain('hunter2')
})

test('a proxy that cannot be used is a problem of the environment', () => {
  expect(readConfig({ HTTPS_PROXY: 'socks5://127.0.0.1:1', LOG_LEVEL: 'silly' })).toMatchObject({
    problems: [expect.stringMatching(/^LOG_LEVEL/), expect.stringMatching(/^HTTPS_PROXY: is a SOCKS proxy/)],
  })
})

test('who may call the HTTP API is read, and what cannot be meant is refused', () => {
  expect(readConfig({})).toMatchObject({
    web: {
      host: '127.0.0.1',
      port: 8000,
      publicUrl: null,
      adminToken: null,
      readToken: null,
      publicReads: null,
    },
  })
  const env = {
    PUBLIC_URL: 'https://monitor.example/',
    ALLOWED_HOSTS: 'NAS:8000, monitor.example',
    PORT: '0',
  }
  expect(readConfig({ ...env, PUBLIC_READS: '1', CORS_ORIGINS: 'https://board.example' })).toMatchObject({
    web: {
      publicUrl: new URL('https://monitor.example'),
      allowedHosts: ['nas:8000', 'monitor.example'],
      port: 0,
      publicReads: true,
      corsOrigins: ['https://board.example'],
    },
  })
  const wrong = {
    HOST: 'localhost:8000',
    PORT: '80000',
    PUBLIC_URL: 'https://monitor.example/path',
    ALLOWED_HOSTS: 'https://monitor.example',
    CORS_ORIGINS: '*',
    ADMIN_TOKEN: 'hunter2',
    READ_TOKEN: 'hunter2 hunter2 hunter2',
  }
  const { problems } = readConfig(wrong) as { problems: string[] }
  const told = problems.flatMap((text) => text.split(/[.:]/)[0] ?? [])
  expect(new Set(told)).toEqual(new Set(Object.keys(wrong)))
  expect(JSON.stringify(problems)).not.toContain('hunter2')
})

test('a token that only reads is no other one as well', () => {
  const READ_TOKEN = 'the-token-of-everybody'
  const opening = (name: string) => `READ_TOKEN: is that of ${name}, which opens more: choose another`
  expect(readConfig({ READ_TOKEN, ADMIN_TOKEN: READ_TOKEN, CRON_SECRET: READ_TOKEN })).toEqual({
    problems: [opening('ADMIN_TOKEN'), opening('CRON_SECRET')],
  })
  expect(readConfig({ READ_TOKEN, ADMIN_TOKEN: 'the-token-of-the-admin' })).not.toHaveProperty('problems')
})

test('channels are read, and what is wrong with one is told as any other variable', () => {
  const url = 'https://hooks.slack.com/services/a'
  expect(readConfig({ ALERT_SLACK_URL: url })).toMatchObject({
    alerts: {
      channels: [{ name: 'slack', kind: 'slack', secrets: { url: 'ALERT_SLACK_URL' } }],
      shadow: [],
    },
  })
  expect(readConfig({ INCIDENT_SHADOW: 'slow, drift' })).toMatchObject({
    alerts: { shadow: ['slow', 'drift'] },
  })
  expect(readConfig({ INCIDENT_SHADOW: 'slow,tired' })).toEqual({
    problems: [expect.stringMatching(/^INCIDENT_SHADOW.*must be some of down, errors, slow/)],
  })
  expect(readConfig({ ALERT_FALLBACK: 'email-ops' })).toMatchObject({
    alerts: { channels: [], fallback: 'email-ops' },
  })
  expect(readConfig({ ALERT_FALLBACK: 'Email Ops' })).toEqual({
    problems: ['ALERT_FALLBACK: must be small letters, digits and hyphens, at most 64'],
  })
  expect(readConfig({ ALERT_SLACK_URL: 'a-secret', PORT: '-1' })).toEqual({
    problems: [
      'PORT: must be a number from 0 to 65535',
      'ALERT_SLACK_URL: must be a URL such as https://hooks.slack.com/services/...',
    ],
  })
})

test('status pages are asked themselves, or in a mirror, or not at all', () => {
  expect(readConfig({})).toMatchObject({ official: { mirror: null } })
  expect(readConfig({ OFFICIAL_STATUS: 'http://127.0.0.1:9' })).toMatchObject({
    official: { mirror: 'http://127.0.0.1:9' },
  })
  expect(readConfig({ OFFICIAL_STATUS: 'off' })).toMatchObject({ official: null })
  expect(readConfig({ OFFICIAL_STATUS: 'never' })).toEqual({
    problems: ['OFFICIAL_STATUS: must be on, off or the http or https URL of a mirror'],
  })
})

test.each([
  ['', 0],
  ['off', 0],
  ['all', 1],
  ['0.05', 0.05],
  ['.5', 0.5],
  ['1', 1],
])('PROXY_CAPTURE=%s is a share of %d', (text, share) => {
  expect(readConfig({ PROXY_CAPTURE: text })).toMatchObject({ proxy: { captureShare: share } })
})

test.each(['on', '1.5', '-1', '5%', '1e-2', 'constructor'])('PROXY_CAPTURE=%s is refused', (text) => {
  expect(readConfig({ PROXY_CAPTURE: text })).toEqual({
    problems: ['PROXY_CAPTURE: must be off, all, or a share such as 0.05'],
  })
})

test('texts of the proxy are kept a week, and no longer than its requests', () => {
  const kept = (env: Record<string, string>) => {
    const config = readConfig(env)
    return 'problems' in config ? config.problems : config.retention.proxyTexts
  }
  expect(kept({})).toBe(7)
  expect(kept({ PROXY_RETENTION_DAYS: '3' })).toBe(3)
  expect(kept({ PROXY_RETENTION_DAYS: 'off', PROXY_CAPTURE_DAYS: '90' })).toBe(90)
  expect(kept({ PROXY_CAPTURE_DAYS: '30' })).toBe(30)
  expect(kept({ PROXY_CAPTURE_DAYS: '31' })).toEqual([
    expect.stringContaining('PROXY_CAPTURE_DAYS: must be at most PROXY_RETENTION_DAYS (30)'),
  ])
  expect(kept({ PROXY_CAPTURE_DAYS: 'off' })).toEqual([expect.stringContaining('PROXY_CAPTURE_DAYS')])
})
