import { PassThrough } from 'node:stream'
import { asObject, parseJson } from '../core/json.ts'
import type { ProxyPath } from '../core/proxy-record.ts'
import type { StreamEvent } from '../core/timeline.ts'
import { type Body, decompressed, streamBody, textBody } from '../net/body.ts'
import { closeStream, listenTo, type Stream } from '../probe/stream.ts'
import { sharedMemory } from './memory.ts'

/** Reads a copy of an answer, after it was passed on. */
export interface Tap {
  /** A piece of the body, of the read of this index. */
  feed: (bytes: Buffer, read: number) => void
  /** The body has ended. Resolves when all of it was read, with its text if it had no event. */
  end: () => Promise<string>
}

/** What a tap reads. */
interface Tapped {
  path: ProxyPath
  /** Events, one JSON document, or the text of an error. */
  kind: 'events' | 'document' | 'text'
  /** Its compression; null for none. */
  coding: string | null
  /** An event was read, with its entry in the timeline. */
  onEntry: (entry: StreamEvent) => void
  /** It is compressed, although its headers do not say so, as some edges send it. */
  onCompressed: (coding: string) => void
}

/** What is known of answers in progress, together: clients that do not read make it grow by what their sockets take. */
const memory = sharedMemory(64 * 2 ** 20)

/** Bytes of an entry in the timeline: seven words of V8, and its place in the list. */
const perEntry = 64

/** The bytes that a stream of events holds, about. */
const sizeOf = ({ events, text, reasoning, other }: Stream): number =>
  perEntry * events.length + text.length + reasoning.length + other.length

/** The longest document that is read, in bytes: it is in memory at once. */
const mostDocument = 32 * 2 ** 20

/** A tap that fills `stream`. */
export function openTap(stream: Stream, tapped: Tapped, { join } = memory): Tap {
  let newest = 0
  const share = join()
  const body = bodyOf(stream, tapped, () => newest)
  let isOpen = true
  let isTooLong = false
  let size = 0
  const take = (bytes: Buffer | null) => {
    if (!isOpen) return
    const progress = body.feed(bytes)
    size += bytes?.length ?? 0
    const held = tapped.kind === 'document' ? size : sizeOf(stream)
    isTooLong = progress === 'too_long' || (progress === 'open' && !share.hold(held))
    isOpen = progress === 'open' && !isTooLong
  }
  let decoder = tapped.coding === null ? null : decoding(tapped.coding, take)
  let hasBegun = false
  const begin = (bytes: Buffer) => {
    hasBegun = true
    if (decoder !== null || bytes[0] !== gzip[0] || bytes[1] !== gzip[1]) return
    decoder = decoding('gzip', take)
    tapped.onCompressed('gzip')
  }
  return {
    feed: (bytes, read) => {
      newest = read
      if (!isOpen) return
      if (!hasBegun) begin(bytes)
      if (decoder === null) take(bytes)
      else decoder.write(bytes)
    },
    end: async () => {
      if (decoder === null) take(null)
      else await decoder.end()
      closeStream(stream)
      share.release()
      // What is too long to be read has passed all the same, and nothing is known against it.
      if (isTooLong) stream.done = true
      return body.text()
    },
  }
}

/** How everything begins that gzip has compressed (RFC 1952, section 2.3.1), and no text. */
const gzip = [0x1f, 0x8b]

/** Decompresses a copy. What cannot be decompressed ends there. */
function decoding(coding: string, take: (bytes: Buffer | null) => void) {
  const source = Object.assign(new PassThrough(), { headers: { 'content-encoding': coding } })
  const decoded = decompressed(source)
  const { promise, resolve } = Promise.withResolvers<void>()
  const finish = () => {
    take(null)
    resolve()
  }
  decoded.on('data', take).once('end', finish).once('error', finish).once('close', finish)
  return {
    write: (bytes: Buffer) => source.write(bytes),
    end: () => {
      source.end()
      return promise
    },
  }
}

const asChat = (data: string): string => chunkOf(parseJson(data)) ?? data

function bodyOf(stream: Stream, { path, kind, onEntry }: Tapped, read: () => number): Body {
  if (kind === 'text') return textBody()
  const { onEvent, onComment, onLine } = listenTo(stream, (_, entry) => onEntry(entry))
  if (kind === 'document') return documentBody(stream, (data) => onEvent({ data }, read()))
  return streamBody({
    onEvent: (event) => onEvent(path === 'chat' ? event : { ...event, data: asChat(event.data) }, read()),
    onComment: () => onComment(read()),
    onLine,
  })
}

/** An answer in one piece is read as a stream of one event. */
function documentBody(stream: Stream, takeData: (data: string) => void): Body {
  const parts: Buffer[] = []
  let size = 0
  let text = ''
  return {
    feed: (bytes) => {
      if (bytes !== null) {
        size += bytes.length
        parts.push(bytes)
        return size <= mostDocument ? 'open' : 'too_long'
      }
      const whole = Buffer.concat(parts).toString()
      const body = parseJson(whole)
      const chunk = chunkOf(body)
      if (chunk !== null) takeData(chunk)
      else if (asObject(body) !== null) takeData(whole)
      else text = whole.slice(0, mostText)
      stream.done ||= chunk !== null
      return 'ended'
    },
    text: () => text,
  }
}

/** Characters kept of a body that is no answer. */
const mostText = 64 * 1024

/**
 * An answer, or a piece of one, as a chunk of a chat: `message` and the `text` of completions are its delta. Null if it
 * has no choices, or is too deep to be written.
 */
function chunkOf(json: unknown): string | null {
  const body = asObject(json)
  if (body === null || !Array.isArray(body['choices'])) return null
  const choices = body['choices'].map((each: unknown) => {
    const choice = asObject(each)
    return choice === null
      ? each
      : { ...choice, delta: choice['delta'] ?? choice['message'] ?? { content: choice['text'] } }
  })
  try {
    return JSON.stringify({ ...body, choices })
  } catch {
    // What can be parsed at any depth is written by recursion.
    return null
  }
}
