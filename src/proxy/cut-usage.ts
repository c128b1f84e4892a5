import { asObject, parseJson } from '../core/json.ts'

/** Takes the event out of a stream that only our request for usage has brought. */
export interface UsageCutter {
  /** What may go on of the stream: events that are complete, but that one. */
  feed: (bytes: Buffer) => Buffer | null
  /** What is left when the stream has ended; that event may lack its blank line. */
  rest: () => Buffer | null
}

/** More bytes without the end of an event are passed on as they come: it is not the one that is looked for. */
const mostHeld = 64 * 1024

/** No shorter event is the one that is looked for, in bytes. */
const fewest = 'data:{"choices":[],"usage":{}}'.length

const usageName = Buffer.from('"usage"')

const [lineFeed, carriageReturn] = [0x0a, 0x0d]

/** A cutter for one stream, however it is split into reads. */
export function usageCutter(): UsageCutter {
  const endsIn = eventEnds()
  /** The event that is not complete, and its bytes; if it is too long, what has not gone on of it. */
  let held: Buffer[] = []
  let size = 0
  let isLong = false
  /** Whether the newest event that has ended was cut, and whether a line feed that comes now belongs to its `\r`. */
  let isCut = false
  let isReturned = false

  const hold = (bytes: Buffer) => {
    held.push(bytes)
    size += bytes.length
    isLong ||= size > mostHeld
  }
  const release = () => {
    const parts = held
    held = []
    return parts
  }
  const isUsage = () => !isLong && size >= fewest && isUsageEvent(joined(held))
  /** Whole events, none of them with usage, as nearly every read is. */
  const isPlain = (bytes: Buffer) =>
    size === 0 &&
    !isReturned &&
    bytes[bytes.length - 1] === lineFeed &&
    bytes[bytes.length - 2] === lineFeed &&
    !bytes.includes(usageName)
  return {
    feed: (bytes) => {
      if (isPlain(bytes)) return bytes
      let from = isReturned && bytes[0] === lineFeed ? 1 : 0
      const parts = from === 1 && !isCut ? [bytes.subarray(0, 1)] : []
      for (const to of endsIn(bytes)) {
        hold(bytes.subarray(from, to))
        isCut = isUsage()
        const event = release()
        if (!isCut) parts.push(joined(event))
        size = 0
        isLong = false
        from = to
      }
      isReturned = from === bytes.length && bytes[from - 1] === carriageReturn
      if (from < bytes.length) hold(bytes.subarray(from))
      if (isLong) parts.push(joined(release()))
      return parts.length === 0 ? null : joined(parts)
    },
    rest: () => {
      const isLast = isUsage()
      const parts = release()
      return isLast || parts.length === 0 ? null : joined(parts)
    },
  }
}

const joined = (parts: readonly Buffer[]): Buffer =>
  parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)

/** Gives the ends of the events in each read, which are lines that are empty. Every byte is looked at once. */
function eventEnds(): (bytes: Buffer) => number[] {
  let isEmpty = true
  /** Whether the last byte was a carriage return: a line feed now is of the same end. */
  let isReturned = false
  return (bytes) => {
    const ends: number[] = []
    for (let at = isReturned && bytes[0] === lineFeed ? 1 : 0; at < bytes.length; at += 1) {
      const byte = bytes[at]
      const endsLine = byte === lineFeed || byte === carriageReturn
      if (byte === carriageReturn && bytes[at + 1] === lineFeed) at += 1
      if (endsLine && isEmpty) ends.push(at + 1)
      isEmpty = endsLine
    }
    isReturned = bytes.at(-1) === carriageReturn
    return ends
  }
}

/**
 * Whether an event is the one that `include_usage` adds: usage, and a list of choices that is empty. Servers that send
 * usage beside a choice, in every chunk or elsewhere do so unasked.
 */
function isUsageEvent(event: Buffer): boolean {
  // Nearly every event fails this; only what is left is parsed.
  const text = event.toString('latin1')
  if (!text.includes('"usage"') || !/"choices"\s*:\s*\[\s*\]/.test(text)) return false
  const data = event
    .toString()
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length))
  const body = asObject(parseJson(data.join('\n')))
  return Array.isArray(body?.['choices']) && body['choices'].length === 0 && asObject(body['usage']) !== null
}
