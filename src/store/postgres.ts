import type { Pool } from 'pg'
import { codeOf } from '../core/error.ts'
import type { Listen, Sql } from './connection.ts'
import { readPages } from './cursor.ts'
import { parseDatabaseUrl } from './database-url.ts'
import { rowsOf } from './rows-of.ts'
import { keepListening, listenOn } from './listening.ts'
import { planTls, type Tls, tlsMisfit } from './postgres-tls.ts'
import { fromDriver } from './sql-errors.ts'
import { StoreError } from './store.ts'

/** Milliseconds. A migration may build an index on a table that has grown for years. */
const defaultLimits = { connect: 10_000, query: 15_000, script: 30 * 60_000 }

/** Enough for a run whose probes overlap; a small Supabase plan has 60 connections in all. */
const usualConnections = 4

/**
 * Opens a pool of connections, the first one immediately, so that a wrong URL fails here. Rejects with
 * StoreError, as do its queries. Time limits are enforced by the client, which gives up a connection that
 * exceeds one, because poolers (PgBouncer, Supavisor) refuse the server's own setting or share it between
 * clients.
 */
export async function openPostgres(
  text: string,
  limits = defaultLimits,
  connections = usualConnections,
): Promise<Sql> {
  const parsed = parseDatabaseUrl(text)
  if ('problem' in parsed) throw new StoreError('invalid', `DATABASE_URL ${parsed.problem}.`)
  const { url, attempts } = planTls(parsed.url, process.env['PGSSLMODE'] || undefined)
  const [first, ...others] = attempts
  try {
    return await openPool({ url, tls: first, limits, connections })
  } catch (error) {
    const [second] = others
    if (second === undefined || !mayFallBack(error)) throw error
    return openPool({ url, tls: second, limits, connections })
  }
}

/** Whether the other way to use TLS may do: the server refused this one, not us. */
const mayFallBack = (error: unknown): boolean =>
  error instanceof StoreError && (tlsMisfit(error.cause) !== null || codeOf(error.cause) === '28000')

/** A driver's error as a StoreError; TLS that does not fit is a wrong setting, which waiting does not mend. */
function explained(error: unknown): StoreError {
  const why = error instanceof StoreError ? null : tlsMisfit(error)
  return why === null
    ? fromDriver('Postgres', error)
    : new StoreError('invalid', `Postgres: ${why}`, { code: codeOf(error), cause: error })
}

/** Opens a pool whose connections all use TLS alike, and tries it. */
async function openPool(parts: {
  url: string
  tls: Tls
  limits: typeof defaultLimits
  connections: number
}): Promise<Sql> {
  const { Client, Pool } = await import('pg')
  const { url, tls, limits, connections } = parts
  const pool = new Pool({
    connectionString: url,
    ssl: tls,
    max: connections,
    connectionTimeoutMillis: limits.connect,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    application_name: 'firsttoken',
  })
  // The server closed an idle connection; the next query opens another.
  pool.on('error', () => undefined)
  const connectOne = async () => {
    const client = new Client({
      connectionString: url,
      ssl: tls,
      connectionTimeoutMillis: limits.connect,
      keepAlive: true,
      application_name: 'firsttoken',
    })
    // The server closed the connection; its end says so.
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
  const listen: Listen = (channel, onNotify) =>
    keepListening(async (notified) => {
      try {
        return await listenOn(await connectOne(), { channel, timeout: limits.query, onNotify: notified })
      } catch (error) {
        throw explained(error)
      }
    }, onNotify)
  const sql = { ...sqlOver(pool, limits), listen }
  await sql.query('select').catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  return sql
}

function sqlOver(pool: Pool, limits: typeof defaultLimits): Omit<Sql, 'listen'> {
  const run = async (text: string, options: { values?: unknown[]; timeout: number }) => {
    try {
      const config = { text, query_timeout: options.timeout }
      return await pool.query<Record<string, unknown>>(
        options.values === undefined ? config : { ...config, values: options.values },
      )
    } catch (error) {
      throw explained(error)
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
      throw explained(error)
    }
  }
  return {
    pages,
    query: async (text, values = []) => ({
      rows: rowsOf(await run(text, { values, timeout: limits.query })),
    }),
    exec: async (text) => void (await run(text, { timeout: limits.script })),
    close: () => pool.end(),
  }
}
