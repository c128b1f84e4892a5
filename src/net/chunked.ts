/** A body in chunks that is being read: feed it every read. */
export interface ChunkedBody {
  /** What the chunks in these bytes hold; an Error, with the code that node:http has for it, where they are no chunks. */
  feed: (bytes: Buffer) => Buffer | Error
  /** The last chunk and what follows it has come. */
  ended: () => boolean
}

/** A size, its extensions or a trailer longer than this are none: 16 KiB, as node:http limits headers. */
const maxLineLength = 2 ** 14
const lineFeed = 0x0a
const size = /^([\da-f]{1,8})[\t ]*(?:;.*)?$/i

/** Takes the chunked transfer coding off a body (RFC 9112, section 7.1), wherever its reads are cut. */
export function chunkedBody(): ChunkedBody {
  let due: 'size' | 'data' | 'end of data' | 'trailer' | 'nothing' = 'size'
  /** Bytes of the chunk in hand that have not come yet. */
  let left = 0
  /** A line that is not whole yet. */
  let part = ''
  /** False where the line cannot stand here. */
  const takeLine = (line: string): boolean => {
    if (due === 'trailer') {
      if (line === '') due = 'nothing'
      return true
    }
    if (due === 'end of data') {
      due = 'size'
      return line === ''
    }
    left = Number.parseInt(size.exec(line)?.[1] ?? '', 16)
    due = left === 0 ? 'trailer' : 'data'
    return !Number.isNaN(left)
  }
  return {
    feed: (bytes) => {
      const body = Buffer.allocUnsafe(bytes.length)
      let length = 0
      let from = 0
      while (from < bytes.length && due !== 'nothing') {
        if (due === 'data') {
          const copied = bytes.copy(body, length, from, Math.min(from + left, bytes.length))
          length += copied
          from += copied
          left -= copied
          if (left === 0) due = 'end of data'
          continue
        }
        const end = bytes.indexOf(lineFeed, from)
        part += bytes.toString('latin1', from, end === -1 ? bytes.length : end)
        if (part.length > maxLineLength) return invalid()
        if (end === -1) break
        from = end + 1
        if (!takeLine(part.endsWith('\r') ? part.slice(0, -1) : part)) return invalid()
        part = ''
      }
      return body.subarray(0, length)
    },
    ended: () => due === 'nothing',
  }
}

const invalid = () =>
  Object.assign(new Error('the body is not in chunks as it says'), { code: 'HPE_INVALID_CHUNK_SIZE' })
