import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ResultRow } from '../../src/core/row.ts'
import type { Sql } from '../../src/store/connection.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'
import { type Front, startFront } from '../support/front.ts'
import { holdDatabase } from '../support/held-database.ts'

let provider: Synthetic
let front: Front
let cwd: string
let database: Sql
beforeAll(async () => {
  cwd = makeFolder()
  database = await holdDatabase(cwd)
  provider = await startSynthetic({ options: { ttftMs: 300, frames: 10, delayMs: 3 } })
  front = await startFront(provider.port)
})
afterAll(async () => {
  front.close()
  await provider.close()
  await database.close()
  removeFolder(cwd)
})

const run = (...args: string[]) =>
  command('run.ts', ['--base-url', `${front.url}/v1`, '--model', 'synthetic-1', ...args], { cwd })
/** The mode and settings of the run so far, after which the database knows a context window of 3000 tokens. */
async function readRuns() {
  const { rows } = await database.query("select mode, settings ->> 'concurrency' as c, n_succeeded from runs")
  await database.query('update models set context_window = 3000')
  return rows
}

test('a concurrent run has as many calls in flight as it may, and never more', async () => {
  const { arrived, release } = front.hold(4)
  const running = run('--mode', 'concurrent', '--runs', '8', '--concurrency', '4')
  await arrived
  release()
  const { code, stdout } = await running
  expect(code).toBe(0)
  expect(front.seen).toMatchObject({ most: 4, all: 8 })
  expect(stdout).toContain('8 probes, up to 512 tokens each, up to 4 at once, so under our own load')
  expect(stdout).toMatch(
    /in flight on average, 4 at most; \d.* answers\/s and \d.* tokens\/s over .*; 0 of 8 failed/,
  )
  expect(stdout).toContain('8 succeeded, 0 failed in')
})

test('tiers are asked with filler and are series of their own; one that does not fit is skipped', async () => {
  expect(await readRuns()).toEqual([{ mode: 'concurrent', c: '4', n_succeeded: 8 }])
  const tiers = ['--context-tiers', '0,2000,2500', '--warmup', '--out', 'results/']
  const { code, stdout } = await run(...tiers)
  expect(code).toBe(0)
  expect(stdout).toContain(
    '2 succeeded, 0 failed, 1 skipped (context window 3000 < 2500 + 512 + 100), 2 warm-ups not counted',
  )
  const [file = '', ...others] = readdirSync(join(cwd, 'results'))
  expect([file, others]).toEqual([expect.stringMatching(/^firsttoken-\d{8}T\d{6}Z\.json$/), []])
  expect(stdout).toContain(`written to results/${file}`)
  const document = JSON.parse(readFileSync(join(cwd, 'results', file), 'utf8')) as { results: ResultRow[] }
  const rows = document.results.map((row) => ({
    iteration: row.iteration,
    warmup: row.warmup,
    asked: row.context_tokens,
    counted: row.context_tokens_counted,
    billed: Number(row.input_tokens) > 2000,
    series: row.series,
  }))
  const seriesOf = (tier: number | null) => rows.find(({ asked }) => asked === tier)?.series
  const [plain, padded] = [seriesOf(null), seriesOf(2000)]
  expect(padded).not.toBe(plain)
  expect(rows.toSorted((a, b) => a.iteration - b.iteration || Number(a.asked) - Number(b.asked))).toEqual([
    { iteration: 0, warmup: true, asked: null, counted: null, billed: false, series: plain },
    { iteration: 0, warmup: true, asked: 2000, counted: 2000, billed: true, series: padded },
    { iteration: 1, warmup: false, asked: null, counted: null, billed: false, series: plain },
    { iteration: 1, warmup: false, asked: 2000, counted: 2000, billed: true, series: padded },
  ])
})
