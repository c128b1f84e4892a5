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

const push = Reflect.get(Socket.prototype, 'push') as (bytes: Buffer | null, encoding?: string) => boolean
let tape = new Map<Socket, Read[]>()

/**
 * Stamps every read of every socket of this process before anybody else has it: under node:net, node:http and
 * fetch alike. The bytes are kept and read afterwards, which costs each client the same.
 */
export function startWitness(): void {
  Socket.prototype.push = function witnessed(this: Socket, bytes: Buffer | null, encoding?: BufferEncoding) {
    const at = performance.now()
    if (bytes !== null) {
      const reads = tape.get(this)
      if (reads === undefined) tape.set(this, [{ at, bytes }])
      else reads.push({ at, bytes })
    }
    return push.call(this, bytes, encoding)
  }
}

/** Ends it; what was seen stays. */
export function stopWitness(): void {
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
