import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { delta, done, head, listening, stop } from '../support/loopback.ts'
import { ask, idOf, type Proxied, startProxied, streamBody } from '../support/proxied.ts'

let upstream: Server
let proxied: Proxied
/** What the upstream writes when a request has arrived. */
let answer: (socket: Socket) => void

beforeAll(async () => {
  upstream = createServer({ noDelay: true }, (socket) => {
    let text = ''
    socket
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1')
        const [top = '', body] = text.split('\r\n\r\n', 2)
        const length = Number(/content-length: (\d+)/i.exec(top)?.[1] ?? 0)
        if (body === undefined || body.length < length) return
        text = ''
        answer(socket)
      })
  })
  proxied = await startProxied(`${await listening(upstream)}/v1`)
})
afterAll(async () => {
  await proxied.close()
  upstream.close()
})

/** A complete answer of one JSON document, with these members beside what it says. */
const documentOf = (more = '') =>
  `{"model":"tiny-1","choices":[{"index":0,"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"completion_tokens":3}${more}}`
const plain = (body: string) =>
  head('200 OK', 'content-type: application/json', `content-length: ${Buffer.byteLength(body)}`) + body

test.each([
  ['with a length', [plain(documentOf()), '{"model":"tiny"}', documentOf()]],
  [
    'in chunks',
    [
      `${head('200 OK', 'content-type: text/event-stream', 'transfer-encoding: chunked')}${[delta({ content: 'hi' }), stop, done].map((each) => `${Buffer.byteLength(each).toString(16)}\r\n${each}\r\n`).join('')}0\r\n\r\n`,
      streamBody(),
      delta({ content: 'hi' }) + stop + done,
    ],
  ],
])(
  'a complete answer %s passes whole, whatever its upstream sends behind it',
  async (_, [sent = '', body = '', whole]) => {
    answer = (socket) => socket.write(`${sent}EXTRA`)
    const got = await ask(proxied.port, { body })
    expect(got.body.toString()).toBe(whole)
    expect(await proxied.recordOf(idOf(got))).toMatchObject({ success: true, finishReason: 'stop' })
  },
)

test('a document of any depth passes, and what it used is known', async () => {
  const body = documentOf(`,"deep":${'['.repeat(20_000)}${']'.repeat(20_000)}`)
  answer = (socket) => socket.write(plain(body))
  const got = await ask(proxied.port, { body: '{"model":"tiny"}' })
  expect(got.body.toString()).toBe(body)
  expect(await proxied.recordOf(idOf(got))).toMatchObject({ inputTokens: 4, outputTokens: 3 })
})
