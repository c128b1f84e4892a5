import type { Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { delta, event, head, healthy, pause, streamHead } from './loopback.ts'

/** An answer that means no good: what is written, and what a result says of it. */
export interface HostileAnswer {
  name: string
  write: (socket: Socket) => void | Promise<void>
  kinds: readonly string[]
}

const coded = (codings: string, ...more: string[]): string =>
  head(
    '200 OK',
    'content-type: text/event-stream',
    `content-encoding: ${codings}`,
    'connection: close',
    ...more,
  )

/** Writes the same until nobody listens. */
async function forever(socket: Socket, piece: string | Buffer, everyMs = 0): Promise<void> {
  while (!socket.destroyed) {
    if (!socket.write(piece)) await Promise.race([drained(socket), pause(50)])
    await pause(everyMs)
  }
}
const drained = (socket: Socket) => new Promise<void>((done) => socket.once('drain', done))

const once = (text: string | Buffer) => (socket: Socket) => void socket.end(text)
const open = (text: string | Buffer) => (socket: Socket) => void socket.write(text)

/** Zeros, compressed again and again: 1 KB of it is hundreds of MB. */
const bomb = (times: number, mib: number): Buffer =>
  Array.from({ length: times }).reduce<Buffer>((bytes) => gzipSync(bytes), Buffer.alloc(mib * 2 ** 20, 'x'))

const answer = healthy.join('')
const token = delta({ content: 'hello' })
const chunkedHead = head('200 OK', 'content-type: text/event-stream', 'transfer-encoding: chunked')

const zipped = bomb(1, 96)
const zippedTwice = bomb(2, 96)
/** The last stage ignores all that follows its empty text. */
const ignored = gzipSync(gzipSync(Buffer.concat([gzipSync(''), Buffer.alloc(256 * 2 ** 20)])))

/** Answers that stopped something somewhere, ended a process, or went on for ever. */
export const hostileAnswers: readonly HostileAnswer[] = [
  // Silence in every phase.
  { name: 'nothing at all', write: () => {}, kinds: ['timeout_first_token'] },
  { name: 'half a status line', write: open('HTTP/1.1 20'), kinds: ['timeout_first_token'] },
  { name: 'half of the headers', write: open('HTTP/1.1 200 OK\r\ncontent-'), kinds: ['timeout_first_token'] },
  { name: 'headers and silence', write: open(streamHead), kinds: ['timeout_first_token'] },
  { name: 'a token and silence', write: open(streamHead + token), kinds: ['timeout_idle'] },
  { name: 'half of a chunk', write: open(`${chunkedHead}ff\r\ndata: `), kinds: ['timeout_first_token'] },
  {
    name: 'a body that is shorter than declared',
    write: once(`${head('200 OK', 'content-length: 900')}${token}`),
    kinds: ['truncated', 'reset'],
  },
  { name: 'an end at once', write: once(''), kinds: ['reset'] },
  { name: 'a reset', write: (socket) => void socket.resetAndDestroy(), kinds: ['reset'] },
  // Interim answers and other protocols.
  {
    name: '101 with an upgrade',
    write: open(head('101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket')),
    kinds: ['malformed'],
  },
  {
    name: '101 with an upgrade, and bytes',
    write: open(`${head('101 Switching Protocols', 'connection: upgrade', 'upgrade: h2c')}PRI`),
    kinds: ['malformed'],
  },
  { name: '101 without an upgrade', write: open(head('101 Switching Protocols')), kinds: ['malformed'] },
  {
    name: '103 and silence',
    write: open(head('103 Early Hints', 'link: </a>')),
    kinds: ['timeout_first_token'],
  },
  { name: '100 without end', write: (socket) => forever(socket, head('100 Continue')), kinds: ['malformed'] },
  {
    name: '102 now and then',
    write: (socket) => forever(socket, head('102 Processing'), 20),
    kinds: ['timeout_first_token', 'malformed'],
  },
  {
    name: 'HTTP/2',
    write: open(Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100])),
    kinds: ['malformed'],
  },
  { name: 'TLS', write: open(Buffer.from([22, 3, 1, 0, 5, 1, 0, 0, 1, 3])), kinds: ['malformed'] },
  { name: 'a status of 999', write: once(head('999 Odd', 'content-length: 0')), kinds: ['server_error'] },
  // Codings.
  { name: 'gzip, gzip over plain text', write: once(coded('gzip, gzip') + answer), kinds: ['malformed'] },
  { name: 'gzip over plain text', write: once(coded('gzip') + answer), kinds: ['malformed'] },
  {
    name: 'br over gzip',
    write: (socket) => void socket.end(Buffer.concat([Buffer.from(coded('br')), gzipSync(answer)])),
    kinds: ['malformed'],
  },
  {
    name: 'gzip, gzip over gzip',
    write: (socket) => void socket.end(Buffer.concat([Buffer.from(coded('gzip, gzip')), gzipSync(answer)])),
    kinds: ['malformed'],
  },
  {
    name: 'deflate over brotli',
    write: (socket) =>
      void socket.end(Buffer.concat([Buffer.from(coded('deflate')), brotliCompressSync(answer)])),
    kinds: ['malformed'],
  },
  {
    name: 'a thousand codings',
    write: once(coded(Array(1000).fill('gzip').join(',')) + answer),
    kinds: ['malformed'],
  },
  {
    name: 'half of a gzip',
    write: (socket) =>
      void socket.write(Buffer.concat([Buffer.from(coded('gzip')), gzipSync(answer).subarray(0, 20)])),
    kinds: ['timeout_first_token'],
  },
  {
    name: 'a bomb',
    write: (socket) => void socket.end(Buffer.concat([Buffer.from(coded('gzip')), zipped])),
    kinds: ['malformed', 'timeout_first_token'],
  },
  {
    name: 'a double bomb',
    write: (socket) => void socket.end(Buffer.concat([Buffer.from(coded('gzip, gzip')), zippedTwice])),
    kinds: ['malformed', 'timeout_first_token'],
  },
  {
    name: 'a bomb of which nothing is left',
    write: (socket) => void socket.end(Buffer.concat([Buffer.from(coded('gzip, gzip, gzip')), ignored])),
    kinds: ['malformed', 'timeout_first_token', 'empty', 'truncated'],
  },
  {
    name: 'a deflated token and silence',
    write: (socket) => void socket.write(Buffer.concat([Buffer.from(coded('deflate')), deflateSync(token)])),
    kinds: ['timeout_idle', 'truncated'],
  },
  // Without end.
  {
    name: 'one line without end',
    write: (socket) => forever(socket, Buffer.from(streamHead + 'data: ' + 'x'.repeat(2 ** 16))),
    kinds: ['malformed', 'timeout_first_token'],
  },
  {
    name: 'comments without end',
    write: async (socket) => {
      socket.write(streamHead)
      await forever(socket, ': keep\n\n'.repeat(1000))
    },
    kinds: ['malformed', 'timeout_first_token'],
  },
  {
    name: 'tokens without end',
    write: async (socket) => {
      socket.write(streamHead)
      await forever(socket, token.repeat(200))
    },
    kinds: ['malformed', 'timeout_total', 'truncated'],
  },
  {
    name: 'headers without end',
    write: async (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      await forever(socket, `x-more: ${'y'.repeat(1000)}\r\n`)
    },
    kinds: ['malformed'],
  },
  {
    name: 'one header without end',
    write: async (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx: ')
      await forever(socket, 'y'.repeat(1000))
    },
    kinds: ['malformed'],
  },
  {
    name: 'a chunk size without end',
    write: async (socket) => {
      socket.write(chunkedHead)
      await forever(socket, '0'.repeat(1000))
    },
    kinds: ['malformed', 'timeout_first_token'],
  },
  {
    name: 'trailers without end',
    write: async (socket) => {
      socket.write(`${chunkedHead}0\r\n`)
      await forever(socket, 'x: y\r\n'.repeat(100))
    },
    kinds: ['malformed', 'timeout_first_token'],
  },
  {
    name: 'an error page without end',
    write: async (socket) => {
      socket.write(head('500 Broken'))
      await forever(socket, '<script>'.repeat(1000))
    },
    kinds: ['server_error'],
  },
  {
    name: 'a byte now and then',
    write: async (socket) => {
      socket.write(streamHead)
      await forever(socket, 'd', 20)
    },
    kinds: ['timeout_first_token'],
  },
  {
    name: 'heartbeats now and then',
    write: async (socket) => {
      socket.write(streamHead)
      await forever(socket, ': ping\n\n', 20)
    },
    kinds: ['timeout_first_token'],
  },
  // Texts that patterns were slow on.
  {
    name: 'an error code of 300 KB',
    write: once(`${streamHead}${event({ error: { code: 'sk-'.repeat(100_000), message: 'no' } })}`),
    kinds: ['error_in_stream'],
  },
  {
    name: 'an error of 1 MB of spaces',
    write: once(`${streamHead}${event({ error: { message: `Bearer${' '.repeat(2 ** 20)}` } })}`),
    kinds: ['error_in_stream'],
  },
  {
    name: 'a finish reason of 1 MB',
    write: once(`${streamHead}${delta({ content: 'x' }, 'max_'.repeat(2 ** 18))}`),
    kinds: ['truncated'],
  },
  {
    name: 'a page of script tags',
    write: once(`${head('502 Bad Gateway', 'connection: close')}${'<script>'.repeat(8000)}`),
    kinds: ['server_error'],
  },
  {
    name: 'a retry hint of digits',
    write: once(`${streamHead}${event({ error: { message: 'wait', retry_after: '1'.repeat(2 ** 20) } })}`),
    kinds: ['error_in_stream'],
  },
]
