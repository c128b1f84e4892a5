import { asObject, parseJson } from '../core/json.ts'

/** Takes the event out of a stream that only our request for usage has brought. */
export interface UsageCutter {
  /** What may go on of the stream: events that are complete, but that one. */
  feed: (bytes: Buffer) => Buffer | null
  /** What is left when the stream has ended. */
  rest: () => Buffer | null
}

/** More bytes without the end of an event are passed on as they come: it is not the one that is looked for. */
const mostHeld = 64 * 1024

/** As many bytes tell whether a blank line began in front of what came next. */
const context = 3

const [lineFeed, carriageReturn] = [0x0a, 0x0d]

/** A cutter for one stream, however it is split into reads. */
export function usageCutter(): UsageCutter {
  /** The event that is not complete; its first `sent` bytes have gone on. */
  let held: Buffer = Buffer.alloc(0)
  let sent = 0
  /** Whether the line feed of a `\r\n` that was split belongs to an event that went on, or to one that was cut. */
  let dangling: 'sent' | 'cut' | null = null

  const cutFrom = (data: Buffer): Buffer[] => {
    const parts: Buffer[] = []
    let from = 0
    if (dangling !== null && data[0] === lineFeed) {
      if (dangling === 'sent') parts.push(data.subarray(0, 1))
      from = 1
    }
    dangling = null
    const hasReturns = data.includes(carriageReturn)
    for (let to = endOfEvent(data, from, hasReturns); to !== -1; to = endOfEvent(data, from, hasReturns)) {
      const isUsage = sent === 0 && isUsageEvent(data.subarray(from, to))
      if (!isUsage) parts.push(data.subarray(from + sent, to))
      if (to === data.length && data[to - 1] === carriageReturn) dangling = isUsage ? 'cut' : 'sent'
      sent = 0
      from = to
    }
    held = data.subarray(from)
    return parts
  }
  return {
    feed: (bytes) => {
      const parts = cutFrom(held.length === 0 ? bytes : Buffer.concat([held, bytes]))
      if (held.length > mostHeld || sent > 0) {
        parts.push(held.subarray(sent))
        held = held.subarray(-context)
        sent = held.length
      }
      return joined(parts)
    },
    rest: () => joined([held.subarray(sent)]),
  }
}

function joined(parts: readonly Buffer[]): Buffer | null {
  const [first = null, ...more] = parts.filter(({ length }) => length > 0)
  return first === null || more.length === 0 ? first : Buffer.concat([first, ...more])
}

/** The byte behind the blank line that ends the event; -1 if it is not there. */
function endOfEvent(data: Buffer, from: number, hasReturns: boolean): number {
  if (!hasReturns) {
    const at = data.indexOf('\n\n', from)
    return at === -1 ? -1 : at + 2
  }
  const blank = /\n\n|\n\r\n?|\r\n?\r\n?/.exec(data.toString('latin1', from))
  return blank === null ? -1 : from + blank.index + blank[0].length
}

/**
 * Whether an event is the one that `include_usage` adds: usage, and a list of choices that is empty. Servers that send
 * usage beside a choice, in every chunk or elsewhere do so unasked.
 */
function isUsageEvent(event: Buffer): boolean {
  // Nearly every event fails this; only what is left is parsed.
  if (!event.includes('"usage"') || !/"choices"\s*:\s*\[\s*\]/.test(event.toString('latin1'))) return false
  const data = event
    .toString()
    .split(/\r\n|\n|\r/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length))
  const body = asObject(parseJson(data.join('\n')))
  return Array.isArray(body?.['choices']) && body['choices'].length === 0 && asObject(body['usage']) !== null
}
