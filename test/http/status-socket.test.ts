import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addFiles } from '../../src/http/files.ts'
import { createHttp } from '../../src/http/http.ts'
import { type Listening, listen } from '../../src/http/listen.ts'
import { httpParts } from '../support/http-parts.ts'
import { pageRow } from '../support/status-sample.ts'

const root = mkdtempSync(join(tmpdir(), 'firsttoken-status-'))
let listening: Listening

beforeAll(async () => {
  writeFileSync(join(root, 'index.html'), '<title>dashboard</title>')
  writeFileSync(join(root, 'robots.txt'), 'of a file')
  const parts = httpParts({
    env: { STATUS_PAGE: 'public', STATUS_HOST: 'status.example' },
    store: { statusPage: () => Promise.resolve(pageRow()) },
  })
  const { hono } = createHttp(parts)
  addFiles(hono, root)
  listening = await listen(hono, { host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await listening.close(AbortSignal.abort())
  rmSync(root, { recursive: true })
})

/** What comes back over one connection: the status, the headers and the bytes of the body. */
async function ask(line: string, named: string, ...headers: string[]) {
  const socket = connect(listening.port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text))
  socket.on('error', () => undefined)
  const close = headers.some((header) => header.startsWith('Connection:')) ? [] : ['Connection: close']
  socket.write([`${line} HTTP/1.1`, `Host: ${named}`, ...close, ...headers, '', ''].join('\r\n'))
  await once(socket, 'close')
  const [head = '', ...rest] = answer.split('\r\n\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0)
  const of = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim() ?? null
  return { status, of, body: rest.join('\r\n\r\n') }
}
const home = 'status.example'

test('HEAD has the headers of GET and no body; who has the page gets 304 with its tag and no body', async () => {
  const whole = await ask('GET /status', home)
  expect(whole.status).toBe(200)
  expect(whole.of('content-length')).toBe(String(whole.body.length))
  const head = await ask('HEAD /status', home)
  expect([head.status, head.body]).toEqual([200, ''])
  for (const name of ['content-length', 'content-type', 'etag', 'cache-control', 'content-security-policy'])
    expect(head.of(name), name).toBe(whole.of(name))
  for (const method of ['GET', 'HEAD']) {
    const again = await ask(`${method} /status`, home, `If-None-Match: ${whole.of('etag')}`)
    expect([again.status, again.body, again.of('content-length')]).toEqual([304, '', null])
    expect([again.of('etag'), again.of('vary')]).toEqual([whole.of('etag'), 'accept-encoding'])
  }
  expect((await ask('HEAD /status/none', home)).body).toBe('')
})

test('at its own host neither the dashboard nor the API answers, in whatever way they are asked', async () => {
  expect((await ask('GET /', home)).body).toContain('All systems operational')
  expect((await ask('GET /', `${home}:443`)).body).toContain('All systems operational')
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  const refused = await Promise.all([
    ask('GET /index.html', home),
    ask('GET /targets', home),
    ask('GET //', home),
    ask('GET /%2e%2e/index.html', home),
    ask('GET /api/v1/targets', home),
    ask('POST /api/v1/session', home, 'Content-Length: 0'),
    ask('GET /api/v1/ws', home, ...upgrade, 'Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng=='),
    ask('OPTIONS /api/v1/targets', home, 'Origin: https://evil.example'),
  ])
  expect(refused.map(({ status }) => status)).toEqual(Array(8).fill(404))
  for (const { body } of refused) expect(body).not.toContain('dashboard')
})

test('robots are told by the program, also if there is a file of that name', async () => {
  expect((await ask('GET /robots.txt', home)).body).toContain('Allow: /$')
  expect((await ask('GET /robots.txt', 'evil.example')).status).toBe(421)
})
