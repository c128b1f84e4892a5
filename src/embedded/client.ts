import { dirname, extname } from 'node:path'
import type { Client } from 'pg'
import { asObject } from '../core/json.ts'
import type { RowPage } from '../core/row-page.ts'
import { type Reading, readPages } from '../store/cursor.ts'
import { codeOf, messageOf } from '../core/error.ts'
import { listenOn } from '../store/listening.ts'
import { withShortPath } from './unix-socket.ts'

/** A connection to the socket of an embedded database; runs one statement at a time. */
export interface Connection {
  run: (statement: Statement) => Promise<{ rows: Record<string, unknown>[] }>
  /** Uses the connection up: afterwards it can only be ended. */
  pages: (reading: Reading) => AsyncIterable<RowPage>
  /** Uses the connection up: afterwards it can only be ended. */
  listen: (listening: Parameters<typeof listenOn>[1]) => ReturnType<typeof listenOn>
  /** Whether the connection is lost for good. */
  isLost: () => boolean
  end: () => Promise<void>
}

/** A statement with bound values, or several as one text without values. `timeout` is in ms. */
interface Statement {
  text: string
  values?: unknown[]
  timeout: number
}

/** SQLSTATE connection_failure: the outcome of the statement is unknown. */
const connectionFailure = '08006'

/**
 * Long enough for an owner on a busy machine to create a database, or to finish another client's statement.
 */
const connectTimeoutMs = 60_000

/** Connects to a socket named `.s.PGSQL.<port>`. Rejects with the driver's error. */
export async function connect(socketPath: string): Promise<Connection> {
  let lost = false
  let lastError: unknown = null
  const client = await openClient(socketPath, (error) => {
    lost = true
    lastError ??= error
  })
  const explain = async (error: unknown) => {
    const timedOut = error instanceof Error && error.message === 'Query read timeout'
    lost ||= timedOut || endsConnection(error)
    if (lost) await client.end()
    return lost ? asConnectionFailure(error) : error
  }
  return {
    isLost: () => lost,
    end: () => client.end(),
    run: async ({ timeout, ...statement }) => {
      try {
        const query = { ...statement, query_timeout: timeout }
        return await client.query<Record<string, unknown>>(query)
      } catch (error) {
        throw await explain(error)
      }
    },
    listen: async (listening) => {
      try {
        return await listenOn(client, listening)
      } catch (error) {
        throw await explain(error)
      }
    },
    pages: async function* (reading) {
      try {
        yield* readPages(client, reading)
      } catch (error) {
        // The server may report an error between two pages: another client waited too long.
        throw await explain(lastError ?? error)
      }
    },
  }
}

/** Connects; `onLost` is called whenever the connection fails or ends, with the error if there is one. */
async function openClient(socketPath: string, onLost: (error: unknown) => void): Promise<Client> {
  const { Client } = await import('pg')
  return withShortPath(socketPath, async (shortPath) => {
    const client = new Client({
      host: dirname(shortPath),
      port: Number(extname(shortPath).slice(1)),
      user: 'postgres',
      database: 'postgres',
      password: '',
      ssl: false,
      connectionTimeoutMillis: connectTimeoutMs,
    })
    // Before connecting: an owner that ends meanwhile may report it in the same packet as its readiness, and
    // without a listener that error would end the process.
    client.on('error', onLost)
    client.on('end', () => onLost(null))
    await client.connect()
    return client
  })
}

/** After a FATAL error, or one of class 08 (connection exception), the server closes the connection. */
const endsConnection = (error: unknown): boolean =>
  asObject(error)?.['severity'] === 'FATAL' || codeOf(error)?.startsWith('08') === true

/**
 * An error that the server sent before it closed the connection keeps its code; one that the driver noticed
 * gets ours.
 */
function asConnectionFailure(error: unknown): unknown {
  if (asObject(error)?.['severity'] !== undefined) return error
  return Object.assign(
    new Error(`the connection to the embedded database was lost: ${messageOf(error)}`, { cause: error }),
    {
      code: connectionFailure,
    },
  )
}
