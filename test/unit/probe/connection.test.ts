import { once } from 'node:events'
import { createServer, type LookupFunction } from 'node:net'
import { expect, test } from 'vitest'
import { listening, probed, probing, saying, serving } from '../../support/loopback.ts'

test('a refused connection is connect', async () => {
  const server = createServer()
  const baseUrl = await listening(server)
  server.close()
  await once(server, 'close')
  const seen = await probing(baseUrl)
  expect(seen).toMatchObject({
    errorKind: 'connect',
    errorCode: 'ECONNREFUSED',
    statusCode: null,
    connectMs: null,
  })
  expect(seen.ttftMs).toBeNull()
})

const unresolved: LookupFunction = (name, _, done) => {
  const error = new Error(`getaddrinfo ENOTFOUND ${name}`)
  done(Object.assign(error, { code: 'ENOTFOUND', syscall: 'getaddrinfo' }), '')
}
const bothFamilies: LookupFunction = (_, __, done) => {
  done(null, [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ])
}

test('a name that does not resolve is dns', async () => {
  const seen = await probing('http://nowhere.test/v1', { parts: { socket: { lookup: unresolved } } })
  expect(seen).toMatchObject({ errorKind: 'dns', statusCode: null })
  expect(seen.errorMessage).toContain('nowhere.test')
})

test('every address refusing is connect, and each is named', async () => {
  const server = createServer()
  const { port } = new URL(await listening(server))
  server.close()
  await once(server, 'close')
  const seen = await probing(`http://both.test:${port}/v1`, { parts: { socket: { lookup: bothFamilies } } })
  expect(seen.errorKind).toBe('connect')
  expect(seen.errorMessage).toMatch(/127\.0\.0\.1.*::1/)
})

test('TLS with a server that does not speak it is tls', async () => {
  const seen = await serving(saying('HTTP/1.1 400 Bad Request\r\n\r\n'), async (baseUrl) => {
    const plain = createServer((socket) =>
      socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    )
    const url = await listening(plain)
    try {
      return await probing(url.replace('http:', 'https:') + new URL(baseUrl).pathname)
    } finally {
      plain.close()
    }
  })
  expect(seen).toMatchObject({ errorKind: 'tls', statusCode: null, connectMs: null })
  expect(seen.tcpMs).toBeGreaterThan(0)
})

test('a handshake that is never answered is timeout_connect', async () => {
  const seen = await serving(
    () => {},
    (baseUrl) => probing(baseUrl.replace('http:', 'https:'), { timeouts: { connect: 40 } }),
  )
  expect(seen).toMatchObject({ errorKind: 'timeout_connect', statusCode: null, connectMs: null })
})

test('a key that no header can hold is self, and is not shown', async () => {
  const key = 'sk-live-\u0007-0123456789'
  const seen = await probed(saying(), { provider: { key } })
  expect(seen.errorKind).toBe('self')
  expect(seen.errorMessage).not.toContain(key)
})

test('a dead proxy is self, whose socket says why', async () => {
  const proxy = createServer()
  const url = await listening(proxy)
  proxy.close()
  await once(proxy, 'close')
  const seen = await probing('http://127.0.0.1:9/v1', { parts: { env: { HTTP_PROXY: url } } })
  expect(seen).toMatchObject({ errorKind: 'self', errorCode: 'ECONNREFUSED' })
  expect(seen.errorMessage).toContain(new URL(url).port)
})
