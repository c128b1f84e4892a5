import type { Sql } from './connection.ts'
import { readPages } from './cursor.ts'
import { fromDriver } from './sql-errors.ts'
import { StoreError } from './store.ts'

/** Milliseconds. A migration may build an index on a table that has grown for years. */
const defaultLimits = { connect: 10_000, query: 15_000, script: 30 * 60_000 }

/** Enough for a run whose probes overlap; a small Supabase plan has 60 connections in all. */
const poolSize = 4

/**
 * Opens a pool of connections, the first one immediately, so that a wrong URL fails here. Rejects with
 * StoreError, as do its queries. Time limits are enforced by the client, which gives up a connection that
 * exceeds one, because poolers (PgBouncer, Supavisor) refuse the server's own setting or share it between
 * clients.
 */
export async function openPostgres(url: string, limits = defaultLimits): Promise<Sql> {
  const { Pool } = await import('pg')
  const pool = new Pool({
    connectionString: withLibpqTls(url),
    max: poolSize,
    connectionTimeoutMillis: limits.connect,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    application_name: 'firsttoken',
  })
  // The server closed an idle connection; the next query opens another.
  pool.on('error', () => undefined)
  const run = async (text: string, options: { values?: unknown[]; timeout: number }) => {
    try {
      const config = { text, query_timeout: options.timeout }
      return await pool.query<Record<string, unknown>>(
        options.values === undefined ? config : { ...config, values: options.values },
      )
    } catch (error) {
      throw fromDriver('Postgres', error)
    }
  }
  const pages: Sql['pages'] = async function* (text, size) {
    try {
      const client = await pool.connect()
      // The server closed the connection; the next query reports it.
      client.on('error', () => undefined)
      try {
        yield* readPages(client, { text, size, timeout: limits.query })
      } finally {
        client.release(true)
      }
    } catch (error) {
      throw fromDriver('Postgres', error)
    }
  }
  const sql: Sql = {
    pages,
    query: async (text, values = []) => ({ rows: (await run(text, { values, timeout: limits.query })).rows }),
    exec: async (text) => void (await run(text, { timeout: limits.script })),
    close: () => pool.end(),
  }
  await sql.query('select').catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  return sql
}

/**
 * TLS as psql reads the URL: `sslmode=require` encrypts without verifying the server, `verify-full` with
 * `sslrootcert` verifies it. The driver alone would verify for `require` too, and reject Supabase's own
 * authority.
 */
function withLibpqTls(url: string): string {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw new StoreError(
      'invalid',
      'DATABASE_URL is not the URL of a Postgres: it should look like ' +
        'postgres://user:password@host:5432/database, with special characters in the password percent-encoded.',
    )
  }
  const parsed = new URL(url)
  if (parsed.searchParams.has('sslmode')) parsed.searchParams.set('uselibpqcompat', 'true')
  return parsed.href
}
