import type { IncomingMessage } from 'node:http'
import type { Readable, Transform } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { lookUp } from '../core/json.ts'

/** Kept of a body that has brought no event: enough for any error text. */
const maxTextLength = 64 * 2 ** 10
/** A single event longer than this is none: 8 Mi characters. */
const maxEventLength = 8 * 2 ** 20
/** A stream longer than this is no answer to a benchmark prompt: 64 MiB. */
const maxStreamBytes = 64 * 2 ** 20

/** Nor is one of more events and comments than this: each is kept. */
const maxEvents = 2 ** 19

/** Whether a body wants more bytes, has said its last, or is longer than we take. */
type Progress = 'open' | 'ended' | 'too_long'

/** One server-sent event. */
export interface ServerEvent extends EventSourceMessage {
  /** The end of the body completed it, and no blank line: it may be half an event. */
  cut?: true
}

/** Who is told of the events of a stream; `onEvent` returns true for the last one. */
export interface StreamListener {
  onEvent: (event: ServerEvent) => boolean
  onComment: () => void
}

/** A body that is being read: feed it every piece, then null. */
export interface Body {
  feed: (bytes: Buffer | null) => Progress
  /** What came, as long as it brought no event: an error, HTML, JSON where a stream was due. Cut at 64 Ki characters. */
  text: () => string
}

/** A body that is kept as text. */
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

/** A body of server-sent events, read piece by piece: an event is told within the piece that completed it. */
export function streamBody(listener: StreamListener): Body {
  // A streaming TextDecoder makes two-byte strings of ASCII too, which JSON.parse reads a fifth slower.
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
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent: (event) => {
      text = null
      count()
      if (progress === 'open' && listener.onEvent(over ? { ...event, cut: true } : event)) progress = 'ended'
    },
    onComment: () => {
      count()
      if (progress === 'open') listener.onComment()
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') progress = 'too_long'
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
      return progress === 'open' && size > maxStreamBytes ? 'too_long' : progress
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

/** The body without its compression: we ask for none, but who compresses all the same is still read. */
export function decompressed(response: IncomingMessage): Readable {
  const codings = (response.headers['content-encoding'] ?? '').toLowerCase().split(',')
  // The last coding was applied last, and comes off first.
  return codings.reduceRight<Readable>((source, coding) => {
    const decompressor = lookUp(decompressors, coding.trim())
    return decompressor === undefined ? source : source.pipe(decompressor())
  }, response)
}
