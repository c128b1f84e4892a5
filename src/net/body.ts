import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable, type Transform } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'
import { lookUp } from '../core/json.ts'
import { eventParser, type ServerEvent } from './events.ts'

/** Characters kept of a body without events: enough for any error text. */
const maxTextLength = 64 * 2 ** 10
/** A longer single event is invalid: 8 Mi characters. */
const maxEventLength = 8 * 2 ** 20
/** A longer stream is not an answer to a benchmark prompt: 64 MiB. */
const maxStreamBytes = 64 * 2 ** 20
/** The same for its events and comments, because each one is kept. */
const maxEvents = 2 ** 19

/** Whether a body expects more bytes, has ended, or exceeds a limit. */
type Progress = 'open' | 'ended' | 'too_long'

/** Receives the events of a stream; `onEvent` returns true to end it there. */
export interface StreamListener {
  onEvent: (event: ServerEvent) => boolean
  onComment: () => void
  /** A line that is neither a field of an event nor a comment, such as bare JSON. */
  onLine: (line: string) => void
}

/** A body parser: feed it every piece, then null. */
export interface Body {
  feed: (bytes: Buffer | null) => Progress
  /** The body if it had no event: an error, HTML, JSON instead of a stream. Cut at 64 Ki characters. */
  text: () => string
}

/** Reads a body as text. */
export function textBody(): Body {
  const utf8 = new TextDecoder()
  let text = ''
  return {
    feed: (bytes) => {
      text += bytes === null ? utf8.decode() : utf8.decode(bytes, { stream: true })
      return text.length > maxTextLength ? 'too_long' : 'open'
    },
    text: () => text.slice(0, maxTextLength),
  }
}

/** Reads server-sent events piece by piece; an event is delivered with the piece that completed it. */
export function streamBody(listener: StreamListener): Body {
  // A streaming TextDecoder makes two-byte strings even of ASCII, which JSON.parse reads a fifth slower.
  const utf8 = new StringDecoder('utf8')
  let progress: Progress = 'open'
  let text: string | null = ''
  let size = 0
  let over = false
  let events = 0
  const count = () => {
    events += 1
    if (events > maxEvents && progress === 'open') progress = 'too_long'
  }
  const parser = eventParser({
    onEvent: (event) => {
      text = null
      count()
      if (progress === 'open' && listener.onEvent(over ? { ...event, cut: true } : event)) progress = 'ended'
    },
    onComment: () => {
      count()
      if (progress === 'open') listener.onComment()
    },
    onLine: (line) => {
      count()
      if (progress === 'open') listener.onLine(line)
    },
  })
  return {
    feed: (bytes) => {
      const piece = bytes === null ? utf8.end() : utf8.write(bytes)
      if (text !== null && text.length < maxTextLength) text += piece
      size += bytes?.length ?? 0
      over = bytes === null
      // The last event may lack its blank line.
      parser.feed(bytes === null ? `${piece}\n\n` : piece)
      const tooLong = size > maxStreamBytes || parser.pending() > maxEventLength
      return progress === 'open' && tooLong ? 'too_long' : progress
    },
    text: () => text?.slice(0, maxTextLength) ?? '',
  }
}

const zlib = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }
const brotli = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH }
const zstd = { flush: constants.ZSTD_e_flush, finishFlush: constants.ZSTD_e_flush }

const decompressors: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(zlib),
  'x-gzip': () => createGunzip(zlib),
  deflate: () => createInflate(zlib),
  br: () => createBrotliDecompress(brotli),
  zstd: () => createZstdDecompress(zstd),
}

/** Codings that are undone: nobody applies more, and each costs memory. */
const mostCodings = 4

/**
 * The decompressed body: we ask for identity, but read what servers compress anyway. It fails with whatever
 * stage fails, and destroying it ends all of them.
 */
export function decompressed(response: Readable & Pick<IncomingMessage, 'headers'>): Readable {
  const codings = (response.headers['content-encoding'] ?? '').toLowerCase().split(',')
  // The last coding was applied last, so it is removed first.
  const stages = codings
    .map((coding) => lookUp(decompressors, coding.trim()))
    .filter((decompressor) => decompressor !== undefined)
    .slice(-mostCodings)
    .toReversed()
    .map((decompressor) => decompressor())
  const last = stages.at(-1)
  // Its error is emitted by the last stage too, where it is expected.
  if (last !== undefined) pipeline([response, ...stages], () => undefined)
  return last ?? response
}
