import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { percentile } from '../src/core/statistics.ts'
import { openEmbedded } from '../src/embedded/embedded.ts'
import type { Sql } from '../src/store/connection.ts'
import { openPostgres } from '../src/store/postgres.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { atMost, type Goal, printBench, round } from './goals.ts'
import { isLoaded, lastSlot, load, topUp } from './history/load.ts'
import { client, serveApi } from './http/client.ts'
import { type Question, questionsOf } from './http/questions.ts'
import { watch } from './http/watchers.ts'

// Every read of the API over a socket, from a server in a process of its own, at half a million results of 60 targets in three
// regions, on Postgres and in the embedded database; then many watchers of one run. Loading takes minutes; with --data it is
// done once. `--part reads` or `--part watchers` does only that. The goals are for a machine that does nothing else.
const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rows: { type: 'string', default: '500000' },
    data: { type: 'string' },
    engine: { type: 'string' },
    part: { type: 'string' },
    repeats: { type: 'string', default: '50' },
    watchers: { type: 'string', default: '500' },
  },
})
const rows = Number(values.rows)
const repeats = Number(values.repeats)
const limits = { connect: 10_000, query: 3_600_000, script: 3_600_000 }
const began = performance.now()
const say = (message: string) =>
  process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s  ${message}\n`)

interface Part {
  figures: Record<string, unknown>[]
  goals: Goal[]
}

async function prepare(sql: Sql): Promise<Question[]> {
  const more = { until: lastSlot(), chunkDays: 5, say }
  if (await isLoaded(sql, rows)) await topUp(sql, more)
  else await load(sql, { rows, ...more })
  return questionsOf(sql)
}

/** Asks a server everything. `slack`: how much more an answer may take than on Postgres. */
async function judge(
  engine: string,
  env: Record<string, string>,
  asked: { questions: Question[]; slack: number },
) {
  const figures: Record<string, unknown>[] = []
  const goals: Goal[] = []
  const served = await serveApi(dir, env)
  try {
    const ask = client(served.origin)
    for (const { name: what, path, limit } of asked.questions) {
      const { status, text } = await ask(path)
      if (status !== 200) throw new Error(`${path}: ${status} ${text.slice(0, 500)}`)
      const times: number[] = []
      while (times.length < repeats) {
        const start = performance.now()
        await ask(path)
        times.push(performance.now() - start)
      }
      const [p50, p99] = [percentile(times, 0.5) ?? NaN, percentile(times, 0.99) ?? NaN]
      const name = `${engine}: ${what}`
      say(`${name}: p50 ${round(p50)} ms, p99 ${round(p99)} ms`)
      figures.push({
        name,
        p50: round(p50),
        p99: round(p99),
        bytes: text.length,
        load: round(loadavg()[0] ?? 0),
      })
      if (limit === null) continue
      goals.push(atMost(`${name}, p50 ms`, asked.slack * limit, p50))
      goals.push(atMost(`${name}, p99 ms`, asked.slack * 60, p99))
      if (what.startsWith('now')) goals.push(atMost(`${name}, bytes`, 81_920, text.length))
    }
  } finally {
    await served.close()
  }
  return { figures, goals }
}

const dir = values.data ?? mkdtempSync(join(tmpdir(), 'firsttoken-http-'))
// As root, Postgres is started as another user, who must be able to pass.
if (values.data === undefined) chmodSync(dir, 0o755)

async function onPostgres(): Promise<Part> {
  const settings = [
    'shared_buffers=1GB',
    'random_page_cost=1.1',
    'jit=off',
    'work_mem=16MB',
    'max_wal_size=4GB',
  ]
  const server = await startPostgres({ dir: join(dir, 'postgres'), settings })
  try {
    const sql = await openPostgres(server.url, limits)
    const questions = await prepare(sql)
    await sql.close()
    return await judge('Postgres', { DATABASE_URL: server.url }, { questions, slack: 1 })
  } finally {
    await server.stop()
  }
}

async function inEmbedded(): Promise<Part> {
  const sql = await openEmbedded({ dir: join(dir, 'embedded') })
  const questions = await prepare(sql)
  await sql.close()
  return judge('embedded', { DATA_DIR: join(dir, 'embedded') }, { questions, slack: 2 })
}

try {
  const isReads = values.part !== 'watchers'
  const parts = [
    ...(isReads && values.engine !== 'embedded' ? [await onPostgres()] : []),
    ...(isReads && values.engine !== 'postgres' ? [await inEmbedded()] : []),
    ...(values.part === 'reads' ? [] : [await watch(Number(values.watchers))]),
  ]
  printBench({
    name: `HTTP, ${rows} results; load of the machine ${loadavg().map(round).join(', ')}`,
    figures: parts.flatMap(({ figures }) => figures),
    goals: parts.flatMap(({ goals }) => goals),
  })
} finally {
  if (values.data === undefined) rmSync(dir, { recursive: true, force: true, maxRetries: 10 })
}
