import { createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { type Exchange, exchange, type WireParts } from '../../../src/net/wire.ts'
import { flushed, head, listening, pause } from '../../support/loopback.ts'

/** The bytes of a chunked stream of one event. */
const begun = `${head('200 OK', 'content-type: text/event-stream', 'transfer-encoding: chunked')}9\r\ndata: a\n\n\r\n`
const done = 'e\r\ndata: [DONE]\n\n\r\n'
const last = '0\r\n\r\n'

/** Answers a request, which is the so-manieth of its socket, on a socket that is the so-manieth. */
type Answer = (socket: Socket, at: { request: number; connection: number }) => unknown

/** Sends so many requests, one after the other, and counts connections. */
async function sending(
  requests: number,
  answer: Answer,
  { restMs = 0, ...parts }: Partial<WireParts> & { restMs?: number } = {},
): Promise<{ seen: Exchange[]; events: string[][]; connections: number }> {
  const sockets: Socket[] = []
  const server = createServer({ noDelay: true }, (socket) => {
    const connection = sockets.push(socket)
    let request = 0
    socket.on('error', () => socket.destroy())
    socket.on('data', () => answer(socket, { request: (request += 1), connection }))
  })
  const url = new URL(`${await listening(server)}/v1/chat/completions`)
  const seen: Exchange[] = []
  const events: string[][] = []
  for (let sent = 0; sent < requests; sent += 1) {
    const told: string[] = []
    events.push(told)
    seen.push(
      await exchange(
        { url, headers: {}, body: '{}' },
        {
          clock: systemClock,
          env: {},
          egress: 'trusted',
          signal: new AbortController().signal,
          reuse: true,
          onSent: () => {},
          onEvent: ({ data }) => told.push(data) > 0 && data === '[DONE]',
          onComment: () => {},
          onLine: () => {},
          ...parts,
        },
      ),
    )
    // The agent has the socket back a turn after the end of its answer, however long the pause took.
    await pause(20 + restMs)
    await flushed()
  }
  for (const socket of sockets) socket.destroy()
  server.close()
  return { seen, events, connections: sockets.length }
}

const healthy: Answer = (socket) => socket.write(begun + done + last)
/** What is known of each connection: whether it was reused, and its phases. */
const opened = (seen: readonly Exchange[]) =>
  seen.map(({ reused, dnsMs, tcpMs, tlsMs, connectMs }) => [
    reused,
    dnsMs,
    tcpMs !== null,
    tlsMs,
    connectMs === 0,
  ])
const anew = [false, null, true, null, false]
const again = [true, null, false, null, true]

test('a request is sent on the connection of the one before, which then took no time to open', async () => {
  const { seen, events, connections } = await sending(3, healthy)
  expect(opened(seen)).toEqual([anew, again, again])
  expect(seen.map(({ failure, status, reads }) => [failure, status, reads.length])).toEqual(
    Array.from({ length: 3 }, () => [null, 200, 1]),
  )
  expect(events).toEqual(Array.from({ length: 3 }, () => ['a', '[DONE]']))
  expect(connections).toBe(1)
})

test('without being asked to, each opens its own', async () => {
  const { seen, connections } = await sending(2, healthy, { reuse: false })
  expect(opened(seen)).toEqual([anew, anew])
  expect(connections).toBe(2)
})

test('what comes after the end of the stream is no read of it, and the connection is reused all the same', async () => {
  const { seen, connections } = await sending(
    2,
    (socket) => {
      socket.write(begun + done)
      setTimeout(() => socket.write(last), 10)
    },
    { restMs: 30 },
  )
  expect(seen.map(({ reads, bytes }) => [reads.length, bytes.length])).toEqual([
    [1, 1],
    [1, 1],
  ])
  expect(opened(seen)).toEqual([anew, again])
  expect(connections).toBe(1)
})

test('an error has a body of a known length, after which the connection is reused', async () => {
  const { seen, connections } = await sending(2, (socket) =>
    socket.write(`${head('429 Too Many', 'content-length: 5')}sorry`),
  )
  expect(seen.map(({ status, text }) => [status, text])).toEqual(
    Array.from({ length: 2 }, () => [429, 'sorry']),
  )
  expect(opened(seen)).toEqual([anew, again])
  expect(connections).toBe(1)
})

test.each([
  { name: 'is cut off', answer: ((socket) => socket.end(begun)) as Answer },
  { name: 'is not chunked as declared', answer: ((socket) => socket.write(`${begun}zz\r\n`)) as Answer },
  {
    name: 'says that the connection closes',
    answer: ((socket) =>
      socket.end(`${begun.replace('\r\n', '\r\nconnection: close\r\n')}${done}${last}`)) as Answer,
  },
])('the connection of an answer that $name is not reused', async ({ answer }) => {
  const { seen, connections } = await sending(2, answer)
  expect(opened(seen)).toEqual([anew, anew])
  expect(connections).toBe(2)
})

test('what is sent on a connection that its server closes meanwhile is sent again on a new one', async () => {
  const { seen, events, connections } = await sending(3, (socket, at) =>
    at.request > 1 ? socket.destroy() : healthy(socket, at),
  )
  expect(opened(seen)).toEqual([anew, anew, anew])
  expect(seen.map(({ failure }) => failure)).toEqual([null, null, null])
  expect(events).toEqual(Array.from({ length: 3 }, () => ['a', '[DONE]']))
  expect(connections).toBe(3)
})

test('an answer that breaks after its first byte is a failure, reused connection or not', async () => {
  const { seen } = await sending(2, (socket, at) =>
    at.request > 1 ? socket.write(begun, () => socket.destroy()) : healthy(socket, at),
  )
  expect(seen.map(({ reused, failure }) => [reused, failure === null])).toEqual([
    [false, true],
    [true, false],
  ])
})
