/** A decoder of a chunked body: feed it every read. */
export interface ChunkedBody {
  /** The decoded bytes; an Error with node:http's code if they are not valid chunks. */
  feed: (bytes: Buffer) => Buffer | Error
  /** Whether the last chunk and its trailers have arrived. */
  ended: () => boolean
}

/** A larger chunk is invalid: 256 MiB. */
const maxChunkSize = 2 ** 28
/** Longer extensions and trailers are invalid: 16 KiB, node:http's limit of headers. */
const maxLineLength = 2 ** 14
const lineFeed = 0x0a
const carriageReturn = 0x0d
/** Carriage return, semicolon, space, tab. */
const afterSize = [carriageReturn, 0x3b, 0x20, 0x09]

/** The state of the decoder. */
interface State {
  due: 'size' | 'restOfLine' | 'data' | 'endOfData' | 'trailer' | 'nothing'
  /** The size of the current chunk as read so far, -1 before its first digit; then its missing bytes. */
  left: number
  /** Bytes of the current line other than the size. */
  line: number
}

/** Decodes the chunked transfer coding (RFC 9112, section 7.1), however its reads are split. */
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

/** Each consumes a byte that is not data; false if the byte is invalid there. */
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

/** The value of a hexadecimal digit; -1 if the byte is not one. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

const invalid = () =>
  Object.assign(new Error('the body is not chunked as declared'), { code: 'HPE_INVALID_CHUNK_SIZE' })
