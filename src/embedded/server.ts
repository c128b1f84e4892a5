import { createServer, type Server, type Socket } from 'node:net'
import {
  type Change,
  changesIn,
  Listeners,
  mayListen,
  type Notification,
  readOutput,
} from './notifications.ts'
import {
  errorMessage,
  type FrontendMessage,
  MessageReader,
  ProtocolError,
  queryMessage,
  syncMessage,
} from './postgres-protocol.ts'

/** A Postgres backend in this thread, with one session that all clients share. */
export interface Backend {
  /** Runs complete messages and returns the backend's response. */
  run: (bytes: Uint8Array) => Buffer[]
  inTransaction: () => boolean
  /** What a new client is sent: authenticated, parameters, ready. */
  greeting: Buffer
}

/**
 * Messages that must run together: a simple query, or an extended one up to its Sync. `open` if it ended with
 * a Flush.
 */
interface Unit {
  bytes: Buffer
  open: boolean
  /** The texts of its statements, if they may listen. */
  texts: string[]
}

interface Client {
  socket: Socket
  /** Messages of a unit that is not complete. */
  parts: Buffer[]
  /** The texts among them that may listen. */
  texts: string[]
  /** What its transaction listens to, once it is committed. */
  changes: Change[]
  /** Whether its transaction may have changed what the shared session listens to. */
  mayListen: boolean
}

/** How long a client may leave its transaction open while others wait, in ms. */
const defaultIdleMs = 10_000

/**
 * The backend cannot wait for the rows of such a COPY: it would exit (code 1) and take all clients with it.
 */
const copyFromClient = /(?:^|[;\0])\s*copy\s[^;']*\sfrom\s+stdin\b/i
const copyRefusal = 'the embedded database cannot COPY FROM STDIN: use INSERT'

/** The rows of a refused COPY, which the server skips. */
const restOfCopy = 'dcf'

/** Undoes the settings of one client in the shared session. */
const resetSession = 'reset session authorization; reset role; reset all; select pg_advisory_unlock_all()'

/**
 * Serves the Postgres protocol to many clients over one backend. A client has the backend to itself from the
 * first byte of a unit until the backend is idle and outside a transaction, so that no client's Bind meets
 * another's Parse. The backend listens for all clients: each notification goes to those that asked for its channel.
 */
export class EmbeddedServer {
  readonly #backend: Backend
  readonly #idleMs: number
  readonly #server: Server
  readonly #clients = new Set<Client>()
  readonly #sockets = new Set<Socket>()
  readonly #listeners = new Listeners<Client>()
  #queue: { client: Client; unit: Unit }[] = []
  #holder: Client | null = null
  #isScheduled = false
  #isStopping = false
  /** Whether somebody who listened has left, and the session still listens. */
  #hasLeft = false
  #idleTimer: NodeJS.Timeout | undefined

  constructor(backend: Backend, idleMs: number = defaultIdleMs) {
    this.#backend = backend
    this.#idleMs = idleMs
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /** Listens on a Unix socket; rejects with the system's error. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
  }

  /**
   * Ends every connection: statements that have arrived are run, an open transaction is rolled back, and
   * every client gets SQLSTATE 57P01. New connections are refused with 57P03 until `close`.
   */
  stop(): void {
    this.#isStopping = true
    while (this.#runNext()) continue
    for (const client of this.#clients) {
      this.#disconnect(
        client,
        '57P01',
        'the process that held the embedded database has ended; connect again',
      )
    }
  }

  /** Stops listening, and waits a moment for clients to read the last messages. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    const timer = setTimeout(() => this.#sockets.forEach((socket) => socket.destroy()), 1000)
    await closed
    clearTimeout(timer)
  }

  #accept(socket: Socket): void {
    const client: Client = { socket, parts: [], texts: [], changes: [], mayListen: false }
    const reader = new MessageReader()
    this.#sockets.add(socket)
    socket.on('data', (chunk: Buffer) => this.#read(client, () => reader.read(chunk)))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#forget(client)
    })
  }

  #read(client: Client, messages: () => FrontendMessage[]): void {
    if (client.socket.writableEnded) return
    try {
      for (const message of messages()) this.#receive(client, message)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#disconnect(client, '08P01', error.message)
    }
  }

  #receive(client: Client, message: FrontendMessage): void {
    switch (message.type) {
      case 'encryption':
        client.socket.write('N')
        break
      case 'startup':
        this.#greet(client)
        break
      case 'X':
      case 'cancel':
        client.socket.end()
        break
      default:
        this.#collect(client, message)
    }
  }

  /** Collects messages until they can be run. */
  #collect(client: Client, message: FrontendMessage): void {
    const { type, bytes } = message
    if ('QP'.includes(type) && mayListen(bytes)) client.texts.push(textOf(message))
    if (type === 'Q') this.#enqueue(client, asksForRows(message) ? raise('0A000', copyRefusal) : bytes)
    else if (type === 'S' || type === 'H') this.#enqueue(client, bytes, type === 'H')
    else if (type === 'P' && asksForRows(message)) throw new ProtocolError(copyRefusal)
    else if ('PBDEC'.includes(type)) client.parts.push(bytes)
    else if (!restOfCopy.includes(type)) throw new ProtocolError(`unknown message type ${type}`)
  }

  #greet(client: Client): void {
    if (this.#isStopping) {
      return this.#disconnect(client, '57P03', 'the process that holds the embedded database is ending')
    }
    this.#clients.add(client)
    client.socket.write(this.#backend.greeting)
  }

  #enqueue(client: Client, last: Buffer, open = false): void {
    const bytes = Buffer.concat([...client.parts, last])
    this.#queue.push({ client, unit: { bytes, open, texts: client.texts } })
    client.parts = []
    client.texts = []
    this.#schedule()
  }

  /**
   * Runs the next unit in its own turn of the event loop, so that sockets are read and written in between.
   */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      if (this.#runNext()) this.#schedule()
    })
  }

  /**
   * Runs the first unit in the queue, or the first of the client that holds the backend; false if there is
   * none.
   */
  #runNext(): boolean {
    const index = this.#holder ? this.#queue.findIndex(({ client }) => client === this.#holder) : 0
    const [next] = index < 0 ? [] : this.#queue.splice(index, 1)
    if (!next) return false
    clearTimeout(this.#idleTimer)
    const output = this.#run(next.unit, next.client)
    const held = next.unit.open || this.#backend.inTransaction()
    this.#holder = held ? next.client : null
    if (held) this.#watchIdle(next.client)
    else this.#applyChanges(next.client, output)
    return true
  }

  /** Runs a unit and sends what the backend says to whom it is for; returns the last tag, null after an error. */
  #run({ bytes, texts }: Unit, client: Client): string | null {
    const { answer, notifications, tags, failed } = readOutput(Buffer.concat(this.#backend.run(bytes)))
    client.socket.write(answer)
    this.#deliver(notifications)
    client.mayListen ||= texts.length > 0
    const listened = tags.some((tag) => /LISTEN|DISCARD ALL/.test(tag))
    if (listened && !failed) client.changes.push(...texts.flatMap(changesIn))
    return failed ? null : (tags.at(-1) ?? null)
  }

  #deliver(notifications: readonly Notification[]): void {
    for (const { channel, bytes } of notifications)
      for (const { socket } of this.#listeners.of(channel)) if (socket.writable) socket.write(bytes)
  }

  /** What a client listens to changes when its transaction is committed. */
  #applyChanges(client: Client, lastTag: string | null): void {
    const changes = client.changes.splice(0)
    if (lastTag !== null && lastTag !== 'ROLLBACK') this.#listeners.change(client, changes)
    // What it stopped listening to, another may still want to hear.
    if (client.mayListen || this.#hasLeft) this.#runOwn(queryMessage(this.#listeners.statement()))
    client.mayListen = false
    this.#hasLeft = false
  }

  /** Runs statements of the server's own; what the session is told meanwhile is delivered. */
  #runOwn(bytes: Buffer): void {
    this.#deliver(readOutput(Buffer.concat(this.#backend.run(bytes))).notifications)
  }

  /** Disconnects a client that leaves its transaction open while others wait. */
  #watchIdle(client: Client): void {
    this.#idleTimer = setTimeout(() => {
      if (this.#queue.length === 0) return this.#watchIdle(client)
      this.#disconnect(client, '25P03', 'the transaction was left open while other clients waited')
    }, this.#idleMs)
  }

  #disconnect(client: Client, code: string, text: string): void {
    this.#forget(client)
    client.socket.end(errorMessage(code, text))
  }

  /** Forgets a client, its unfinished transaction and its settings in the shared session. */
  #forget(client: Client): void {
    if (!this.#clients.delete(client)) return
    this.#queue = this.#queue.filter((waiting) => waiting.client !== client)
    this.#hasLeft ||= this.#listeners.forget(client)
    if (this.#holder === client) {
      clearTimeout(this.#idleTimer)
      this.#holder = null
      this.#runOwn(Buffer.concat([syncMessage(), queryMessage('rollback')]))
    }
    if (this.#holder === null) {
      this.#runOwn(queryMessage(resetSession))
      this.#applyChanges(client, null)
    }
    this.#schedule()
  }
}

/** The text of a simple query, or of a Parse, after the name of its statement. */
function textOf({ type, bytes }: FrontendMessage): string {
  const start = type === 'Q' ? 5 : bytes.indexOf(0, 5) + 1
  return bytes.toString('utf8', start, bytes.indexOf(0, start))
}

const asksForRows = ({ bytes }: FrontendMessage): boolean => copyFromClient.test(bytes.toString('latin1', 5))

/**
 * A query that fails with this error, so that the backend itself answers, in order and within the current
 * transaction.
 */
const raise = (code: string, text: string): Buffer =>
  queryMessage(`do $$ begin raise exception using errcode = '${code}', message = '${text}'; end $$`)
