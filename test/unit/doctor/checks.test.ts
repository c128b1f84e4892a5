import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  environmentChecks,
  logCheck,
  spoolChecks,
  nodeCheck,
  providerChecks,
  secretChecks,
} from '../../../src/doctor/installation.ts'
import { spanText } from '../../../src/core/span.ts'
import { clockCheck } from '../../../src/doctor/clock.ts'
import { scheduleCheck } from '../../../src/doctor/schedule.ts'
import { checkLine, checksEnding } from '../../../src/report/doctor.ts'

const now = new Date('2026-11-26T10:07:00.000Z')

test.each([
  ['v24.0.0', 'ok'],
  ['v24.21.3', 'ok'],
  ['v26.1.0', 'warn'],
  ['v22.20.0', 'fail'],
  ['v9.1.0', 'fail'],
])('Node %s is %s', (version, state) => {
  expect(nodeCheck(version)).toMatchObject({ state, message: expect.stringContaining(version) as string })
})

test('every problem of the environment is a failure of its own', () => {
  expect(environmentChecks([])).toMatchObject([{ state: 'ok' }])
  expect(environmentChecks(['A: is wrong', 'B: too'])).toMatchObject([
    { name: 'environment', state: 'fail', message: 'A: is wrong' },
    { name: 'environment', state: 'fail', message: 'B: too' },
  ])
})

test('providers that are configured are named, those that are misconfigured fail', () => {
  const env = { OPENAI_API_KEY: 'sk-a-key', GROQ_API_KEY: 'your_groq_key', TOGETHER_API_KEY: '' }
  expect(providerChecks(env, false)).toMatchObject([
    { state: 'ok', message: '1 configured: OpenAI' },
    { state: 'fail', message: expect.stringContaining('Groq: GROQ_API_KEY still holds') as string },
  ])
})

test('without a provider the embedded database gets synthetic results, and another one none', () => {
  expect(providerChecks({}, true)).toMatchObject([
    { state: 'warn', message: 'no provider is configured, so the synthetic one is called' },
  ])
  expect(providerChecks({}, false)).toMatchObject([
    {
      state: 'fail',
      message: 'no provider is configured',
      todo: expect.stringContaining('OPENAI_API_KEY') as string,
    },
  ])
  expect(providerChecks({ LLM_MODEL: 'm' }, false)).toMatchObject([
    { state: 'fail', message: expect.stringContaining('LLM_BASE_URL') as string },
  ])
})

test('the folder of the log is written to, made where it is not there, and left as it was', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firsttoken-doctor-'))
  const dir = join(folder, 'logs')
  expect(logCheck(dir)).toMatchObject({ state: 'ok' })
  expect(readdirSync(dir)).toEqual([])
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(logCheck(file)).toMatchObject({
    state: 'fail',
    message: expect.stringContaining(file) as string,
    todo: expect.stringContaining('LOG_DIR') as string,
  })
  rmSync(folder, { recursive: true })
  expect(logCheck(null)).toMatchObject({ state: 'ok', message: 'entries go to stdout' })
})

test('what waits on disk, and what was refused, is told', () => {
  const dir = mkdtempSync(join(tmpdir(), 'firsttoken-doctor-'))
  expect(spoolChecks(null)).toEqual([])
  expect(spoolChecks(join(dir, 'none'))).toMatchObject([{ state: 'ok' }])
  for (const name of ['a.ndjson', 'b.1764150000000-0badcafe.ndjson', 'c.ndjson.rejected'])
    writeFileSync(join(dir, name), '{"name":"record_result","input":{},"refused":"record_result: no."}\n')
  expect(spoolChecks(dir)).toMatchObject([
    { state: 'warn', message: `2 files in ${dir} wait to be recorded` },
    {
      state: 'warn',
      message:
        `1 files in ${dir} hold calls that the database will never take as they are, ` +
        'first c.ndjson.rejected (record_result: no.)',
    },
  ])
  expect(spoolChecks(join(dir, 'a.ndjson'))).toMatchObject([{ state: 'fail' }])
  rmSync(dir, { recursive: true })
})

test('the cron secret must be set on Vercel, and only there', () => {
  expect(secretChecks({ onVercel: false, cronSecret: null })).toEqual([])
  expect(secretChecks({ onVercel: true, cronSecret: null })).toMatchObject([{ state: 'fail' }])
  const [set] = secretChecks({ onVercel: true, cronSecret: 'a secret of 16 characters' })
  expect(set).toMatchObject({ state: 'ok' })
  expect(JSON.stringify(set)).not.toContain('a secret of')
})

test.each([
  [0, 20, 'ok', '0.000 s ahead of'],
  [999, 20, 'ok', '0.999 s ahead of'],
  [-1001, 20, 'warn', '1.001 s behind'],
  [3_600_000, 20, 'warn', '3600.000 s ahead of'],
  // Where the answer took 4 s, 1.5 s may be nothing.
  [1500, 4000, 'ok', 'give or take 2.000 s'],
  [2500, 4000, 'warn', 'give or take 2.000 s'],
] as const)('a clock that is off by %d ms in a round trip of %d ms is %s', (...given) => {
  const [skewMs, roundTripMs, state, text] = given
  const health = { lastFinishedAt: null, lastStatus: null, now }
  const middle = new Date(now.getTime() + skewMs)
  expect(clockCheck({ health, middle, roundTripMs })).toMatchObject({
    state,
    message: expect.stringContaining(text) as string,
  })
})

const clock = { date: () => now }
const quarterly = { name: 'benchmark', cron: '*/15 * * * *' }
const next = '*/15 * * * * (UTC), next at 2026-11-26T10:15:00.000Z'

test.each([
  [7, 'finished', 'ok', `${next}; the last run finished 7 min ago (at most 37.5 min)`],
  [
    7,
    'running',
    'ok',
    `${next}; the last run finished 7 min ago (at most 37.5 min); the latest run is running`,
  ],
  [38, 'finished', 'fail', `${next}; the last run finished 38 min ago (at most 37.5 min)`],
  [null, 'cancelled', 'warn', `${next}; no scheduled run has finished yet; the latest run is cancelled`],
  [null, null, 'warn', `${next}; no scheduled run has finished yet`],
] as const)('a last run %s minutes ago, the latest being %s, is %s', (...given) => {
  const [minutes, lastStatus, state, message] = given
  const lastFinishedAt = minutes === null ? null : new Date(now.getTime() - minutes * 60_000)
  expect(scheduleCheck({ lastFinishedAt, lastStatus, now }, quarterly, clock)).toMatchObject({
    state,
    message,
  })
})

test('a schedule that is kept is a warning if a worker was lost, and says where others read it otherwise', () => {
  const health = { lastFinishedAt: now, lastStatus: null, now } as const
  const abandoned = { runName: 'model sync', slot: new Date('2026-11-22T02:00:00.000Z') }
  expect(scheduleCheck({ ...health, abandoned }, quarterly, clock)).toMatchObject({
    state: 'warn',
    message: expect.stringContaining('; the model sync of 2026-11-22T02:00:00.000Z was abandoned') as string,
  })
  // The 30th of November 2026 is a Monday.
  expect(scheduleCheck(health, { ...quarterly, cron: '0 9 1 * 1' }, clock)).toMatchObject({
    state: 'ok',
    message: expect.stringMatching(/next at 2026-11-30T09:00.*; it fires on either of its days/) as string,
  })
})

test('a check is one line, whatever its message holds', () => {
  const plain = (_: unknown, text: string) => text
  const message = 'a\nb\u001b[31mc'
  expect(checkLine({ name: 'store', state: 'fail', message, todo: 'do\nit' }, plain)).toBe(
    'fail  store        a bc -> do it',
  )
  expect(checkLine({ name: 'node', state: 'ok', message: 'v24', todo: null }, plain)).toBe(
    'ok    node         v24',
  )
})

test('the ending counts what failed and what was warned of', () => {
  const checks = (...states: ('ok' | 'warn' | 'fail')[]) =>
    states.map((state) => ({ name: 'n', state, message: 'm', todo: null }))
  expect(checksEnding(checks('ok', 'ok'))).toBe('nothing failed')
  expect(checksEnding(checks('ok', 'warn'))).toBe('nothing failed, 1 warning')
  expect(checksEnding(checks('fail', 'warn', 'warn'))).toBe('1 failed, 2 warnings')
})

test.each([
  [0, '0 s'],
  [90_000, '90 s'],
  [119_960, '120 s'],
  [37.5 * 60_000, '37.5 min'],
  [7_200_000, '2 h'],
  [3 * 86_400_000, '3 days'],
])('%d ms are %s', (ms, text) => {
  expect(spanText(ms)).toBe(text)
})
