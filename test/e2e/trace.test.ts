import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadTokenizer } from '../../src/probe/tokenizer.ts'
import type { Sql } from '../../src/store/connection.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { command, makeFolder, removeFolder } from '../support/command.ts'
import { holdDatabase } from '../support/held-database.ts'
import { recordedServer } from '../support/recorded-server.ts'
import { sharedBeginning } from '../support/shared-beginning.ts'

let synthetic: Synthetic
let server: Awaited<ReturnType<typeof recordedServer>>
let sql: Sql
const cwd = makeFolder()
beforeAll(async () => {
  sql = await holdDatabase(cwd)
  synthetic = await startSynthetic({ options: { ttftMs: 20, delayMs: 2 } })
  server = await recordedServer(synthetic.port)
})
afterAll(async () => {
  await server.close()
  await synthetic.close()
  await sql.close()
  removeFolder(cwd)
})

/** As Mooncake writes it: two requests of a conversation, one of another, and a short one. */
const trace = [
  { timestamp: 7000, input_length: 1300, output_length: 4, hash_ids: [11, 12, 13] },
  { timestamp: 7600, input_length: 1700, output_length: 9, hash_ids: [11, 12, 13, 14] },
  { timestamp: 9000, input_length: 600, output_length: 6, hash_ids: [21, 22] },
  { timestamp: 10_400, input_length: 100, output_length: 3, hash_ids: [31] },
]

interface Message {
  role: string
  content: string
}
interface Document {
  run: { id: string }
  work: { trace: Record<string, unknown> }
  levels: { load: object; sizes: Record<string, number>; report: { n: number } }[]
}

/** When the requests of a run were due, in ms since 1970. */
async function scheduledOf(runId: string): Promise<number[]> {
  const { rows } = await sql.query(
    'select scheduled_at from benchmark_results where run_id = $1 order by scheduled_at',
    [runId],
  )
  return rows.map((row) => new Date(row['scheduled_at'] as string).getTime())
}

test('a trace is sent again: when it was, as long as it was, with what its prompts shared', async () => {
  writeFileSync(join(cwd, 'trace.jsonl'), trace.map((row) => `${JSON.stringify(row)}\n`).join(''))
  const to = ['--base-url', server.url, '--model', 'synthetic-1', '--prompt', 'short']
  const { code, stdout } = await command(
    'sweep.ts',
    [...to, '--trace', 'trace.jsonl', '--speed', '2', '--seed', '1', '--json'],
    { cwd },
  )
  expect(code).toBe(0)
  const { run, work, levels } = JSON.parse(stdout) as Document
  // In the order in which they were sent, whichever came first.
  const arrived = [4, 9, 6, 3].flatMap((limit) =>
    server.arrived.filter(({ body }) => body['max_tokens'] === limit),
  )
  expect([arrived.length, server.arrived.length]).toEqual([4, 4])
  // Twice as fast. A busy machine sends late, and none early, but for the rounding of both clocks.
  const scheduled = await scheduledOf(run.id)
  expect(scheduled.map((at) => at - (scheduled[0] ?? 0))).toEqual([0, 300, 1000, 1700])
  expect(arrived.map(({ at }, index) => at + 2 >= (scheduled[index] ?? Infinity))).toEqual(
    arrived.map(() => true),
  )
  const count = await loadTokenizer()
  const said = arrived.map(({ body }) => (body['messages'] as Message[]).map(({ content }) => content))
  // All that is said has the traced length, less the ten tokens that a chat template takes.
  expect(said.map((texts) => texts.reduce((sum, text) => sum + count(text), 0))).toEqual([
    1290, 1690, 590, 90,
  ])
  const sharedBy = (one: number, other: number) =>
    count(sharedBeginning(said[one]?.[0] ?? '', said[other]?.[0] ?? ''))
  // Two whole blocks, and what the first had room for of the third.
  const room = 1290 - count(said[0]?.[1] ?? '')
  expect(Math.abs(sharedBy(0, 1) - room)).toBeLessThanOrEqual(1)
  expect(sharedBy(0, 2)).toBeLessThan(3)
  expect(work.trace).toMatchObject({
    name: 'trace.jsonl',
    format: 'mooncake',
    speed: 2,
    requests: 4,
    failed: 0,
  })
  expect(levels).toMatchObject([
    {
      load: { arrivals: 'trace' },
      report: { n: 4 },
      sizes: { asked: 3700, counted: 3660, output_limit: 22, output: 22 },
    },
  ])
  const again = await command('sweep.ts', ['--run', run.id, '--json'], { cwd })
  expect(JSON.parse(again.stdout)).toMatchObject({ work, levels: [{ sizes: levels[0]?.sizes }] })
}, 120_000)
