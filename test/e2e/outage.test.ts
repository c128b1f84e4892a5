import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'
import { holdDatabase } from '../support/held-database.ts'
import { startRefusingPostgres } from '../support/hostile.ts'

let provider: Synthetic
let cwd: string
let database: Sql
beforeAll(async () => {
  cwd = makeFolder()
  database = await holdDatabase(cwd)
  provider = await startSynthetic({ options: { ttftMs: 20, frames: 5, delayMs: 2 } })
})
afterAll(async () => {
  await provider.close()
  await database.close()
  removeFolder(cwd)
})

const unreachable = { DATABASE_URL: 'postgres://user:a-password-of-ours@127.0.0.1:9/db' }
const custom = () => ({ LLM_BASE_URL: provider.url, LLM_MODEL: 'synthetic-1' })
const run = (args: string[], env: Record<string, string>) =>
  command('run.ts', args, { cwd, env: { ...custom(), ...env } })
const spooled = () => {
  const folder = join(cwd, 'logs/spool')
  return existsSync(folder) ? readdirSync(folder) : []
}
const query = async (text: string) => (await database.query(text)).rows

test('a run by hand continues without its database, and its results are delivered once it is back', async () => {
  const ended = await run(['--runs', '3', '--json'], unreachable)
  expect(ended.code).toBe(0)
  expect(ended.stderr).toMatch(/ECONNREFUSED.*The run continues, and its results wait in logs\/spool/s)
  expect(ended.stderr + ended.stdout).not.toContain('a-password-of-ours')
  const { run: record, results } = JSON.parse(ended.stdout) as { run: { id: string }; results: unknown[] }
  expect(record).toMatchObject({ status: 'finished', n_succeeded: 3, n_failed: 0 })
  expect(results).toHaveLength(3)
  expect(spooled()).toEqual([`${record.id}.ndjson`])

  const still = await command('replay-spool.ts', [], { cwd, env: unreachable })
  expect(still.code).toBe(3)
  const replayed = await command('replay-spool.ts', ['--json'], { cwd })
  expect(replayed.code).toBe(0)
  expect(JSON.parse(replayed.stdout)).toMatchObject({ files: 1, delivered: 5, rejected: [], away: null })
  expect((await command('replay-spool.ts', [], { cwd })).stdout).toBe('nothing is spooled\n')
  expect(
    await query(
      'select r.id, r.status, r.n_succeeded, count(b.id)::int as results from runs r join benchmark_results b on b.run_id = r.id group by 1',
    ),
  ).toEqual([{ id: record.id, status: 'finished', n_succeeded: 3, results: 3 }])
})

test('the next run delivers spooled results before it starts', async () => {
  const before = (await query('select count(*)::int as n from benchmark_results'))[0]?.['n']
  await run([], unreachable)
  const next = await run([], {})
  expect(next.code).toBe(0)
  expect(next.stderr).toContain('3 spooled calls of 1 run delivered')
  expect(await query('select count(*)::int as n from benchmark_results')).toEqual([{ n: Number(before) + 2 }])
  expect(spooled()).toEqual([])
})

test('a row that the database will never take is set aside and named, and the others are recorded', async () => {
  const ended = await run(['--runs', '3', '--json'], unreachable)
  const { run: record } = JSON.parse(ended.stdout) as { run: { id: string } }
  const file = join(cwd, `logs/spool/${record.id}.ndjson`)
  // As if the second result came from a version with an error kind that the database does not know.
  let results = 0
  const spoil = (line: string) =>
    line.includes('"record_result"') && (results += 1) === 2
      ? line.replace('"error_kind":null', '"error_kind":"nonsense"')
      : line
  writeFileSync(file, readFileSync(file, 'utf8').split('\n').map(spoil).join('\n'))

  const replayed = await command('replay-spool.ts', [], { cwd })
  expect(replayed.code).toBe(1)
  expect(replayed.stdout).toMatch(/4 spooled calls of 1 run delivered; 1 set aside, .*check constraint/)
  expect(spooled()).toEqual([`${record.id}.ndjson.rejected`])
  expect(
    await query(`select count(*)::int as n from benchmark_results where run_id = '${record.id}'`),
  ).toEqual([{ n: 2 }])

  const { stdout } = await command('doctor.ts', ['--json'], { cwd, env: custom() })
  const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; message: string }[] }
  expect(checks.filter(({ name }) => name === 'spool')).toMatchObject([
    { state: 'ok' },
    {
      state: 'warn',
      message: expect.stringContaining(`${record.id}.ndjson.rejected (record_result: `) as string,
    },
  ])
  rmSync(`${file}.rejected`)
})

test('a spool that cannot be written is an error with advice', async () => {
  writeFileSync(join(cwd, 'taken'), '')
  const ended = await run([], { ...unreachable, LOG_DIR: 'taken' })
  expect(ended.code).toBe(3)
  expect(ended.stdout).toMatch(
    /nothing can be spooled to taken\/spool: .*Free the disk or make the folder writable/,
  )
})

test('a signal ends a scheduler that waits for a silent database, and its slot is filed as missed', async () => {
  const folder = makeFolder()
  const asked = Promise.withResolvers<void>()
  let calls = 0
  const silent = createServer((socket) => {
    calls += 1
    socket.on('error', () => undefined)
    asked.resolve()
  })
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const supabase = { SUPABASE_URL: `http://127.0.0.1:${port}`, SUPABASE_SERVICE_ROLE: 'a-key-of-ours' }
  const env = { ...custom(), ...supabase }
  const { child, ended } = start('schedule.ts', ['--cron', '* * * * * *'], { cwd: folder, env })
  await asked.promise
  child.kill('SIGTERM')
  expect(await ended).toMatchObject({ code: 0 })
  // Nothing was asked a second time.
  expect(calls).toBe(1)
  const dir = join(folder, 'logs/spool')
  const texts = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'))
  expect(texts.join('\n')).toContain('the database was unreachable: interrupted before the database answered')
  silent.close()
  removeFolder(folder)
})

test('with a budget nothing is called if the database is unreachable', async () => {
  const ended = await run(['--json'], { ...unreachable, BUDGET_USD_PER_DAY: '0' })
  expect(ended.code).toBe(3)
  expect(JSON.parse(ended.stdout)).toEqual({ error: expect.stringContaining('ECONNREFUSED') as string })
  expect(spooled()).toEqual([])
})

test('a database that refuses the password is a configuration error: nothing is spooled', async () => {
  const postgres = await startRefusingPostgres()
  const ended = await run([], { DATABASE_URL: `postgres://me:wrong@127.0.0.1:${postgres.port}/db` })
  await postgres.close()
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain('password authentication failed')
  expect(spooled()).toEqual([])
})
