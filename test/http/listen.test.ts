import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addFiles } from '../../src/http/files.ts'
import { createHttp } from '../../src/http/http.ts'
import { type Listening, listen } from '../../src/http/listen.ts'
import { httpParts } from '../support/http-parts.ts'

const parent = mkdtempSync(join(tmpdir(), 'firsttoken-files-'))
const root = join(parent, 'dist')
let listening: Listening
let host: string

beforeAll(async () => {
  mkdirSync(join(root, 'assets'), { recursive: true })
  writeFileSync(join(parent, 'secret.txt'), 'outside of the folder')
  writeFileSync(join(root, 'index.html'), '<title>index</title>')
  writeFileSync(join(root, 'assets/app-1a2b.js'), 'export {}')
  let port = 0
  const parts = httpParts()
  const access = { ...parts.access, hosts: () => ({ port, publicUrl: null, allowed: [] }) }
  const { hono } = createHttp({ ...parts, access })
  addFiles(hono, root)
  listening = await listen(hono, { host: '127.0.0.1', port: 0 })
  ;({ port } = listening)
  host = `127.0.0.1:${port}`
})
afterAll(async () => {
  await listening.close(AbortSignal.abort())
  rmSync(parent, { recursive: true })
})

/** Sends these bytes over one connection, and gives all that comes back until it is closed. */
async function send(...lines: string[]): Promise<string> {
  const socket = connect(listening.port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text))
  socket.on('error', () => undefined)
  socket.write(lines.join('\r\n'))
  await once(socket, 'close')
  return answer
}

const get = (target: string, named = host, ...headers: string[]) =>
  send(`GET ${target} HTTP/1.1`, `Host: ${named}`, 'Connection: close', ...headers, '', '')
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)

test('unknown paths are the dashboard, those of the program are not', async () => {
  for (const path of ['/', '/targets/openai?window=7d', '/index.html', '/apish']) {
    const answer = await get(path)
    expect(answer, path).toContain('<title>index</title>')
    expect(answer).toContain('cache-control: no-cache')
    expect(answer).toContain("content-security-policy: default-src 'none'")
  }
  expect(await get('/assets/app-1a2b.js')).toContain('cache-control: public, max-age=31536000, immutable')
  for (const path of ['/api', '/api/v1/none', '/api/none', '/metrics/none', '/docs/none'])
    expect(statusOf(await get(path)), path).toBe(404)
  expect(
    statusOf(
      await send('POST / HTTP/1.1', `Host: ${host}`, 'Connection: close', 'Content-Length: 0', '', ''),
    ),
  ).toBe(404)
})

test.each([
  '/../secret.txt',
  '/assets/../../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/..%5csecret.txt',
  '/%252e%252e%252fsecret.txt',
  '/assets/%00/../../../secret.txt',
  '/index.html%00.js',
  '/%ff%fe',
  '/%zz',
  '/a\\..\\..\\secret.txt',
  '//secret.txt',
  '///../secret.txt',
])('%s does not leave the folder, and is answered', async (path) => {
  const answer = await get(path)
  expect(answer).not.toContain('outside of the folder')
  expect([200, 400, 404]).toContain(statusOf(answer))
})

test('what is no request is refused', async () => {
  expect(statusOf(await send('nonsense', '', ''))).toBe(400)
  expect(statusOf(await send('GET / HTTP/1.1', '', ''))).toBe(400)
  expect(statusOf(await send('OPTIONS * HTTP/1.1', `Host: ${host}`, 'Connection: close', '', ''))).toBe(400)
  expect(statusOf(await get('/', `${host}\r\nHost: evil.example`))).toBe(421)
  expect(statusOf(await get('/', host, `X-Long: ${'x'.repeat(40_000)}`))).toBe(431)
  const both = ['Content-Length: 3', 'Transfer-Encoding: chunked']
  expect(statusOf(await send('POST /api/v1/session HTTP/1.1', `Host: ${host}`, ...both, '', 'abc'))).toBe(400)
})

test('a body comes with a length, in chunks or not at all', async () => {
  const signIn = '{"token":"wrong-wrong-wrong-wrong"}'
  const ask = (method: string, headers: string[], body = '') =>
    send(
      `${method} /api/v1/session HTTP/1.1`,
      `Host: ${host}`,
      'Connection: close',
      'Content-Type: application/json',
      ...headers,
      '',
      body,
    )
  const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`
  const transfer = ['Transfer-Encoding: chunked']
  expect(statusOf(await ask('DELETE', []))).toBe(204)
  expect(statusOf(await ask('DELETE', ['Content-Length: 2'], '{}'))).toBe(204)
  expect(statusOf(await ask('POST', transfer, chunked(signIn)))).toBe(401)
  expect(statusOf(await ask('POST', [`Content-Length: ${signIn.length}`], signIn))).toBe(401)
  expect(statusOf(await ask('POST', transfer, chunked('x'.repeat(256 * 1024 + 1))))).toBe(413)
  expect(statusOf(await ask('POST', ['Content-Length: 262145']))).toBe(413)
})

test('another name is refused, also in the target of a request', async () => {
  expect(statusOf(await get('/api/v1/prompts?source=built_in'))).toBe(200)
  for (const named of [
    'evil.example',
    `evil.example:${listening.port}`,
    '127.0.0.1:1',
    `127.0.0.1.evil.example:${listening.port}`,
  ])
    expect(statusOf(await get('/api/v1/prompts?source=built_in', named)), named).toBe(421)
  expect(statusOf(await get('http://evil.example/api/v1/prompts?source=built_in'))).toBe(421)
  expect(statusOf(await get(`http://${host}/api/v1/prompts?source=built_in`))).toBe(200)
  expect(statusOf(await get('/api/v1/prompts?source=built_in', `localhost:${listening.port}`))).toBe(200)
  expect(statusOf(await get('/api/v1/prompts?source=built_in', `[::1]:${listening.port}`))).toBe(200)
})

test('requests that come at once over one connection are answered in order', async () => {
  const one = (path: string, ...headers: string[]) =>
    [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...headers, '', ''].join('\r\n')
  const answer = await send(
    one('/api/v1/prompts?source=built_in') + one('/api/v1/none') + one('/', 'Connection: close'),
  )
  const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)
  expect(statuses).toEqual(['200', '404', '200'])
})

test('slow clients and many connections have limits', () => {
  const { server } = listening
  expect(server.headersTimeout).toBe(10_000)
  expect(server.requestTimeout).toBe(30_000)
  expect(server.timeout).toBe(120_000)
  expect(server.maxConnections).toBe(1000)
})

test('closing takes no more connections, and does not wait for a stream that goes on', async () => {
  const { hono } = createHttp(httpParts())
  hono.get(
    '/endless',
    () => new Response(new ReadableStream({ start: (to) => to.enqueue(new Uint8Array([65])) })),
  )
  const other = await listen(hono, { host: '127.0.0.1', port: 0 })
  const socket = connect(other.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('GET /endless HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n')
  await once(socket, 'data')
  const hurry = new AbortController()
  const closing = other.close(hurry.signal)
  const late = connect(other.port, '127.0.0.1')
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException]
  expect(error.code).toBe('ECONNREFUSED')
  hurry.abort()
  await closing
})

test('who offers another protocol is answered as everybody else', async () => {
  const websocket = [
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ]
  for (const offer of [['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA'], websocket]) {
    const answer = send(
      'GET /api/v1/session HTTP/1.1',
      `Host: ${host}`,
      'Connection: Upgrade, close',
      ...offer,
      '',
      '',
    )
    expect(await answer, offer[0]).toContain('"reads_open"')
  }
})
