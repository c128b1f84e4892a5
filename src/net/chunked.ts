/** A body in chunks that is being read: feed it every read. */
export interface ChunkedBody {
  /** What the chunks in these bytes hold; an Error, with the code that node:http has for it, where they are no chunks. */
  feed: (bytes: Buffer) => Buffer | Error
  /** The last chunk and what follows it has come. */
  ended: () => boolean
}

/** A chunk larger than this is none: 256 MiB. */
const maxChunkSize = 2 ** 28
/** Extensions and trailers longer than this are none: 16 KiB, as node:http limits headers. */
const maxLineLength = 2 ** 14
const lineFeed = 0x0a
const carriageReturn = 0x0d
/** Carriage return, semicolon, space and tab. */
const afterSize = [carriageReturn, 0x3b, 0x20, 0x09]

/** Where the coding stands. */
interface State {
  due: 'size' | 'restOfLine' | 'data' | 'endOfData' | 'trailer' | 'nothing'
  /** The size of the chunk in hand as far as it was read, -1 before; then its bytes that have not come yet. */
  left: number
  /** Bytes of the line in hand that are no size. */
  line: number
}

/** Takes the chunked transfer coding off a body (RFC 9112, section 7.1), wherever its reads are cut. */
export function chunkedBody(): ChunkedBody {
  const state: State = { due: 'size', left: -1, line: 0 }
  return {
    feed: (bytes) => {
      const parts: Buffer[] = []
      let from = 0
      while (from < bytes.length && state.due !== 'nothing') {
        if (state.due !== 'data') {
          if (!takers[state.due](state, bytes[from] ?? 0)) return invalid()
          from += 1
          continue
        }
        const part = bytes.subarray(from, from + state.left)
        parts.push(part)
        from += part.length
        state.left -= part.length
        if (state.left === 0) state.due = 'endOfData'
      }
      return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
    },
    ended: () => state.due === 'nothing',
  }
}

/** Each takes a byte that is no data; false where it cannot stand there. */
const takers = { size: takeSize, restOfLine: takeRestOfLine, endOfData: takeEndOfData, trailer: takeTrailer }

function takeSize(state: State, byte: number): boolean {
  const digit = hexDigit(byte)
  if (digit >= 0) {
    state.left = Math.max(state.left, 0) * 16 + digit
    return state.left <= maxChunkSize
  }
  state.due = 'restOfLine'
  if (byte === lineFeed) return takeRestOfLine(state, byte)
  return state.left >= 0 && afterSize.includes(byte)
}

function takeRestOfLine(state: State, byte: number): boolean {
  if (byte !== lineFeed) return (state.line += 1) < maxLineLength
  state.due = state.left === 0 ? 'trailer' : 'data'
  state.line = 0
  return state.left >= 0
}

function takeEndOfData(state: State, byte: number): boolean {
  if (byte !== lineFeed) return byte === carriageReturn
  state.due = 'size'
  state.left = -1
  return true
}

/** An empty line ends the trailers. */
function takeTrailer(state: State, byte: number): boolean {
  if (byte === carriageReturn) return true
  if (byte !== lineFeed) return (state.line += 1) < maxLineLength
  if (state.line === 0) state.due = 'nothing'
  state.line = 0
  return true
}

/** The value of a hexadecimal digit; -1 where the byte is none. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

const invalid = () =>
  Object.assign(new Error('the body is not in chunks as it says'), { code: 'HPE_INVALID_CHUNK_SIZE' })
