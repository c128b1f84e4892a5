import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'

/**
 * One event as it was on the wire. Milliseconds: `sent` on the server's clock, `seen` of `performance.now()`.
 */
export interface Witnessed {
  sequence: number
  sent: number
  /** When the first line of JavaScript had the bytes that completed it. */
  seen: number
}

interface Read {
  at: number
  bytes: Buffer
}

type OnRead = (this: unknown, ...args: unknown[]) => unknown

const push = Reflect.get(Socket.prototype, 'push') as (bytes: Buffer | null, encoding?: string) => boolean
let tape = new Map<Socket, Read[]>()
let readAt = NaN

/** Stamps what the handle of a socket gives to JavaScript; a handle has no other way to do so. */
function watchHandle(message: unknown): void {
  const { socket } = message as { socket: Socket }
  socket.prependOnceListener('connect', () => {
    const handle = Reflect.get(socket, '_handle') as { onread: OnRead }
    const { onread } = handle
    handle.onread = function witnessed(...args) {
      readAt = performance.now()
      return onread.apply(this, args)
    }
  })
}

/**
 * Stamps every read of every socket of this process before any line of Node's own has it: under node:net, node:http
 * and fetch alike. The bytes are kept and read afterwards, which costs each client the same.
 */
export function startWitness(): void {
  subscribe('net.client.socket', watchHandle)
  Socket.prototype.push = function kept(this: Socket, bytes: Buffer | null, encoding?: BufferEncoding) {
    if (bytes !== null) {
      const read = { at: readAt, bytes }
      const reads = tape.get(this)
      if (reads === undefined) tape.set(this, [read])
      else reads.push(read)
    }
    return push.call(this, bytes, encoding)
  }
}

/** Ends it; what was seen stays. */
export function stopWitness(): void {
  unsubscribe('net.client.socket', watchHandle)
  Socket.prototype.push = push
}

const event = /"stream":"([^"]+)","sequence":(\d+),"sent_at_ms":([\d.]+)\}\n\n/g

/** The events seen since the last call, by the id of their stream, in order. */
export function takeWitnessed(): Map<string, Witnessed[]> {
  const streams = new Map<string, Witnessed[]>()
  for (const reads of tape.values()) {
    let end = 0
    const ends = reads.map(({ bytes }) => (end += bytes.length))
    const text = Buffer.concat(reads.map(({ bytes }) => bytes)).toString('latin1')
    let index = 0
    for (const match of text.matchAll(event)) {
      const [whole, id = '', sequence, sent] = match
      while ((ends[index] ?? Infinity) < match.index + whole.length) index += 1
      const seen = { sequence: Number(sequence), sent: Number(sent), seen: reads[index]?.at ?? NaN }
      const events = streams.get(id)
      if (events === undefined) streams.set(id, [seen])
      else events.push(seen)
    }
  }
  tape = new Map()
  return streams
}
