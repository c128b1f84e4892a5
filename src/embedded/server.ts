import { createServer, type Server, type Socket } from 'node:net'
import {
  errorMessage,
  type FrontendMessage,
  MessageReader,
  ProtocolError,
  queryMessage,
  syncMessage,
} from './postgres-protocol.ts'

/** A Postgres backend in this thread: one session, whoever speaks to it. */
export interface Backend {
  /** Runs whole messages and gives what the backend answers. */
  run: (bytes: Uint8Array) => Buffer[]
  inTransaction: () => boolean
  /** What a backend says to a new client: authenticated, parameters, ready. */
  greeting: Buffer
}

/** Messages that must not be parted: a simple query, or an extended one up to its Sync. `open` when a Flush ended it early. */
interface Unit {
  bytes: Buffer
  open: boolean
}

interface Client {
  socket: Socket
  /** Parts of a unit that is not complete. */
  parts: Buffer[]
}

/** Milliseconds that a client may leave its transaction open while others wait. */
const defaultPatienceMs = 10_000

/** The backend cannot wait for the rows of such a COPY, and would end (exit code 1) with all its clients. */
const copyFromClient = /(?:^|[;\0])\s*copy\s[^;']*\sfrom\s+stdin\b/i
const copyRefusal = 'the embedded database cannot COPY FROM STDIN: use INSERT'

/** The rows of a COPY that was refused: the protocol has a server skip them. */
const restOfCopy = 'dcf'

/** Undoes what one client set for the session that all share. */
const resetSession = 'reset session authorization; reset role; reset all; select pg_advisory_unlock_all()'

/**
 * Serves the Postgres protocol to many clients over one backend. A client has the backend to itself from the first
 * byte of a unit until the backend is idle and outside a transaction, so no client's Bind meets another's Parse.
 */
export class EmbeddedServer {
  readonly #backend: Backend
  readonly #patienceMs: number
  readonly #server: Server
  readonly #clients = new Set<Client>()
  readonly #sockets = new Set<Socket>()
  #line: { client: Client; unit: Unit }[] = []
  #holder: Client | null = null
  #stepping = false
  #stopping = false
  #idle: NodeJS.Timeout | undefined

  constructor(backend: Backend, patienceMs: number = defaultPatienceMs) {
    this.#backend = backend
    this.#patienceMs = patienceMs
    this.#server = createServer((socket) => this.#welcome(socket))
  }

  /** Listens on a Unix socket; rejects with what the system says. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
  }

  /**
   * Ends every connection: what has arrived is still run, an open transaction is rolled back, and every client is told
   * with SQLSTATE 57P01. Who connects afterwards is refused with 57P03 until `close`.
   */
  stop(): void {
    this.#stopping = true
    while (this.#runNext()) continue
    for (const client of this.#clients) {
      this.#dismiss(client, '57P01', 'the process that held the embedded database has ended; connect again')
    }
  }

  /** Stops listening, and waits a moment for the last words to be read. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    const impatience = setTimeout(() => this.#sockets.forEach((socket) => socket.destroy()), 1000)
    await closed
    clearTimeout(impatience)
  }

  #welcome(socket: Socket): void {
    const client: Client = { socket, parts: [] }
    const reader = new MessageReader()
    this.#sockets.add(socket)
    socket.on('data', (chunk: Buffer) => this.#read(client, () => reader.read(chunk)))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#leave(client)
    })
  }

  #read(client: Client, messages: () => FrontendMessage[]): void {
    if (client.socket.writableEnded) return
    try {
      for (const message of messages()) this.#receive(client, message)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#dismiss(client, '08P01', error.message)
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
        this.#gather(client, message)
    }
  }

  /** Puts statements together until they can be run. */
  #gather(client: Client, message: FrontendMessage): void {
    const { type, bytes } = message
    if (type === 'Q') this.#enqueue(client, asksForRows(message) ? raise('0A000', copyRefusal) : bytes)
    else if (type === 'S' || type === 'H') this.#enqueue(client, bytes, type === 'H')
    else if (type === 'P' && asksForRows(message)) throw new ProtocolError(copyRefusal)
    else if ('PBDEC'.includes(type)) client.parts.push(bytes)
    else if (!restOfCopy.includes(type)) throw new ProtocolError(`unknown message type ${type}`)
  }

  #greet(client: Client): void {
    if (this.#stopping) {
      return this.#dismiss(client, '57P03', 'the process that holds the embedded database is ending')
    }
    this.#clients.add(client)
    client.socket.write(this.#backend.greeting)
  }

  #enqueue(client: Client, last: Buffer, open = false): void {
    this.#line.push({ client, unit: { bytes: Buffer.concat([...client.parts, last]), open } })
    client.parts = []
    this.#step()
  }

  /** Runs the next unit in a turn of the event loop of its own, so that sockets are read and written in between. */
  #step(): void {
    if (this.#stepping) return
    this.#stepping = true
    setImmediate(() => {
      this.#stepping = false
      if (this.#runNext()) this.#step()
    })
  }

  /** Runs the first unit in line, or the first of the client that holds the backend; false when there is none. */
  #runNext(): boolean {
    const index = this.#holder ? this.#line.findIndex(({ client }) => client === this.#holder) : 0
    const [next] = index < 0 ? [] : this.#line.splice(index, 1)
    if (!next) return false
    clearTimeout(this.#idle)
    for (const bytes of this.#backend.run(next.unit.bytes)) next.client.socket.write(bytes)
    const held = next.unit.open || this.#backend.inTransaction()
    this.#holder = held ? next.client : null
    if (held) this.#watch(next.client)
    return true
  }

  /** Ends a client that leaves its transaction open while others wait. */
  #watch(client: Client): void {
    this.#idle = setTimeout(() => {
      if (this.#line.length === 0) return this.#watch(client)
      this.#dismiss(client, '25P03', 'the transaction was left open while other clients waited')
    }, this.#patienceMs)
  }

  #dismiss(client: Client, code: string, text: string): void {
    this.#leave(client)
    client.socket.end(errorMessage(code, text))
  }

  /** Forgets a client, its unfinished transaction and what it set for the session that all share. */
  #leave(client: Client): void {
    if (!this.#clients.delete(client)) return
    this.#line = this.#line.filter((waiting) => waiting.client !== client)
    if (this.#holder === client) {
      clearTimeout(this.#idle)
      this.#holder = null
      this.#backend.run(Buffer.concat([syncMessage(), queryMessage('rollback')]))
    }
    if (this.#holder === null) this.#backend.run(queryMessage(resetSession))
    this.#step()
  }
}

const asksForRows = ({ bytes }: FrontendMessage): boolean => copyFromClient.test(bytes.toString('latin1', 5))

/** A query that fails so: the backend itself answers, in order and with the transaction it is in. */
const raise = (code: string, text: string): Buffer =>
  queryMessage(`do $$ begin raise exception using errcode = '${code}', message = '${text}'; end $$`)
