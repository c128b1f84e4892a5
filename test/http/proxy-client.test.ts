import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { delta, done, event, flushed, listening, stop } from '../support/loopback.ts'
import { anybody, ask, idOf, type Proxied, startProxied, streamBody } from '../support/proxied.ts'
import { dial, headOf } from '../support/raw-client.ts'

let upstream: Server
let proxied: Proxied
/** What the upstream does with a request, once its body is there. */
let handle: (request: IncomingMessage, response: ServerResponse) => void
/** Resolves with the next request of the upstream, and its socket. */
let arrived = Promise.withResolvers<{ socket: Socket; response: ServerResponse }>()

beforeAll(async () => {
  upstream = createServer((request, response) => {
    request.resume().on('end', () => {
      arrived.resolve({ socket: request.socket, response })
      handle(request, response)
    })
  })
  proxied = await startProxied(`${await listening(upstream)}/v1`)
})
afterAll(async () => {
  await proxied.close()
  upstream.closeAllConnections()
  upstream.close()
})

/** Sends a request by hand, with a body of which the last `missing` bytes are kept back. */
function send(port: number, body: string, missing = 0): Socket {
  const client = connect(port, '127.0.0.1')
  client.on('error', () => undefined)
  client.write(headOf(Buffer.byteLength(body)) + body.slice(0, body.length - missing))
  return client
}

/** Resolves when a socket is closed, by an error too: what was not read resets it. */
const closing = (socket: Socket) => new Promise((closed) => socket.once('close', closed))

/** Resolves when nothing more is taken from a socket that is written to. */
const stalled = (socket: Socket) =>
  expect
    .poll(async () => {
      const then = socket.bytesWritten
      await new Promise((wait) => setTimeout(wait, 200))
      return then > 0 && socket.bytesWritten === then && socket.writableLength > 0
    })
    .toBe(true)

/** The newest record, when there are more than there were. */
async function nextRecord(from: Proxied, before: number) {
  await expect.poll(() => from.records.length).toBe(before + 1)
  return from.records.at(-1)
}

const streamHead = { 'content-type': 'text/event-stream' }
const role = delta({ role: 'assistant', content: '' })
const hello = delta({ content: 'Hello' })

/** What the upstream has sent when the client leaves, and the phase that this is. */
const phases = [
  { phase: 'headers', sent: () => undefined, seen: '' },
  {
    phase: 'first_token',
    sent: (response: ServerResponse) => void response.writeHead(200, streamHead).write(role),
    seen: '"assistant"',
  },
  {
    phase: 'streaming',
    sent: (response: ServerResponse) => void response.writeHead(200, streamHead).write(role + hello),
    seen: '"Hello"',
  },
]

test.each(phases)(
  'a client that leaves in the phase $phase ends the call upstream',
  async ({ phase, sent, seen }) => {
    arrived = Promise.withResolvers()
    handle = (_, response) => sent(response)
    const before = proxied.records.length
    const client = send(proxied.port, streamBody())
    let text = ''
    client.on('data', (bytes: Buffer) => (text += bytes.toString()))
    const { socket } = await arrived.promise
    await expect.poll(() => text).toContain(seen)
    const closed = closing(socket)
    client.destroy()
    await closed
    expect(await nextRecord(proxied, before)).toMatchObject({
      clientLeft: phase,
      success: false,
      errorKind: 'aborted',
      faultDomain: 'self',
      upstreamStatus: phase === 'headers' ? null : 200,
      upstreamEndMs: null,
    })
  },
)

test('a client that leaves within its body calls nobody', async () => {
  arrived = Promise.withResolvers()
  let isCalled = false
  handle = () => (isCalled = true)
  const before = proxied.records.length
  const client = send(proxied.port, streamBody(), 5)
  await once(client, 'connect')
  await flushed()
  client.destroy()
  expect(await nextRecord(proxied, before)).toMatchObject({
    clientLeft: 'body',
    errorKind: 'aborted',
    status: null,
    sentMs: null,
    bodyMs: null,
  })
  expect(isCalled).toBe(false)
})

test('a client that leaves while its upstream is looked up and connected to ends that', async () => {
  const asked = Promise.withResolvers<() => void>()
  const slow = await startProxied('http://up.test/v1', {
    enter: () => Promise.resolve({ admit: () => anybody }),
    socket: {
      lookup: (_, __, answer) => asked.resolve(() => answer(null, [{ address: '127.0.0.1', family: 4 }])),
    },
  })
  const client = send(slow.port, streamBody())
  const resolveName = await asked.promise
  client.destroy()
  expect(await nextRecord(slow, 0)).toMatchObject({
    clientLeft: 'connecting',
    errorKind: 'aborted',
    connectMs: null,
    sentMs: null,
  })
  resolveName()
  await slow.close()
})

test('a client that does not read pauses the upstream, holds little, and is told of as stalled', async () => {
  arrived = Promise.withResolvers()
  const long = delta({ content: 'x'.repeat(10_000) })
  const sent = { bytes: 0 }
  handle = (_, response) => {
    response.writeHead(200, streamHead)
    const more = () => {
      while (!response.destroyed && response.write(long)) sent.bytes += long.length
    }
    response.on('drain', more)
    more()
  }
  const before = proxied.records.length
  const client = send(proxied.port, streamBody())
  client.pause()
  const { socket } = await arrived.promise
  await stalled(socket)
  // What fits into the buffers of four sockets and of ours, whatever the model would write.
  expect(socket.bytesWritten).toBeLessThan(24 * 2 ** 20)
  const closed = closing(socket)
  client.destroy()
  await closed
  const record = await nextRecord(proxied, before)
  expect(record).toMatchObject({ clientLeft: 'paused', errorKind: 'aborted' })
  // Untrusted if this machine was late too.
  expect(record?.timingQuality).not.toBe('ok')
  expect(record?.clientStalledMs).toBeGreaterThan(100)
  expect(record?.timingReasons.join()).toContain('the client did not read for')
  // It was counted when it was handed over; what waits for the client is a buffer of Node's and one of ours.
  expect((record?.responseBytes ?? 0) - client.bytesRead).toBeLessThan(16 * 2 ** 20)
})

test.each([
  ['of a long answer', 2000],
  ['of a shorter one', 600],
])('a client that reads nothing %s for too long has left', async (_, pieces) => {
  const long = delta({ content: 'x'.repeat(20_000) })
  handle = (__, response) => void response.writeHead(200, streamHead).end(long.repeat(pieces) + stop + done)
  const at = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`
  const strict = await startProxied(at, { timeouts: { connect: 10_000, firstByte: 20_000, idle: 300 } })
  const client = send(strict.port, streamBody())
  client.pause()
  expect(await nextRecord(strict, 0)).toMatchObject({
    clientLeft: 'paused',
    errorKind: 'aborted',
    faultDomain: 'self',
  })
  client.destroy()
  await strict.close()
})

test('a client that reads again gets all of it, and the upstream goes on', async () => {
  const pieces = Array.from({ length: 600 }, (_, index) =>
    delta({ content: `${index} ${'x'.repeat(50_000)}` }),
  )
  const whole = [...pieces, stop, done].join('')
  arrived = Promise.withResolvers()
  handle = (_, response) => {
    response.writeHead(200, streamHead)
    response.end(whole)
  }
  const before = proxied.records.length
  const client = send(proxied.port, streamBody({ stream_options: { include_usage: true } }))
  client.pause()
  await stalled((await arrived.promise).socket)
  let bytes = 0
  client.on('data', (part: Buffer) => (bytes += part.length)).resume()
  const record = await nextRecord(proxied, before)
  expect(record).toMatchObject({
    success: true,
    clientLeft: null,
    responseBytes: whole.length,
    finishReason: 'stop',
  })
  await expect.poll(() => bytes).toBeGreaterThan(whole.length)
  client.destroy()
})

test('a client that closes at [DONE] has not left', async () => {
  arrived = Promise.withResolvers()
  handle = (_, response) => void response.writeHead(200, streamHead).write(role + hello + stop + done)
  const before = proxied.records.length
  const client = send(proxied.port, streamBody())
  let text = ''
  client.on('data', (bytes: Buffer) => (text += bytes.toString()))
  const { socket } = await arrived.promise
  await expect.poll(() => text).toContain('[DONE]')
  const closed = closing(socket)
  client.destroy()
  await closed
  expect(await nextRecord(proxied, before)).toMatchObject({
    success: true,
    clientLeft: null,
    errorKind: null,
  })
})

test('a body that is too large is refused with an answer that arrives, whether its length is told or not', async () => {
  const small = await startProxied('http://127.0.0.1:9/v1', { mostBody: 100_000 })
  const body = Buffer.alloc(400_000, 'x')
  const told = await ask(small.port, { body })
  const untold = await ask(small.port, { body, headers: { 'transfer-encoding': 'chunked' } })
  for (const { status, body: answer, headers } of [told, untold]) {
    expect(status).toBe(413)
    expect(headers.connection).toBe('close')
    expect(JSON.parse(answer.toString())).toEqual({
      error: {
        message: 'The body is larger than 100000 bytes.',
        type: 'invalid_request_error',
        param: null,
        code: 'body_too_large',
      },
    })
  }
  expect(small.refused.map(({ code }) => code)).toEqual(['body_too_large', 'body_too_large'])
  expect(small.records).toEqual([])
  await small.close()
})

test('a body of 20 MB goes upstream as it is, and one of 33 MiB is too large', async () => {
  const received = Promise.withResolvers<number>()
  const counting = createServer((request, response) => {
    let bytes = 0
    request.on('data', (part: Buffer) => (bytes += part.length))
    request.on('end', () => {
      received.resolve(bytes)
      response.writeHead(200, streamHead).end(hello + stop + done)
    })
  })
  const large = await startProxied(`${await listening(counting)}/v1`)
  const image = `data:image/png;base64,${'A'.repeat(20_000_000)}`
  const body = JSON.stringify({
    model: 'tiny',
    messages: [{ role: 'user', content: [{ image_url: image }] }],
  })
  const answer = await ask(large.port, { body })
  expect(answer.status).toBe(200)
  expect(await received.promise).toBe(body.length)
  expect(await large.recordOf(idOf(answer))).toMatchObject({ requestBytes: body.length, promptCharacters: 0 })
  expect((await ask(large.port, { body: Buffer.alloc(33 * 2 ** 20, ' ') })).status).toBe(413)
  await large.close()
  counting.closeAllConnections()
  counting.close()
})

test('whoever waits for 100 Continue is told to go on, unless the body is too large', async () => {
  handle = (request, response) => {
    expect(request.headers.expect).toBeUndefined()
    response.writeHead(200, streamHead).end(hello + stop + done)
  }
  const head = (length: number) => headOf(length, 'expect: 100-continue')
  const body = streamBody()
  const { client, told } = dial(proxied.port)
  client.write(head(body.length))
  await expect.poll(() => told.text).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  client.write(body)
  await expect.poll(() => told.text).toContain('[DONE]')
  client.destroy()

  const refused = dial(proxied.port)
  refused.client.write(head(2 ** 30))
  await expect.poll(() => refused.told.text).toContain('"body_too_large"')
  expect(refused.told.text).toMatch(/^HTTP\/1.1 413 /)
  refused.client.destroy()
})

test('requests on one connection each begin when their own first bytes arrive', async () => {
  handle = (_, response) => void response.writeHead(200, streamHead).end(event('[DONE]'))
  const before = proxied.records.length
  const client = send(proxied.port, streamBody())
  let text = ''
  client.on('data', (bytes: Buffer) => (text += bytes.toString()))
  const ends = () => text.split('\r\n0\r\n\r\n').length - 1
  await expect.poll(ends).toBe(1)
  const again = streamBody()
  client.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\ncontent-length: ${again.length}\r\n\r\n${again.slice(0, 10)}`,
  )
  // The rest comes 60 ms later: its body takes as long, and it had not begun before.
  await new Promise((wait) => setTimeout(wait, 60))
  client.write(again.slice(10))
  await expect.poll(ends).toBe(2)
  await expect.poll(() => proxied.records.length).toBe(before + 2)
  const [first, second] = proxied.records.slice(before)
  expect(second?.bodyMs).toBeGreaterThan(50)
  expect(second?.receivedAt.getTime()).toBeGreaterThanOrEqual(
    (first?.receivedAt.getTime() ?? 0) + (first?.firstWrittenMs ?? Infinity) - 2,
  )
  client.destroy()
})
