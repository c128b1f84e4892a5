import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { command, makeFolder, removeFolder, start } from '../support/command.ts'
import { holdDatabase } from '../support/held-database.ts'

let folder: string
let database: Sql
beforeAll(async () => {
  folder = makeFolder()
  database = await holdDatabase(folder)
})
afterAll(async () => {
  await database.close()
  removeFolder(folder)
})

interface Document {
  calibrations: Record<string, unknown>[]
}

test('a calibration is printed, recorded, and shown beside the results of the next run', async () => {
  const env = { SYN_FRAMES: '3' }
  const before = await command('run.ts', ['--synthetic', '--verbose'], { cwd: folder, env })
  expect(before.stdout).toContain('not calibrated here: pnpm tsx scripts/calibrate.ts')
  const { code, stdout, stderr } = await command('calibrate.ts', ['--quick'], { cwd: folder })
  expect(code).toBe(0)
  expect(stderr.match(/^measuring \d+ streams, \d+ at once$/gm)).toHaveLength(4)
  expect(stdout).toMatch(/^clock error in ms on .*, Node v24\.[\d.]+, \d+ cores?: /)
  expect(
    [...stdout.matchAll(/^ +(\d+) .*(the main thread|\d+ threads?)$/gm)].map(([, n, where]) => [n, where]),
  ).toEqual([
    ['1', 'the main thread'],
    ['8', 'the main thread'],
    ['64', expect.stringContaining('thread') as string],
    ['256', expect.stringContaining('thread') as string],
  ])
  expect(stdout).toContain('recorded in the embedded database in .data')
  const after = await command('run.ts', ['--synthetic'], { cwd: folder, env })
  expect(after.code).toBe(0)
  expect(after.stdout).toMatch(
    /\nclock error on this machine: TTFT p95 [\d.]+ ms, chunks p99 [\d.]+ ms at 1 stream \(calibrated .*\)\n$/,
  )
  const unsaved = await command('run.ts', ['--synthetic', '--no-save', '--verbose'], { cwd: folder, env })
  expect(unsaved.stdout).not.toMatch(/calibrated|clock error/)
})

test.concurrent('--json --no-save prints one document and opens no database', async () => {
  const env = { DATABASE_URL: 'postgres://u:p@127.0.0.1:9/db' }
  const { code, stdout } = await command('calibrate.ts', ['--quick', '--json', '--no-save'], {
    cwd: folder,
    env,
  })
  expect(code).toBe(0)
  const { calibrations } = JSON.parse(stdout) as Document
  expect(calibrations.map(({ concurrency, streams, chunks }) => [concurrency, streams, chunks])).toEqual([
    [1, 30, 300],
    [8, 32, 640],
    [64, 64, 1280],
    [256, 256, 2560],
  ])
  for (const { ttft_p50_ms: p50, ttft_p95_ms: p95, ttft_p99_ms: p99 } of calibrations) {
    expect(Number(p50)).toBeGreaterThan(0)
    expect(Number(p95)).toBeGreaterThanOrEqual(Number(p50))
    expect(Number(p99)).toBeGreaterThanOrEqual(Number(p95))
  }
})

test.concurrent('a calibration that cannot be recorded is still printed, with exit code 3', async () => {
  const env = { DATABASE_URL: 'postgres://u:p@127.0.0.1:9/db' }
  const { code, stdout, stderr } = await command('calibrate.ts', ['--quick'], { cwd: folder, env })
  expect(code).toBe(3)
  expect(stdout).toContain('256')
  expect(stderr.match(/^firsttoken: .*$/gm)).toHaveLength(1)
  expect(stderr).not.toContain('u:p')
})

test.concurrent('an interrupted calibration exits with 130 and records nothing', async () => {
  const { child, until, ended } = start('calibrate.ts', [], { cwd: folder })
  await until(/measuring/)
  child.kill('SIGINT')
  await until(/finishing/)
  expect(await ended).toMatchObject({ code: 130, stdout: '' })
})
