import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, systemClock } from '../core/clock.ts'
import type { Sql, Statements } from '../store/connection.ts'
import { onDisk, prepareDirectory, socketName } from './data-directory.ts'
import { connect, type Connection } from './client.ts'
import { codeOf, messageOf } from '../core/error.ts'
import { keepUp, upkeepEveryMs } from './upkeep.ts'
import { type Owner, privateSocketName, startOwner } from './owner.ts'
import { isAlive, type Lock, type LockHolder, readLock, takeLock } from './lock.ts'
import { StoreError } from '../store/store.ts'

export interface EmbeddedOptions {
  /** The directory that holds the database, its lock and its socket; made if it is not there. */
  dir: string
  /** Run by the owner before anybody else may use the database: the migrations. */
  prepare?: (sql: Statements) => Promise<void>
  log?: (message: string) => void
  clock?: Clock
}

/** A way to the database; `owner` when this process is the one that runs it. */
interface Access {
  connection: Connection
  owner: Owner | null
}

/** Milliseconds. Everybody shares one backend; a migration may build an index on a table that has grown for years. */
const limits = { query: 120_000, script: 30 * 60_000 }

/** How long to wait for an owner that is alive to open its socket, and how often to look. Milliseconds. */
const patience = { total: 120_000, step: 25 }

/**
 * Opens the embedded Postgres of a directory. The first process to come owns it, runs it in a worker thread and serves
 * it on a Unix socket in the directory; every other joins there. When the owner ends, the next query of any other
 * opens it anew: one becomes the owner, the rest join it. A query that was under way when the connection was lost
 * rejects with SQLSTATE 08006 or 57P01, for its outcome is unknown. Rejects with StoreError where there is no database.
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Sql> {
  if (process.platform === 'win32') {
    throw new StoreError(
      'invalid',
      'The embedded database needs Unix sockets, which Windows lacks: set DATABASE_URL or SUPABASE_URL, or use WSL.',
    )
  }
  const settled = { ...options, dir: path.resolve(options.dir) }
  let access: Access | null = await openAccess(settled)
  let closed = false
  const tell = (error: unknown) => options.log?.(`looking after the embedded database: ${messageOf(error)}`)

  const reach = async (): Promise<Connection> => {
    if (closed) throw new StoreError('bug', 'The embedded database was used after it was closed.')
    if (access?.connection.isLost()) {
      await access.owner?.close()
      access = null
    }
    access ??= await openAccess(settled)
    return access.connection
  }
  const run: Connection['run'] = async (statement) => (await reach()).run(statement)
  const pages: Sql['pages'] = async function* (text, size) {
    await inTurn(reach)
    const connection = await connect(path.join(settled.dir, socketName))
    try {
      yield* connection.pages({ text, size, timeout: limits.query })
    } finally {
      await connection.end()
    }
  }
  const look = async () => {
    if (access?.owner && !access.connection.isLost()) await keepUp(access.connection)
  }
  const inTurn = takeTurns()
  const upkeep = setInterval(() => void inTurn(look).catch(tell), upkeepEveryMs).unref()
  const close = async () => {
    closed = true
    clearInterval(upkeep)
    await look().catch(tell)
    await access?.connection.end()
    await access?.owner?.close()
    access = null
  }
  return { ...asSql((statement) => inTurn(() => run(statement))), pages, close: () => inTurn(close) }
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

/** What a connection runs, as statements and scripts. */
const asSql = (run: Connection['run']): Statements => ({
  query: (text, values = []) => run({ text, values, timeout: limits.query }),
  exec: async (text) => void (await run({ text, timeout: limits.script })),
})

/** Joins whoever holds the directory, or becomes its owner where nobody alive does. */
async function openAccess(options: EmbeddedOptions): Promise<Access> {
  const { dir, clock = systemClock, log = () => undefined } = options
  prepareDirectory(dir)
  const deadline = clock.now() + patience.total
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
    await delay(patience.step)
  }
}

const unserved = (dir: string, holder: LockHolder, why = 'does not serve it'): StoreError =>
  new StoreError(
    'unavailable',
    `Process ${holder.pid} holds ${dir} but ${why}. End that process, or name another directory.`,
  )

/** A connection to the owner's socket; null while nobody serves there. */
async function join(dir: string, holder: LockHolder): Promise<Connection | null> {
  try {
    return await connect(path.join(dir, socketName))
  } catch (error) {
    if (notServed(error)) return null
    throw unserved(dir, holder, `its socket cannot be used (${messageOf(error)})`)
  }
}

/** No socket, or nobody behind it; an owner that begins or ends says 57P01 or 57P03, or hangs up. */
function notServed(error: unknown): boolean {
  const code = codeOf(error) ?? ''
  const hungUp = error instanceof Error && error.message === 'Connection terminated unexpectedly'
  return hungUp || ['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P03'].includes(code)
}

/** Runs the database and prepares it; others find its socket only then. */
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
