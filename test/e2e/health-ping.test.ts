import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { type Listings, serveListings } from '../support/listings.ts'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'
import { emptyDatabase, holdDatabase } from '../support/held-database.ts'

const token = 'a-token-that-nobody-may-see'

const shared = makeFolder()
let database: Sql
beforeAll(async () => {
  database = await holdDatabase(shared)
})
afterAll(async () => {
  await database.close()
  removeFolder(shared)
})

let cwd: string
let watcher: Listings
beforeEach(async () => {
  cwd = makeFolder()
  await emptyDatabase(database)
  watcher = await serveListings({ [`/${token}`]: { body: 'OK' } })
})
afterEach(async () => {
  await watcher.close()
  removeFolder(cwd)
})

// The schedule fires once a year, so two runs in a row share a slot.
const env = (more: Record<string, string> = {}) => ({
  DATA_DIR: join(shared, '.data'),
  HEALTH_PING_URL: `${watcher.url}/${token}`,
  BENCHMARK_SCHEDULE: '0 0 1 1 *',
  SYN_FRAMES: '3',
  SYN_DELAY_MS: '1',
  ...more,
})
const run = (args: string[], more: Record<string, string> = {}) =>
  command('run.ts', args, { cwd, env: env(more) })
const logged = () =>
  readdirSync(join(cwd, 'logs'))
    .map((name) => readFileSync(join(cwd, 'logs', name), 'utf8'))
    .join('')

test('a scheduled run pings; a run by hand and a skipped one do not', async () => {
  expect((await run([])).code).toBe(0)
  expect(watcher.requests).toHaveLength(0)
  expect((await run(['--scheduled'])).code).toBe(0)
  expect(watcher.requests).toHaveLength(1)
  expect((await run(['--scheduled'])).code).toBe(0)
  expect(watcher.requests).toHaveLength(1)
})

test('a failed ping is logged as a warning without its URL and does not change the run', async () => {
  const url = watcher.url
  await watcher.close()
  const ended = await run(['--scheduled', '--json'])
  expect(ended.code).toBe(0)
  expect(JSON.parse(ended.stdout)).toMatchObject({ run: { status: 'finished', n_succeeded: 1 } })
  const warning = logged()
    .split('\n')
    .find((line) => line.includes('HEALTH_PING_URL'))
  expect(JSON.parse(warning ?? '')).toMatchObject({ level: 40, kind: 'ping_failed' })
  const everything = ended.stdout + ended.stderr + logged()
  expect(everything).not.toContain(token)
  expect(everything).not.toContain(new URL(url).host)
})

test('an invalid URL is refused without being shown', async () => {
  const ended = await run([], { HEALTH_PING_URL: `ftp://127.0.0.1/${token}` })
  expect(ended.code).toBe(2)
  expect(ended.stderr).toBe('firsttoken: HEALTH_PING_URL: must be an http or https URL\n')
})

test('the scheduler pings after every run', async () => {
  const scheduler = start('schedule.ts', ['--cron', '*/4 * * * * *', '--synthetic', '--quiet'], {
    cwd,
    env: env(),
  })
  await expect.poll(() => watcher.requests.length, { timeout: 60_000 }).toBeGreaterThan(1)
  scheduler.child.kill('SIGTERM')
  expect((await scheduler.ended).code).toBe(0)
})
