import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.ts'
import type { UsageCutter } from './cut-usage.ts'
import { pairsOf } from './headers.ts'
import type { Passage } from './passage.ts'
import type { Tap } from './tap.ts'

/** How an answer is passed on. */
interface RelayParts {
  clock: Clock
  passage: Passage
  tap: Tap
  /** Null: every byte goes on as it came. */
  cutter: UsageCutter | null
  /** Whether a read is being given out, after which `passArrived` is called. */
  isInRead: () => boolean
  /** The client reads nothing; it reads again. */
  onPause: () => void
  onResume: () => void
  onBug: (error: unknown) => void
}

/** A piece of the body, and the index of the read that brought it. */
interface Piece {
  bytes: Buffer
  read: number
}

/** What passes on a body. */
export interface Relay {
  /** What has arrived goes on, as one piece. */
  passArrived: () => void
  /** What is held of an event that will not be completed goes on. */
  flush: () => void
  /** The tap reads what it has not read yet. */
  catchUp: () => void
}

/**
 * After the first token, pieces and bytes that the tap leaves unread: whatever runs once in a millisecond runs on cold
 * caches, so that eight events in a row take half the CPU of eight events one by one.
 */
const mostUnread = { pieces: 16, bytes: 64 * 1024 }

/** Passes the body of an answer on: what came in one read is written at once, and read by the tap after that. */
export function relay(answer: IncomingMessage, to: ServerResponse, parts: RelayParts): Relay {
  const { clock, passage, tap, cutter, isInRead, onBug } = parts
  const write = writerTo(to, answer, parts)
  let arrived: Buffer[] = []
  let unread: Piece[] = []
  let unreadBytes = 0
  const catchUp = () => {
    const pieces = unread
    unread = []
    unreadBytes = 0
    try {
      for (const { bytes, read } of pieces) tap.feed(bytes, read)
    } catch (error) {
      // Nobody would catch it, and what passes does not depend on it.
      onBug(error)
    }
  }
  const pass = (bytes: Buffer | null) => {
    // An empty chunk would end the body.
    if (bytes === null || bytes.length === 0 || to.destroyed) return
    write(bytes)
    passage.lastWrittenAt = clock.now()
    passage.firstWrittenAt ??= passage.lastWrittenAt
  }
  const passArrived = () => {
    if (arrived.length === 0) return
    const bytes = joined(arrived)
    arrived = []
    if (bytes !== null) pass(cutter === null ? bytes : cutter.feed(bytes))
    const isFull = unread.length >= mostUnread.pieces || unreadBytes >= mostUnread.bytes
    if (isFull || passage.firstTokenWrittenAt === null) catchUp()
  }
  answer.on('data', (bytes: Buffer) => {
    // What a stream has held is told outside of reads.
    if (arrived.length === 0 && !isInRead()) process.nextTick(passArrived)
    arrived.push(bytes)
    unread.push({ bytes, read: passage.exchange.reads.length - 1 })
    unreadBytes += bytes.length
  })
  const flush = () => {
    passArrived()
    pass(cutter?.rest() ?? null)
  }
  answer.once('end', () => {
    if (!answer.complete) return
    flush()
    if (answer.rawTrailers.length > 0) to.addTrailers(pairsOf(answer.rawTrailers))
    to.end()
  })
  return { passArrived, flush, catchUp }
}

/** Several pieces as one; null for none. */
const joined = ([first, ...more]: readonly Buffer[]): Buffer | null =>
  first === undefined ? null : more.length === 0 ? first : Buffer.concat([first, ...more])

/** Writes to the client, and reads no more of the upstream while it does not read. */
function writerTo(to: ServerResponse, answer: IncomingMessage, parts: RelayParts): (bytes: Buffer) => void {
  const { clock, passage, onPause, onResume } = parts
  const { drains, send } = senderTo(to)
  const resume = () => {
    if (passage.pausedAt === null) return
    passage.stalledMs += clock.now() - passage.pausedAt
    passage.pausedAt = null
    onResume()
    answer.resume()
  }
  return (bytes) => {
    passage.responseBytes += bytes.length
    if (send(bytes) || passage.pausedAt !== null) return
    passage.pausedAt = clock.now()
    onPause()
    answer.pause()
    drains.once('drain', resume)
  }
}

/**
 * How bytes get to a client whose head was sent, and what tells that it has read them. Node writes a chunk as four pieces when its turn
 * ends; one piece that is written at once takes a fifth less CPU than all of that.
 */
function senderTo(to: ServerResponse): { drains: NodeJS.EventEmitter; send: (bytes: Buffer) => boolean } {
  const { socket } = to
  // Without one an earlier answer is still on its way.
  return socket === null || !to.chunkedEncoding
    ? { drains: to, send: (bytes) => to.write(bytes) }
    : { drains: socket, send: (bytes) => socket.write(chunkOf(bytes)) }
}

/** Bytes in the chunked coding (RFC 9112, section 7.1). */
function chunkOf(bytes: Buffer): Buffer {
  const size = `${bytes.length.toString(16)}\r\n`
  const chunk = Buffer.allocUnsafe(size.length + bytes.length + 2)
  chunk.write(size, 'latin1')
  bytes.copy(chunk, size.length)
  chunk.write('\r\n', chunk.length - 2, 'latin1')
  return chunk
}
