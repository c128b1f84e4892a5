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

/**
 * Passes the body of an answer on: what came is written at once, and read by the tap after that. Node hands what was
 * written in one turn to the kernel when the turn ends, and what is done `nextTick` comes after it. `flush` passes on
 * what is held of an event that will not be completed.
 */
export function relay(answer: IncomingMessage, to: ServerResponse, parts: RelayParts): { flush: () => void } {
  const { clock, passage, tap, cutter, onBug } = parts
  const write = writerTo(to, answer, parts)
  let pieces: Piece[] = []
  let hasWritten = false
  const afterTurn = () => {
    const at = clock.now()
    if (hasWritten) {
      passage.firstWrittenAt ??= at
      passage.lastWrittenAt = at
    }
    hasWritten = false
    const arrived = pieces
    pieces = []
    try {
      for (const { bytes, read } of arrived) tap.feed(bytes, read)
    } catch (error) {
      // Nobody would catch it, and what passes does not depend on it.
      onBug(error)
    }
  }
  const pass = (bytes: Buffer | null) => {
    if (bytes === null || to.destroyed) return
    hasWritten = true
    write(bytes)
  }
  answer.on('data', (bytes: Buffer) => {
    pass(cutter === null ? bytes : cutter.feed(bytes))
    if (pieces.length === 0) process.nextTick(afterTurn)
    pieces.push({ bytes, read: passage.exchange.reads.length - 1 })
  })
  const flush = () => {
    pass(cutter?.rest() ?? null)
    process.nextTick(afterTurn)
  }
  answer.once('end', () => {
    if (!answer.complete) return
    flush()
    if (answer.rawTrailers.length > 0) to.addTrailers(pairsOf(answer.rawTrailers))
    to.end()
  })
  return { flush }
}

/** Writes to the client, and reads no more of the upstream while it does not read. */
function writerTo(to: ServerResponse, answer: IncomingMessage, parts: RelayParts): (bytes: Buffer) => void {
  const { clock, passage, onPause, onResume } = parts
  to.on('drain', () => {
    if (passage.pausedAt === null) return
    passage.stalledMs += clock.now() - passage.pausedAt
    passage.pausedAt = null
    onResume()
    answer.resume()
  })
  return (bytes) => {
    passage.responseBytes += bytes.length
    if (to.write(bytes) || passage.pausedAt !== null) return
    passage.pausedAt = clock.now()
    onPause()
    answer.pause()
  }
}
