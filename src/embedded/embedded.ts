import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, systemClock } from '../core/clock.ts'
import type { Listen, Listening, Sql, Statements } from '../store/connection.ts'
import { keepListening } from '../store/listening.ts'
import { rowsOf } from '../store/rows-of.ts'
import { fromDriver } from '../store/sql-errors.ts'
import { onDisk, prepareDirectory, socketName } from './data-directory.ts'
import { connect, type Connection } from './client.ts'
import { codeOf, messageOf } from '../core/error.ts'
import { keepUp, upkeepEveryMs } from './upkeep.ts'
import { type Owner, privateSocketName, startOwner } from './owner.ts'
import { isAlive, type Lock, type LockHolder, readLock, takeLock } from './lock.ts'
import { StoreError } from '../store/store.ts'

export interface EmbeddedOptions {
  /** The directory with the database, its lock and its socket; created if missing. */
  dir: string
  /** The migrations: the owner runs this before others can connect. */
  prepare?: (sql: Statements) => Promise<void>
  log?: (message: string) => void
  clock?: Clock
}

/** A connection to the database; `owner` is null if another process runs it. */
interface Access {
  connection: Connection
  owner: Owner | null
}

/**
 * Milliseconds. All clients share one backend, and a migration may build an index on a table that has grown
 * for years.
 */
const limits = { query: 120_000, script: 30 * 60_000 }

/** How long to wait for a live owner to open its socket, and how often to try. Milliseconds. */
const socketWait = { total: 120_000, step: 25 }

/**
 * Opens the embedded Postgres of a directory. The first process owns it: it runs the database in a worker
 * thread and serves it on a Unix socket in the directory, to which all other processes connect. If the owner
 * ends, the next query of any other process reopens the database: one becomes the owner, the rest connect to
 * it. A query that was in progress when the connection was lost rejects with SQLSTATE 08006 or 57P01, because
 * its outcome is unknown. Rejects with StoreError if the database cannot be opened.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Sql> {
  if (process.platform === 'win32') throw noUnixSockets()
  const resolved = { ...options, dir: path.resolve(options.dir) }
  let access: Access | null = await openAccess(resolved)
  let closed = false
  const report = (error: unknown) => options.log?.(`upkeep of the embedded database: ${messageOf(error)}`)

  const reach = async (): Promise<Connection> => {
    if (closed) throw new StoreError('bug', 'The embedded database was used after it was closed.')
    if (access?.connection.isLost()) {
      await access.owner?.close()
      access = null
    }
    access ??= await openAccess(resolved)
    return access.connection
  }
  const run: Connection['run'] = async (statement) => (await reach()).run(statement)
  const pages: Sql['pages'] = async function* (text, size) {
    await inTurn(reach)
    const connection = await connect(path.join(resolved.dir, socketName))
    try {
      yield* connection.pages({ text, size, timeout: limits.query })
    } finally {
      await connection.end()
    }
  }
  // Opens the database again if its owner has ended.
  const listeners = openListeners(() => inTurn(reach).then(() => path.join(resolved.dir, socketName)))
  const maintain = async () => {
    if (access?.owner && !access.connection.isLost()) await keepUp(access.connection)
  }
  const inTurn = takeTurns()
  const upkeep = setInterval(() => void inTurn(maintain).catch(report), upkeepEveryMs).unref()
  const close = async () => {
    closed = true
    clearInterval(upkeep)
    await listeners.close()
    await maintain().catch(report)
    await access?.connection.end()
    await access?.owner?.close()
    access = null
  }
  return {
    ...asSql((statement) => inTurn(() => run(statement))),
    pages,
    listen: listeners.listen,
    close: () => inTurn(close),
  }
}

const noUnixSockets = (): StoreError =>
  new StoreError(
    'invalid',
    'The embedded database needs Unix sockets: on Windows set DATABASE_URL or SUPABASE_URL, or use WSL.',
  )

/** Listens over connections of its own to whoever serves the socket; `close` ends all of them. */
function openListeners(reachSocket: () => Promise<string>) {
  const listenings = new Set<Listening>()
  const listen: Listen = async (channel, onNotify) => {
    const listening = await keepListening(async (notified) => {
      try {
        const connection = await connect(await reachSocket())
        return await connection.listen({ channel, timeout: limits.query, onNotify: notified })
      } catch (error) {
        throw fromDriver('the embedded database', error)
      }
    }, onNotify)
    listenings.add(listening)
    return listening
  }
  const close = () => Promise.all([...listenings].map((listening) => listening.close()))
  return { listen, close }
}

/** Runs asynchronous actions one after another. */
function takeTurns(): <T>(action: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (action) => {
    const done = last.then(action, action)
    last = done.catch(() => undefined)
    return done
  }
}

/** A connection as the migrations use it. */
const asSql = (run: Connection['run']): Statements => ({
  query: async (text, values = []) => {
    try {
      return { rows: rowsOf(await run({ text, values, timeout: limits.query })) }
    } catch (error) {
      // A text that began a transaction may have failed within it, and there is no other connection.
      if (values.length === 0) await run({ text: 'rollback', timeout: limits.query }).catch(() => undefined)
      throw error
    }
  },
  exec: async (text) => void (await run({ text, timeout: limits.script })),
})

/** Connects to the owner of the directory, or becomes the owner if no live process is. */
async function openAccess(options: EmbeddedOptions): Promise<Access> {
  const { dir, clock = systemClock, log = () => undefined } = options
  prepareDirectory(dir)
  const deadline = clock.now() + socketWait.total
  for (;;) {
    const holder = onDisk(dir, () => readLock(dir))
    const connection = holder && (await join(dir, holder))
    if (connection) {
      log(`joined the embedded database in ${dir}, which process ${holder.pid} runs`)
      return { connection, owner: null }
    }
    const lock = holder && isAlive(holder) ? null : onDisk(dir, () => takeLock(dir, holder))
    if (lock) return own(options, lock)
    if (holder && clock.now() > deadline) throw unserved(dir, holder)
    await delay(socketWait.step)
  }
}

const unserved = (dir: string, holder: LockHolder, why = 'does not serve it'): StoreError =>
  new StoreError(
    'unavailable',
    `Process ${holder.pid} holds ${dir} but ${why}. End that process, or choose another directory.`,
  )

/** A connection to the owner's socket; null while it is not served. */
async function join(dir: string, holder: LockHolder): Promise<Connection | null> {
  try {
    return await connect(path.join(dir, socketName))
  } catch (error) {
    if (notServed(error)) return null
    throw unserved(dir, holder, `its socket cannot be used (${messageOf(error)})`)
  }
}

/**
 * No socket, or no process behind it. An owner that is starting or ending sends 57P01 or 57P03, or closes the
 * connection.
 */
function notServed(error: unknown): boolean {
  const code = codeOf(error) ?? ''
  const hungUp = error instanceof Error && error.message === 'Connection terminated unexpectedly'
  return hungUp || ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P03'].includes(code)
}

/** Starts the database and prepares it before others can find its socket. */
async function own(options: EmbeddedOptions, lock: Lock): Promise<Access> {
  const { dir, log = () => undefined } = options
  const owner = await startOwner({ dir, lock, log })
  try {
    const connection = await connect(path.join(dir, privateSocketName))
    await options.prepare?.(asSql(connection.run))
    owner.announce()
    log(`this process runs the embedded database in ${dir}`)
    return { connection, owner }
  } catch (error) {
    await owner.close()
    throw error
  }
}
