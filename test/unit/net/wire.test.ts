import { connect, createServer } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { LookupOneOptions } from 'node:dns'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/core/clock.ts'
import { type Exchange, exchange, type WireParts, type WireRequest } from '../../../src/net/wire.ts'
import {
  event,
  flushed,
  head,
  healthy,
  listening,
  type Received,
  saying,
  serving,
  streamHead,
} from '../../support/loopback.ts'

const requestTo = (baseUrl: string): WireRequest => ({
  url: new URL(`${baseUrl}/chat/completions`),
  headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' },
  body: '{"prompt":"naïve"}',
})

/** One exchange, with what its callbacks were told. */
async function exchanged(
  request: WireRequest,
  changes: Partial<WireParts> = {},
): Promise<{ seen: Exchange; events: [string, number][] }> {
  const events: [string, number][] = []
  const seen = await exchange(request, {
    clock: systemClock,
    env: {},
    egress: 'trusted',
    signal: new AbortController().signal,
    onSent: () => {},
    onEvent: ({ data }, read) => {
      events.push([data, read])
      return data === '[DONE]'
    },
    onComment: (read) => {
      events.push([':', read])
    },
    onLine: () => {},
    ...changes,
  })
  return { seen, events }
}

test('the request is sent whole, once, without asking for compression', async () => {
  const received: Received[] = []
  await serving(
    async (socket, request) => {
      received.push(request)
      await saying(streamHead, ...healthy)(socket, request)
    },
    (baseUrl) => exchanged(requestTo(baseUrl)),
  )
  expect(received).toHaveLength(1)
  expect(received[0]?.head).toMatch(/^POST \/v1\/chat\/completions HTTP\/1\.1\r\n/)
  expect(received[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', 'content-length': '19' })
  expect(received[0]?.body).toEqual({ prompt: 'naïve' })
})

test('an event carries the index of the read that completed it', async () => {
  const { seen, events } = await serving(
    async (socket) => {
      for (const piece of [
        streamHead,
        'data: a\n\ndata: b\n\ndata: c',
        '\n\n: ping\n\n',
        'data: [DONE]\n\n',
      ]) {
        socket.write(piece)
        await flushed()
      }
    },
    (baseUrl) => exchanged(requestTo(baseUrl)),
  )
  expect(events).toEqual([
    ['a', 1],
    ['b', 1],
    ['c', 2],
    [':', 2],
    ['[DONE]', 3],
  ])
  expect(seen.reads).toHaveLength(4)
  expect(seen.bytes[1]).toBe('data: a\n\ndata: b\n\ndata: c'.length)
  expect(seen.headersAt).toBe(seen.reads[0])
  expect(seen.end).toBe(seen.reads[3])
})

test('a character split between reads is whole, and nothing after the end is delivered', async () => {
  const bytes = Buffer.from(event('né✓') + event('[DONE]') + event('late'))
  const { events } = await serving(
    saying(streamHead, ...Array.from(bytes.subarray(0, 12), (byte) => Buffer.of(byte)), bytes.subarray(12)),
    (baseUrl) => exchanged(requestTo(baseUrl)),
  )
  expect(events.map(([data]) => data)).toEqual(['né✓', '[DONE]'])
})

test('connecting is timed by phase and is not part of any stamp', async () => {
  const slowMs = 60
  const lookup = (_: string, options: LookupOneOptions, done: (error: null, ...found: unknown[]) => void) => {
    const address = { address: '127.0.0.1', family: 4 }
    setTimeout(() => {
      if ('all' in options && options.all) done(null, [address])
      else done(null, address.address, address.family)
    }, slowMs)
  }
  const began = performance.now()
  const { seen } = await serving(saying(streamHead, ...healthy), (baseUrl) =>
    exchanged(requestTo(baseUrl.replace('127.0.0.1', 'slow.test')), { socket: { lookup: lookup as never } }),
  )
  expect(seen.dnsMs).toBeGreaterThan(slowMs - 2)
  const apart = (seen.connectMs ?? NaN) - (seen.dnsMs ?? NaN) - (seen.tcpMs ?? NaN)
  expect(apart).toBeGreaterThanOrEqual(-1e-6)
  expect(apart).toBeLessThan(slowMs)
  expect(seen.t0 - began).toBeGreaterThan(slowMs - 2)
  expect(seen.tlsMs).toBeNull()
  // Stamps count from the send: had they counted from the start, the first would be above the wait.
  expect(seen.reads[0]).toBeLessThan((seen.connectMs ?? 0) + performance.now() - began - slowMs)
  expect(seen.start + (seen.connectMs ?? 0)).toBeCloseTo(seen.t0, 6)
})

/** A shared key instead of a certificate. */
const psk = Buffer.from('firsttoken')
const ciphers = { ciphers: 'PSK', maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2' } as const
const trusting = {
  ...ciphers,
  pskCallback: () => ({ psk, identity: 'test' }),
  checkServerIdentity: () => undefined,
}

/** Runs `use` against a healthy server that speaks TLS. */
async function securely<T>(use: (origin: string) => Promise<T>): Promise<T> {
  const server = createTlsServer({ ...ciphers, pskCallback: () => psk }, (socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(streamHead + healthy.join('')))
  })
  try {
    return await use((await listening(server)).replace('http:', 'https:'))
  } finally {
    server.close()
  }
}

test('over TLS the request waits for the handshake, which is a phase of its own', async () => {
  const { seen, events } = await securely((origin) => exchanged(requestTo(origin), { socket: trusting }))
  expect(seen).toMatchObject({ status: 200, failure: null, dnsMs: null })
  expect(seen.tlsMs).toBeGreaterThan(0)
  expect(seen.tcpMs).toBeGreaterThan(0)
  expect(events.at(-1)?.[0]).toBe('[DONE]')
})

test('through a proxy to TLS the tunnel is part of connecting', async () => {
  const slowMs = 50
  const proxy = createServer((client) => {
    client.on('error', () => {})
    client.once('data', (bytes) => {
      const target = Number(/^CONNECT 127\.0\.0\.1:(\d+)/.exec(bytes.toString())?.[1])
      setTimeout(() => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n')
        const upstream = connect(target, '127.0.0.1')
        upstream.on('error', () => client.destroy())
        client.pipe(upstream).pipe(client)
      }, slowMs)
    })
  })
  const env = { HTTPS_PROXY: await listening(proxy) }
  const began = performance.now()
  const { seen, events } = await securely((origin) => exchanged(requestTo(origin), { socket: trusting, env }))
  proxy.close()
  expect(seen).toMatchObject({ status: 200, failure: null, dnsMs: null, tcpMs: null, tlsMs: null })
  expect(seen.connectMs).toBeGreaterThan(slowMs - 2)
  // As above: the stamps do not begin before the tunnel was open.
  expect(seen.reads[0]).toBeLessThan(performance.now() - began - (seen.connectMs ?? Infinity))
  expect(events.at(-1)?.[0]).toBe('[DONE]')
})

test('a proxy from the environment is used, and NO_PROXY is respected', async () => {
  const heads: string[] = []
  const seen = await serving(
    async (socket, received) => {
      heads.push(received.head)
      await saying(streamHead, ...healthy)(socket, received)
    },
    async (baseUrl) => {
      const env = { HTTP_PROXY: new URL(baseUrl).origin, NO_PROXY: '127.0.0.1' }
      const through = await exchanged(requestTo('http://provider.test/v1'), { env })
      const around = await exchanged(requestTo(baseUrl), { env })
      return [through.seen.status, around.seen.status]
    },
  )
  expect(seen).toEqual([200, 200])
  expect(heads[0]).toMatch(/^POST http:\/\/provider\.test\/v1\/chat\/completions /)
  expect(heads[1]).toMatch(/^POST \/v1\/chat\/completions /)
})

test('every exchange opens a socket of its own', async () => {
  const ports = new Set<number | undefined>()
  await serving(
    (socket) => {
      ports.add(socket.remotePort)
      const body = healthy.join('')
      socket.write(head('200 OK', 'content-type: text/event-stream', `content-length: ${body.length}`) + body)
    },
    async (baseUrl) => {
      for (let round = 0; round < 3; round += 1) await exchanged(requestTo(baseUrl))
    },
  )
  expect(ports.size).toBe(3)
})

test('the socket is closed as soon as the last event arrives', async () => {
  const closed = Promise.withResolvers<boolean>()
  await serving(
    (socket) => {
      socket.once('close', () => {
        closed.resolve(true)
      })
      socket.write(streamHead + healthy.join(''))
    },
    async (baseUrl) => {
      await exchanged(requestTo(baseUrl))
      expect(await closed.promise).toBe(true)
    },
  )
})

test('an exception from a callback is a bug: the exchange rejects with it', async () => {
  const bug = new TypeError('a bug')
  const failing = serving(saying(streamHead, ...healthy), (baseUrl) =>
    exchanged(requestTo(baseUrl), {
      onEvent: () => {
        throw bug
      },
    }),
  )
  await expect(failing).rejects.toBe(bug)
})

test('an endless event is cut off', async () => {
  const { seen } = await serving(
    async (socket) => {
      socket.write(streamHead + 'data: ')
      while (!socket.destroyed) {
        socket.write('x'.repeat(2 ** 20))
        await flushed()
      }
    },
    (baseUrl) => exchanged(requestTo(baseUrl)),
  )
  expect(seen.failure?.code).toBe('TOO_LONG')
})

/**
 * A chunked answer: interim responses, a head, chunks that cut events and characters, trailers and stray
 * bytes.
 */
const chunkedAnswer = [
  'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nx-id: 7\r\n\r\n',
  '9\r\ndata: na\u00c3\r\n5\r\n\u00afve\n\n\r\n16;x=y\r\n: ping\n\ndata: [DONE]\n\n\r\n0\r\nx-trailer: 1\r\n\r\nHTTP/1.1 500 No\r\n\r\n',
].join('')

test('a chunked answer is read correctly however it is split', async () => {
  const bytes = Buffer.from(chunkedAnswer, 'latin1')
  for (const size of [1, 2, 3, 7, 40, 137, bytes.length]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    )
    const { seen, events } = await serving(
      async (socket) => {
        for (const piece of pieces) {
          socket.write(piece)
          await flushed()
        }
      },
      (baseUrl) => exchanged(requestTo(baseUrl)),
    )
    expect(seen).toMatchObject({ failure: null, status: 200, headers: { 'x-id': '7' } })
    expect(events.map(([data]) => data)).toEqual(['naïve', ':', '[DONE]'])
  }
})

test.each([
  ['that ends without its last chunk', '5\r\nhello\r\n', 'ECONNRESET'],
  ['that ends within a chunk', 'f\r\ndata: x\n\n', 'ECONNRESET'],
  ['whose chunks have no size', 'data: x\n\n', 'HPE_INVALID_CHUNK_SIZE'],
])('a chunked answer %s is a failure', async (_, body, code) => {
  const { seen } = await serving(
    (socket) => {
      socket.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`)
    },
    (baseUrl) => exchanged(requestTo(baseUrl)),
  )
  expect(seen.failure).toMatchObject({ code })
})

test('a chunked answer that is not a stream ends with its last chunk, though the socket stays open', async () => {
  const { seen } = await serving(
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n')
    },
    (baseUrl) => exchanged(requestTo(baseUrl)),
  )
  expect(seen).toMatchObject({ failure: null, text: 'nope' })
})
