import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'
import { copyDatabase } from '../support/held-database.ts'

let provider: Synthetic
let cwd: string
beforeAll(async () => {
  cwd = makeFolder()
  copyDatabase(cwd)
  provider = await startSynthetic({ options: { ttftMs: 50, frames: 30, delayMs: 5 } })
})
afterAll(async () => {
  await provider.close()
  removeFolder(cwd)
})

const custom = () => ({ LLM_BASE_URL: provider.url, LLM_MODEL: 'synthetic-1' })
const open = () => openEmbedded({ dir: join(cwd, '.data') })
const query = async (text: string) => {
  const sql = await open()
  const { rows } = await sql.query(text)
  await sql.close()
  return rows
}
const psql = (() => {
  try {
    execFileSync('psql', ['--version'])
    return true
  } catch {
    return false
  }
})()

test('the scheduler starts a run for every slot until it is stopped', async () => {
  const scheduler = start('schedule.ts', ['--cron', '*/3 * * * * *'], { cwd, env: custom() })
  // Of a busy machine it is late for some, whose calls are skipped then.
  await scheduler.until(/(recorded in[\s\S]*){2}/)
  scheduler.child.kill('SIGTERM')
  expect((await scheduler.ended).code).toBe(0)
  const rows = await query(
    // A machine that is busy misses some.
    "select slot, n_succeeded, status from runs where schedule = 'benchmark' and status <> 'missed' order by slot",
  )
  expect(rows.length).toBeGreaterThanOrEqual(2)
  // The signal may come between two probes of the last.
  expect(rows.slice(0, -1).filter(({ status }) => status !== 'finished')).toEqual([])
  const seconds = rows.map(({ slot }) => (slot as Date).getTime() / 1000)
  expect(seconds.filter((second) => second % 3 !== 0)).toEqual([])
  expect(new Set(seconds).size).toBe(rows.length)
})

test('results recorded before a kill -9 survive it, and the next run works', async () => {
  const running = start('run.ts', ['--runs', '50', '--json'], {
    cwd,
    env: { ...custom(), LLM_NAME: 'Killed' },
  })
  await running.until(/(✓[\s\S]*){3}/)
  running.child.kill('SIGKILL')
  const { stderr } = await running.ended
  const shown = stderr.match(/✓/g)?.length ?? 0
  const next = await command('run.ts', [], { cwd, env: { ...custom(), LLM_NAME: 'Next' } })
  expect(next.code).toBe(0)
  const [row] = await query(
    "select count(*) filter (where provider = 'killed')::int as killed, count(*) filter (where provider = 'next')::int as next from benchmark_results",
  )
  expect(row?.['killed']).toBeGreaterThanOrEqual(shown)
  expect(row?.['next']).toBe(1)
})

test.skipIf(!psql)('psql reads the rows of a run in progress', async () => {
  const env = { ...custom(), LLM_NAME: 'Watched' }
  const running = start('run.ts', ['--runs', '20'], { cwd, env })
  await running.until(/✓/)
  const count = execFileSync(
    'psql',
    [
      '-h',
      join(cwd, '.data'),
      '-U',
      'postgres',
      '-At',
      '-c',
      "select count(*) from benchmark_results where provider = 'watched'",
      'postgres',
    ],
    { encoding: 'utf8' },
  )
  expect(Number(count)).toBeGreaterThan(0)
  expect(Number(count)).toBeLessThan(20)
  running.child.kill('SIGINT')
  expect((await running.ended).code).toBe(130)
})

test('query prints rows, and says why a statement is invalid', async () => {
  const held = await open()
  const table = await command('query.ts', ["select 1 as one, 'two' as other"], { cwd })
  expect(table).toEqual({ code: 0, stdout: 'one  other\n  1  two\n(1 row)\n', stderr: '' })
  const json = await command('query.ts', ['--json', 'select 1 as one'], { cwd })
  expect(JSON.parse(json.stdout)).toEqual([{ one: 1 }])
  const wrong = await command('query.ts', ['select nope'], { cwd })
  expect(wrong).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('nope') })
  await held.close()
})

test('query exits quietly when its output is closed', async () => {
  const { child, until, ended } = start('query.ts', ['--csv', 'select generate_series(1, 300000) as n'], {
    cwd,
  })
  await until(/^n\n1\n/)
  child.stdout?.destroy()
  expect(await ended).toMatchObject({ code: 0, stderr: '' })
  expect(await command('query.ts', ['--csv', 'select 1 as one'], { cwd })).toMatchObject({
    stdout: 'one\n1\n',
  })
})

test('the synthetic provider can be called from outside', async () => {
  const env = { SYN_FRAMES: '4', SYN_DELAY_MS: '1', SYN_BYTES: '8' }
  const server = start('synthetic.ts', ['--port', '0'], { cwd, env })
  const url = await server.until(/http:\/\/127\.0\.0\.1:\d+\/v1/)
  const run = await command('run.ts', ['--base-url', url, '--model', 'synthetic-1', '--no-save', '--json'], {
    cwd,
  })
  expect(JSON.parse(run.stdout)).toMatchObject({ results: [{ success: true, output_tokens: 4 }] })
  server.child.kill('SIGINT')
  expect((await server.ended).code).toBe(0)
})
