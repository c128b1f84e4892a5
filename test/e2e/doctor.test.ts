import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { type Listings, serveListings } from '../support/listings.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'

let cwd: string
let server: Listings
beforeEach(async () => {
  cwd = makeFolder()
  server = await serveListings({ '/v1/models': { body: { data: [{ id: 'm' }] } } })
})
afterEach(async () => {
  await server.close()
  removeFolder(cwd)
})

const key = 'sk-a-key-that-nobody-may-see'
const doctor = (args: string[], env: Record<string, string> = {}) =>
  command('doctor.ts', args, {
    cwd,
    env: { OPENAI_API_KEY: key, OPENAI_BASE_URL: `${server.url}/v1`, ...env },
  })

const document = z.strictObject({
  ok: z.boolean(),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      state: z.enum(['ok', 'warn', 'fail']),
      message: z.string(),
      todo: z.string().nullable(),
    }),
  ),
})

test('a new folder lacks only its first scheduled run; after that every check passes', async () => {
  const first = await doctor([])
  expect(first).toMatchObject({ code: 0, stderr: '' })
  const lines = first.stdout.trimEnd().split('\n')
  const checked = lines.slice(0, -2).map((line) => line.split(/ {2,}/))
  expect(checked.length).toBeGreaterThan(7)
  expect(checked.filter(([state]) => state !== 'ok').map(([state, name]) => [state, name])).toEqual([
    ['warn', 'schedule'],
  ])
  expect(lines.slice(-2)).toEqual(['', 'nothing failed, 1 warning'])
  expect(first.stdout).toContain('no scheduled run has finished yet')
  expect(server.requests).toEqual([])
  const run = await command('run.ts', ['--scheduled', '--quiet'], {
    cwd,
    env: { SYN_FRAMES: '3', SYN_DELAY_MS: '1' },
  })
  expect(run.code).toBe(0)
  const second = await doctor(['--keys', '--json'])
  expect(second).toMatchObject({ code: 0, stderr: '' })
  const { ok, checks } = document.parse(JSON.parse(second.stdout))
  expect(ok).toBe(true)
  expect(checks.filter(({ state }) => state !== 'ok')).toEqual([])
  expect(checks.at(-1)).toMatchObject({ name: 'key openai', message: 'ok: 1 model listed' })
  expect(first.stdout + second.stdout).not.toContain(key)
})

test('a failed check says what to do and shows no password', async () => {
  const ended = await doctor([], { DATABASE_URL: 'postgres://user:hunter2-hunter2@127.0.0.1:9/db' })
  expect(ended.code).toBe(1)
  expect(ended.stdout).toMatch(
    /^fail {2}store {8}Postgres \(127\.0\.0\.1:9\): .*ECONNREFUSED.* -> check its address/m,
  )
  expect(ended.stdout).toContain('1 failed')
  expect(ended.stdout + ended.stderr).not.toContain('hunter2')
})

test('an invalid variable in .env is a failed check', async () => {
  writeFileSync(join(cwd, '.env'), 'BENCHMARK_SCHEDULE=hourly\nGROQ_API_KEY=gsk_from-the-file\n')
  const ended = await doctor(['--json'])
  expect(ended.code).toBe(1)
  const { checks } = document.parse(JSON.parse(ended.stdout))
  expect(checks).toMatchObject([
    { name: 'environment', state: 'fail', message: expect.stringContaining('BENCHMARK_SCHEDULE') as string },
    { name: 'node' },
    { name: 'providers', message: '2 configured: OpenAI, Groq' },
  ])
})

test('doctor and run say alike what is wrong with a file of PowerShell, and read it', async () => {
  const text = `OPENAI_API_KEY=${key}\r\nLOG_LEVEL=silly\r\n`
  writeFileSync(join(cwd, '.env'), Buffer.from(`\uFEFF${text}`, 'utf16le'))
  const ended = await doctor(['--json'])
  const { checks } = document.parse(JSON.parse(ended.stdout))
  expect(checks[0]).toMatchObject({ name: 'environment', state: 'fail' })
  expect(checks[0]?.message).toMatch(/^LOG_LEVEL: /)
  const run = await command('run.ts', ['--quiet'], { cwd })
  expect(run).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(String(checks[0]?.message)) as string,
  })
})

test('a line of .env that says nothing, a proxy that is none and a folder of a shell stop a run', async () => {
  writeFileSync(join(cwd, '.env'), 'OPENAI_API_KEY sk-nobody-may-see\n')
  const lost = await command('run.ts', ['--quiet'], { cwd })
  expect(lost).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('.env says nothing in line 1') as string,
  })
  expect(lost.stderr).not.toContain('sk-nobody')
  writeFileSync(join(cwd, '.env'), 'HTTP_PROXY=socks5://127.0.0.1:1\nDATA_DIR=~/x\nGROQ_KEY=gsk_x\n')
  const refused = await command('run.ts', ['--quiet'], { cwd })
  expect(refused.code).toBe(2)
  expect(refused.stderr).toMatch(/DATA_DIR: begins with ~[^]*HTTP_PROXY: is a SOCKS proxy/)
  const ended = await doctor([])
  expect(ended.stdout).toMatch(/^warn {2}environment {2}GROQ_KEY is set.* -> was GROQ_API_KEY meant/m)
})
