import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sql } from '../../src/store/connection.ts'
import { startSynthetic } from '../../src/synthetic/server.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'
import { holdDatabase } from '../support/held-database.ts'

let cwd: string
let database: Sql
beforeAll(async () => {
  cwd = makeFolder()
  database = await holdDatabase(cwd)
})
afterAll(async () => {
  await database.close()
  removeFolder(cwd)
})

interface Document {
  run: { id: string }
  levels: { report: { client_limits: string[] } }[]
}

const load = ['--model', 'synthetic-1', '--concurrency', '20', '--total', '20', '--json']
/** A busy machine limits what it measures, and such a level is not compared: another try may be quieter. */
const tries = 5

/** The id of a sweep of a server whose first token takes so long. */
async function sweepOf(ttftMs: number): Promise<string> {
  const server = await startSynthetic({ options: { ttftMs, frames: 4, delayMs: 5 } })
  try {
    for (let left = tries; ; left--) {
      const { code, stdout, stderr } = await command('sweep.ts', ['--base-url', server.url, ...load], { cwd })
      if (code !== 0) throw new Error(stderr)
      const { run, levels } = JSON.parse(stdout) as Document
      if (levels[0]?.report.client_limits.length === 0 || left === 1) return run.id
    }
  } finally {
    await server.close()
  }
}

test('a server that takes half as long again is worse than before, and the same is not', async () => {
  const before = await sweepOf(600)
  const over = ['--fail-over', 'ttft_p50=20%', '--fail-over', 'latency_p50=20%']
  const same = await command('compare.ts', [before, before, ...over, '--json'], { cwd })
  expect({ code: same.code, stderr: same.stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(same.stdout)).toMatchObject({ levels: [{ n: { before: 20, after: 20 } }] })
  const files = ['--html', 'c.html', '--markdown', 'c.md']
  const worse = await command('compare.ts', [before, await sweepOf(900), ...over, ...files], { cwd })
  expect({ code: worse.code, stderr: worse.stderr }).toEqual({ code: 1, stderr: '' })
  expect(worse.stdout).toMatch(/ttft_p50 +20 .* worse\n/)
  expect(readFileSync(join(cwd, 'c.html'), 'utf8')).toContain('>worse</td>')
  expect(readFileSync(join(cwd, 'c.md'), 'utf8')).toContain('| **worse** |')
}, 180_000)
