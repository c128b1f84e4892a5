import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LevelReport } from '../../src/lab/describe-level.ts'
import { dueTimes } from '../../src/lab/arrivals.ts'
import { seededRandom } from '../../src/core/random.ts'
import { parseSweepFile } from '../../src/jobs/sweep-file.ts'
import type { Sql } from '../../src/store/connection.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'
import { serve } from '../support/fifo-queue.ts'
import { holdDatabase } from '../support/held-database.ts'
import { join } from 'node:path'

/** The service time of an answer: 50 ms to the first token, then five more. */
const serviceMs = 100
const options = { ttftMs: 50, frames: 6, delayMs: 10 }

let queue: Synthetic
let four: Synthetic
let wide: Synthetic
let cwd: string
let sql: Sql
beforeAll(async () => {
  cwd = makeFolder()
  sql = await holdDatabase(cwd)
  queue = await startSynthetic({ options, slots: 2 })
  four = await startSynthetic({ options, slots: 4 })
  wide = await startSynthetic({ options })
})
afterAll(async () => {
  await queue.close()
  await four.close()
  await wide.close()
  await sql.close()
  removeFolder(cwd)
})

const to = ({ url }: Synthetic) => ['--base-url', url, '--model', 'synthetic-1']

interface Document {
  run: { id: string; mode: string; n_succeeded: number }
  levels: {
    load: { concurrency: number }
    report: { n: number; goodput: LevelReport['goodput'] }
    ttft_p50: number
    rps: number
  }[]
}

async function readRows(runId: string) {
  const { rows } = await sql.query(
    `select level, warmup, scheduled_at, late_ms, ttft_ms, own_load from benchmark_results
      where run_id = $1 order by scheduled_at`,
    [runId],
  )
  const kept = await sql.query('select count(*)::int as n from rollups_hourly')
  return { rows, rollups: kept.rows[0]?.['n'] }
}

test('an open loop waits as the queue does on the arrivals that were recorded, and is in no rollup', async () => {
  const load = ['--rate', '14', '--poisson', '--seed', '1', '--total', '40', '--slo', 'latency=10s']
  const { code, stdout, stderr } = await command('sweep.ts', [...to(queue), ...load, '--json'], { cwd })
  expect({ code, stderr: stderr.includes('level 1 of 1') }).toEqual({ code: 0, stderr: true })
  const { run, levels } = JSON.parse(stdout) as Document
  expect(run).toMatchObject({ mode: 'sweep', n_succeeded: 50 })
  expect(levels).toMatchObject([{ report: { n: 40, goodput: { good: 40, n: 40 } } }])
  const { rows, rollups } = await readRows(run.id)
  expect(rollups).toBe(0)
  expect(rows.every((row) => row['own_load'] === true && row['level'] === 0)).toBe(true)
  expect(rows.map((row) => row['warmup'])).toEqual(rows.map((_, index) => index < 10))
  const scheduled = rows.map((row) => new Date(row['scheduled_at'] as string).getTime())
  const due = dueTimes({ rate: 14, arrivals: 'poisson' }, 50, seededRandom(1))
  const offsets = scheduled.map((at, index) => at - (due[index] ?? 0))
  expect(Math.max(...offsets) - Math.min(...offsets)).toBeLessThanOrEqual(1)
  expect(rows.every((row) => Number(row['late_ms']) >= 0)).toBe(true)
  // From when they were due. A busy machine makes them slower, and nothing makes them faster than the queue.
  const seen = rows.map((row) => Number(row['ttft_ms']) + Number(row['late_ms'])).toSorted((a, b) => a - b)
  const expected = serve(due, 2, () => serviceMs)
    .map(({ wait }) => wait + options.ttftMs)
    .toSorted((a, b) => a - b)
  expect(seen.filter((ttft, index) => ttft < (expected[index] ?? 0) - 5)).toEqual([])
  const again = await command('sweep.ts', ['--run', run.id, '--csv', '--html'], { cwd })
  const [head = '', line = '', ...rest] = again.stdout.trim().split('\n')
  expect({ code: again.code, rest }).toEqual({ code: 0, rest: [] })
  const page = readFileSync(join(cwd, 'bench-report.html'), 'utf8')
  expect(page).toContain(`run ${run.id}`)
  expect(page).toContain('--poisson --seed 1 --total 40')
  const cell = (name: string) => line.split(',')[head.split(',').indexOf(name)]
  expect(cell('n')).toBe('40')
  expect(Number(cell('ttft_p50'))).toBeCloseTo(levels[0]?.ttft_p50 ?? 0)
  expect(Number(cell('rps'))).toBeCloseTo(levels[0]?.rps ?? 0)
})

test('levels are doubled until throughput, min(N, slots) / S, grows no more, and the plan grows with them', async () => {
  const { code, stdout, stderr } = await command(
    'sweep.ts',
    [...to(four), '--concurrency', 'auto', '--total', '24', '--json'],
    { cwd },
  )
  expect(code).toBe(0)
  const { run, levels, found } = JSON.parse(stdout) as Document & { found: Record<string, unknown>[] }
  const tried = levels.map(({ load }) => load.concurrency)
  expect(tried).toEqual(tried.map((_, index) => 2 ** index))
  expect(run.n_succeeded).toBe(24 * tried.length + tried.reduce((sum, each) => sum + each, 0))
  expect(stderr).toContain(`level ${tried.length} of ${tried.length}, concurrency ${tried.at(-1)}`)
  // A machine that is too busy to time an answer ends it, and says so.
  const [{ stop, highest } = {}] = found
  const isBusy = stop === 'client_bound'
  expect({ stop, highest }).toEqual({ stop: isBusy ? stop : 'marginal', highest: tried.at(-2) ?? null })
  const grows = levels.slice(1).map(({ rps }, index) => rps >= 1.1 * (levels[index]?.rps ?? 0))
  expect(grows.slice(0, -1)).not.toContain(false)
  expect(isBusy || grows.at(-1) === false).toBe(true)
  const again = await command('sweep.ts', ['--run', run.id], { cwd })
  expect(again.stdout).toMatch(/custom \/ synthetic-1: the search (ended|has no end)/)
})

test('Ctrl-C keeps what was measured in threads over a few connections, closes the run, and prints and writes the report', async () => {
  const load = ['--concurrency', '4,1', '--total', '20', '--threads', '2', '--reuse-connections']
  const sweep = start('sweep.ts', [...to(wide), ...load], { cwd })
  await sweep.until(/level 1 of 2, concurrency 4: 24 calls, 0 failed/)
  sweep.child.kill('SIGINT')
  const { code, stdout } = await sweep.ended
  expect(code).toBe(130)
  expect(stdout).toMatch(/\nconcurrency 4 +20 /)
  expect(stdout).toMatch(/! concurrency 1: \d+ of 21 calls were not made/)
  expect(stdout).toMatch(/run \S+ \(cancelled\): \d+ succeeded, 0 failed, \d+ skipped \(\d+ interrupted\)/)
  const [, page = '', json = ''] =
    /written to (results\/sweep-\S+\.html) and (results\/sweep-\S+\.json)/.exec(stdout) ?? []
  expect(readFileSync(join(cwd, page), 'utf8')).toContain('This sweep is cancelled')
  const file = parseSweepFile(readFileSync(join(cwd, json), 'utf8'))
  expect(file).toMatchObject({
    run: { status: 'cancelled' },
    settings: { made_with: { command: `pnpm tsx scripts/sweep.ts ${[...to(wide), ...load].join(' ')}` } },
  })
  const { rows } = await sql.query(
    `select r.status, count(*) filter (where p.status = 'claimed')::int as claimed,
      (count(*) filter (where p.status in ('done', 'skipped')))::int as ended
      from runs r join probes p on p.run_id = r.id where r.status = 'cancelled' group by r.id`,
  )
  const reused = await sql.query(
    `select count(*) filter (where b.connect_ms = 0 and b.tcp_ms is null and b.notes <> '{}')::int as again,
      count(*) filter (where b.connect_ms > 0)::int as opened, bool_and(b.success) as succeeded
      from benchmark_results b join runs r on r.id = b.run_id where (r.settings->>'reuse_connections')::boolean`,
  )
  expect(rows).toEqual([{ status: 'cancelled', claimed: 0, ended: 45 }])
  expect(reused.rows).toMatchObject([{ succeeded: true }])
  // Each of the two threads needs at most one for each of four clients.
  expect(reused.rows[0]?.['again']).toBeGreaterThan(10)
  expect(reused.rows[0]?.['opened']).toBeGreaterThan(0)
})

test('--smoke is one request and one line, of text or of JSON', async () => {
  const { code, stdout } = await command('sweep.ts', [...to(wide), '--smoke', '--no-save'], { cwd })
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(
      /^\S.* {2}ttft \d+ ms {2}tokens 6 {2}duration \d+ ms {2}tps \S+\n$/,
    ) as string,
  })
})
