import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { percentile } from '../src/core/statistics.ts'
import { openEmbedded } from '../src/embedded/embedded.ts'
import type { Sql } from '../src/store/connection.ts'
import { openPostgres } from '../src/store/postgres.ts'
import { createSqlStore } from '../src/store/sql.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { atMost, type Goal, printBench, round } from './goals.ts'
import { isLoaded, lastSlot, load, topUp } from './history/load.ts'
import { type Question, questionsOf } from './reads/questions.ts'

// Every read of the API over the store, at half a million results of 60 targets in three regions, on Postgres
// and in the embedded database. Loading takes minutes; with --data it is done once. The goals are for a
// machine that does nothing else: beside its load, cpu says what the server itself spent on an answer.
const { values } = parseArgs({
  options: {
    json: { type: 'boolean' },
    rows: { type: 'string', default: '500000' },
    data: { type: 'string' },
    engine: { type: 'string' },
    repeats: { type: 'string', default: '50' },
  },
})
const rows = Number(values.rows)
const repeats = Number(values.repeats)
const limits = { connect: 10_000, query: 3_600_000, script: 3_600_000 }
const began = performance.now()
const say = (message: string) =>
  process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s  ${message}\n`)

interface Measured {
  p50: number
  p99: number
  /** Milliseconds of the server's process; null where it is ours too. */
  cpu: number | null
  bytes: number
}

/** The time that a process has been on a CPU, in ms; null where the kernel does not say. */
function cpuOf(pid: number | null): number | null {
  if (pid === null) return null
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    return null
  }
}

async function measure({ ask }: Question, pid: number | null): Promise<Measured> {
  const bytes = JSON.stringify(await ask()).length
  const before = cpuOf(pid)
  const times: number[] = []
  while (times.length < repeats) {
    const start = performance.now()
    await ask()
    times.push(performance.now() - start)
  }
  const after = cpuOf(pid)
  return {
    p50: percentile(times, 0.5) ?? 0,
    p99: percentile(times, 0.99) ?? 0,
    cpu: before === null || after === null ? null : (after - before) / repeats,
    bytes,
  }
}

/** Loads a database unless it is loaded, and asks it everything. `slack`: how much more it may take. */
async function judge(engine: string, sql: Sql, slack: number) {
  const more = { until: lastSlot(), chunkDays: 5, say }
  if (await isLoaded(sql, rows)) await topUp(sql, more)
  else await load(sql, { rows, ...more })
  const { rows: found } = await sql.query('select pg_backend_pid() as pid')
  const pid = engine === 'Postgres' ? Number(found[0]?.['pid']) : null
  const figures: Record<string, unknown>[] = []
  const goals: Goal[] = []
  const scanned = await sequentialScans(sql)
  for (const question of await questionsOf(sql, createSqlStore(sql))) {
    const { p50, p99, cpu, bytes } = await measure(question, pid)
    const name = `${engine}: ${question.name}`
    const load1 = loadavg()[0] ?? 0
    say(`${name}: p50 ${round(p50)} ms, p99 ${round(p99)} ms, cpu ${cpu === null ? '-' : round(cpu)} ms`)
    figures.push({
      name,
      p50: round(p50),
      p99: round(p99),
      cpu: cpu === null ? null : round(cpu),
      bytes,
      load: round(load1),
    })
    if (question.limit === null) continue
    goals.push(atMost(`${name}, p50 ms`, slack * question.limit, p50))
    goals.push(atMost(`${name}, p99 ms`, slack * 60, p99))
    if (question.name.startsWith('now')) goals.push(atMost(`${name}, bytes`, 81_920, bytes))
  }
  const scans = (await sequentialScans(sql)) - scanned
  goals.push(atMost(`${engine}: sequential scans of results, probes and rollups by the hour`, 0, scans))
  return { figures, goals }
}

/** How often the large tables were read from end to end. */
async function sequentialScans(sql: Sql): Promise<number> {
  await sql.query('select pg_stat_force_next_flush()')
  const { rows: found } = await sql.query(
    `select sum(seq_scan)::int as n from pg_stat_user_tables
      where relname in ('benchmark_results', 'probes', 'rollups_hourly', 'timelines')`,
  )
  return Number(found[0]?.['n'])
}

const dir = values.data ?? mkdtempSync(join(tmpdir(), 'firsttoken-reads-'))
// As root, Postgres is started as another user, who must be able to pass.
if (values.data === undefined) chmodSync(dir, 0o755)

async function onPostgres() {
  const server = await startPostgres({
    dir: join(dir, 'postgres'),
    settings: ['shared_buffers=1GB', 'random_page_cost=1.1', 'jit=off', 'work_mem=16MB', 'max_wal_size=4GB'],
  })
  const sql = await openPostgres(server.url, limits)
  try {
    return await judge('Postgres', sql, 1)
  } finally {
    await sql.close()
    await server.stop()
  }
}

async function inEmbedded() {
  const sql = await openEmbedded({ dir: join(dir, 'embedded') })
  try {
    return await judge('embedded', sql, 2)
  } finally {
    await sql.close()
  }
}

try {
  const results = [
    ...(values.engine === 'embedded' ? [] : [await onPostgres()]),
    ...(values.engine === 'postgres' ? [] : [await inEmbedded()]),
  ]
  printBench({
    name: `reads of ${rows} results; load of the machine ${loadavg().map(round).join(', ')}`,
    figures: results.flatMap(({ figures }) => figures),
    goals: results.flatMap(({ goals }) => goals),
  })
} finally {
  if (values.data === undefined) rmSync(dir, { recursive: true, force: true, maxRetries: 10 })
}
