import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { isLoaded, lastSlot, load, type Say, type Timings, topUp } from './load.ts'
import { loadSeed, topUpSeed } from './seed.ts'

/**
 * As a small dedicated machine would have it; no JIT, which costs more than it gives for queries of
 * milliseconds.
 */
const common = [
  'shared_buffers=4GB',
  'effective_cache_size=12GB',
  'random_page_cost=1.1',
  'jit=off',
  'max_wal_size=8GB',
]
const whileLoading = [
  'work_mem=256MB',
  'maintenance_work_mem=1GB',
  'checkpoint_timeout=60min',
  'autovacuum=off',
  'wal_level=minimal',
  'max_wal_senders=0',
]
/** Nothing is forgotten: what is written is as safe as it would be anywhere. */
const whileMeasured = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on', 'checkpoint_timeout=15min']

/** One server with three databases: many results, the same in the seed's tables, and few. */
export interface Databases {
  dir: string
  urls: { large: string; seed: string; small: string }
  timings: Timings
  stop: () => Promise<void>
}

const limits = { connect: 10_000, query: 60 * 60_000, script: 4 * 60 * 60_000 }
const smallRows = 10_000

/**
 * Starts the server with all three loaded. A kept directory is used again where it holds as many rows, and
 * gets what has passed since; one that holds anything else is loaded anew.
 */
export async function openDatabases(rows: number, kept: string | null, say: Say): Promise<Databases> {
  const dir = kept ?? mkdtempSync(join(tmpdir(), 'firsttoken-history-'))
  const remove = () => {
    if (kept === null) rmSync(dir, { recursive: true, force: true, maxRetries: 10 })
  }
  try {
    const timings = await fill(dir, rows, say)
    // What was written while nobody waited for the disk is on it before anything is measured.
    spawnSync('sync')
    const server = await startPostgres({ dir, settings: [...common, ...whileMeasured] })
    const stop = async () => {
      await server.stop()
      remove()
    }
    return { dir, urls: urlsOf(server.url), timings, stop }
  } catch (error) {
    remove()
    throw error
  }
}

const urlsOf = (url: string): Databases['urls'] => {
  const named = (name: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href
  return { large: named('large'), seed: named('seed'), small: named('small') }
}

async function fill(dir: string, rows: number, say: Say): Promise<Timings> {
  const server = await startPostgres({ dir, settings: [...common, ...whileLoading] })
  try {
    const urls = urlsOf(server.url)
    const until = lastSlot()
    if (await isThere(server.url, urls, rows)) {
      say('loaded before: adding what has passed since')
      await addPassed(dir, urls, { until, chunkDays: 30, say })
      return {}
    }
    await withSql(server.url, async (admin) => {
      for (const name of ['large', 'seed', 'small']) {
        await admin.exec(`drop database if exists ${name}`)
        await admin.exec(`create database ${name}`)
      }
    })
    await withSql(urls.small, (small) => load(small, { rows: smallRows, until, chunkDays: 30, say }))
    const timings = await withSql(urls.large, async (large) => {
      const began = performance.now()
      const spent = await load(large, { rows, until, chunkDays: 30, say })
      say(`all of it: ${Math.round((performance.now() - began) / 1000)} s`)
      return spent
    })
    await withSql(urls.large, (from) => withSql(urls.seed, (to) => loadSeed({ from, to, dir })))
    say("the seed's tables are loaded")
    return timings
  } finally {
    await server.stop()
  }
}

/** The seed's database comes last: with results in it everything is there. */
async function isThere(server: string, urls: Databases['urls'], rows: number): Promise<boolean> {
  const names = await withSql(server, (admin) =>
    admin.query(`select from pg_database where datname in ('large', 'seed', 'small')`),
  )
  if (names.rows.length < 3 || !(await withSql(urls.large, (sql) => isLoaded(sql, rows)))) return false
  const indexed = `select from pg_indexes where indexname = 'idx_benchmark_results_created_at'`
  return (await withSql(urls.seed, (sql) => sql.query(indexed))).rows.length > 0
}

async function addPassed(
  dir: string,
  urls: Databases['urls'],
  more: Parameters<typeof topUp>[1],
): Promise<void> {
  await withSql(urls.small, (small) => topUp(small, more))
  await withSql(urls.large, async (from) => {
    const since = await topUp(from, more)
    if (since < more.until) await withSql(urls.seed, (to) => topUpSeed({ from, to, dir }, since))
  })
}

/** Does something with a connection that waits for as long as it takes. */
export async function withSql<T>(url: string, action: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = await openPostgres(url, limits)
  try {
    return await action(sql)
  } finally {
    await sql.close()
  }
}
