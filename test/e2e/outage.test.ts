import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'

let provider: Synthetic
let cwd: string
beforeAll(async () => {
  cwd = makeFolder()
  provider = await startSynthetic({ options: { ttftMs: 20, frames: 5, delayMs: 2 } })
})
afterAll(async () => {
  await provider.close()
  removeFolder(cwd)
})

const away = { DATABASE_URL: 'postgres://user:a-password-of-ours@127.0.0.1:9/db' }
const custom = () => ({ LLM_BASE_URL: provider.url, LLM_MODEL: 'synthetic-1' })
const run = (args: string[], env: Record<string, string>) =>
  command('run.ts', args, { cwd, env: { ...custom(), ...env } })
const query = async (text: string) => {
  const sql = await openEmbedded({ dir: join(cwd, '.data') })
  const { rows } = await sql.query(text)
  await sql.close()
  return rows
}

test('a run by hand goes on without its database, and what it found is there once there is one', async () => {
  const ended = await run(['--runs', '3', '--json'], away)
  expect(ended.code).toBe(0)
  expect(ended.stderr).toMatch(/ECONNREFUSED.*The run goes on, and its results wait in logs\/spool/s)
  expect(ended.stderr + ended.stdout).not.toContain('a-password-of-ours')
  const { run: record, results } = JSON.parse(ended.stdout) as { run: { id: string }; results: unknown[] }
  expect(record).toMatchObject({ status: 'finished', n_succeeded: 3, n_failed: 0 })
  expect(results).toHaveLength(3)
  expect(readdirSync(join(cwd, 'logs/spool'))).toEqual([`${record.id}.ndjson`])

  const still = await command('replay-spool.ts', [], { cwd, env: away })
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

test('the next run delivers what waits before it begins', async () => {
  const before = (await query('select count(*)::int as n from benchmark_results'))[0]?.['n']
  await run([], away)
  const next = await run([], {})
  expect(next.code).toBe(0)
  expect(next.stderr).toContain('3 spooled calls of 1 run delivered')
  expect(await query('select count(*)::int as n from benchmark_results')).toEqual([{ n: Number(before) + 2 }])
  expect(readdirSync(join(cwd, 'logs/spool'))).toEqual([])
})

test('a spool that cannot be written is an error that says what to do', async () => {
  writeFileSync(join(cwd, 'taken'), '')
  const ended = await run([], { ...away, LOG_DIR: 'taken' })
  expect(ended.code).toBe(3)
  expect(ended.stdout).toMatch(
    /nothing can be spooled to taken\/spool: .*Free the disk or make the folder writable/,
  )
})

test('under a budget nothing is called without the database that keeps it', async () => {
  const ended = await run(['--json'], { ...away, BUDGET_USD_PER_DAY: '0' })
  expect(ended.code).toBe(3)
  expect(JSON.parse(ended.stdout)).toEqual({ error: expect.stringContaining('ECONNREFUSED') as string })
  expect(existsSync(join(cwd, 'logs/spool')) ? readdirSync(join(cwd, 'logs/spool')) : []).toEqual([])
})

test('a database that refuses us is a matter of configuration: nothing is spooled', async () => {
  const ended = await run([], { SUPABASE_URL: 'http://127.0.0.1:9', SUPABASE_SERVICE_ROLE: '' })
  expect(ended.code).toBe(2)
})

test.each([
  [['--often'], '--often'],
  [['extra'], 'extra'],
])('replay-spool.ts refuses %j and says why', async (args, reason) => {
  const ended = await command('replay-spool.ts', args, { cwd })
  expect(ended.code).toBe(2)
  expect(ended.stderr).toContain(reason)
})
