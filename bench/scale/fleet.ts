import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { startPostgres } from '../../test/support/postgres.ts'
import { withSql } from '../history/databases.ts'

/** As bench/history: a small dedicated machine; what is written is safe. */
const settings = [
  'shared_buffers=4GB',
  'effective_cache_size=12GB',
  'random_page_cost=1.1',
  'jit=off',
  'max_wal_size=8GB',
  'work_mem=64MB',
  'maintenance_work_mem=1GB',
  'autovacuum=off',
]

/** A server with a database that holds a day of a fleet, and others that are empty but for the schema. */
export interface Fleet {
  url: string
  /** Creates a database with the schema alone. */
  createEmpty: (name: string) => Promise<string>
  stop: () => Promise<void>
}

/** A script of this folder. */
export const script = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')

/** Starts the server and loads a day of so many tracks, 96 results each. */
export async function openFleet(tracks: number, say: (message: string) => void): Promise<Fleet> {
  const server = await startPostgres({ settings })
  const named = (name: string) => Object.assign(new URL(server.url), { pathname: `/${name}` }).href
  const createEmpty = async (name: string) => {
    await withSql(server.url, (sql) => sql.exec(`create database ${name}`))
    await withSql(named(name), (sql) => migrate(sql, readMigrations()))
    return named(name)
  }
  try {
    const url = await createEmpty('fleet')
    await withSql(url, async (sql) => {
      await sql.exec(script('fleet.sql'))
      await sql.exec(script('before.sql'))
      await sql.query('select bench.make_fleet($1)', [tracks])
      await sql.exec('analyze')
      await sql.exec('select bench.make_day()')
      say('results are loaded')
      await sql.exec('vacuum analyze')
      const day = `date_trunc('day', now(), 'UTC') - interval '24 hours'`
      await sql.exec(`select firsttoken.rebuild_range(${day}, ${day} + interval '23 hours 59 minutes', null)`)
      await sql.exec('vacuum analyze')
      say('rollups are made')
    })
    return { url, createEmpty, stop: server.stop }
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** One connection, for what holds a transaction open. */
export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}

/** How long a statement takes, in ms. */
export async function time(client: Client, text: string, values: unknown[] = []): Promise<number> {
  const began = performance.now()
  await client.query(text, values)
  return performance.now() - began
}
