import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { delta, done, event, head, stop, streamHead } from '../support/loopback.ts'
import { ask, heldKey, idOf, type Proxied, startProxied, streamBody } from '../support/proxied.ts'

/** A key that looks like none. */
const own = 'Zq7-own.key_of~the+client/0042'

let upstream: Server
let proxied: Proxied
let answer = ''

beforeAll(async () => {
  upstream = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => socket.end(answer))
  }).listen(0, '127.0.0.1')
  await new Promise((listens) => upstream.once('listening', listens))
  proxied = await startProxied(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`)
})
afterAll(async () => {
  await proxied.close()
  upstream.close()
})

/** Where a client may write its key, and where a provider may write it, or ours, back. */
const questions = {
  'an Authorization': { headers: { authorization: `Bearer ${own}` }, body: {} },
  'an Authorization without a scheme': { headers: { authorization: own }, body: {} },
  'another header': { headers: { 'x-api-key': own }, body: {} },
  'a cookie': { headers: { cookie: `session=${own}; a=b` }, body: {} },
  'its label': { headers: { 'x-firsttoken-client': own, authorization: `Bearer ${own}` }, body: {} },
  'its model': { headers: { authorization: `Bearer ${own}` }, body: { model: `gpt-${own}` } },
  'a setting': { headers: { authorization: `Bearer ${own}` }, body: { reasoning_effort: own, user: own } },
  'a query': { path: `/v1/chat/completions?key=${encodeURIComponent(own)}`, body: {} },
} as const

const answers = (key: string) => ({
  'a model': streamHead + event({ model: key, choices: [{ delta: { content: 'Hi' } }] }) + stop + done,
  'a finish reason': streamHead + delta({ content: 'Hi' }) + delta({}, key) + done,
  'an error':
    head('401 Unauthorized', 'content-type: application/json', 'connection: close') +
    JSON.stringify({ error: { message: `bad key ${key}`, code: key, type: key } }),
  'an error in the stream': streamHead + event({ error: { message: key, code: key } }),
  'something that is not HTTP': `${key}\r\n\r\n`,
  nothing: '',
})

const cases = [
  ...Object.keys(questions).map((place) => [place, 'a model'] as const),
  ...Object.keys(answers('')).map((back) => ['an Authorization', back] as const),
]

test.each(cases)(
  'a key in %s, and back in %s, is in no record and in no answer of ours',
  async (place, back) => {
    const { body, ...question } = {
      path: '/v1/chat/completions',
      headers: {},
      ...questions[place as keyof typeof questions],
    }
    for (const key of [own, heldKey]) {
      answer = answers(key)[back as keyof ReturnType<typeof answers>]
      const got = await ask(proxied.port, { ...question, body: streamBody(body) })
      const record = JSON.stringify(await proxied.recordOf(idOf(got)))
      expect(record).not.toContain(key)
      expect(record).not.toContain(key.slice(0, 16))
      // What the provider says passes as it is.
      const said = got.status === 502 ? got.body.toString() : ''
      expect(said + JSON.stringify(got.headers)).not.toContain(key)
    }
  },
)

test('nobody who is refused is told what he has sent', async () => {
  const asked = { headers: { authorization: `Bearer ftp_${own}` }, body: streamBody({ model: own }) }
  const refused = [
    await ask(proxied.port, asked),
    await ask(proxied.port, { ...asked, path: `/v1/${own}` }),
    await ask(proxied.port, { ...asked, headers: { 'content-type': own } }),
    await ask(proxied.port, { ...asked, method: 'PUT' }),
  ]
  expect(refused.map(({ status }) => status)).toEqual([401, 404, 415, 405])
  const told = refused.map(({ body, headers }) => body.toString() + JSON.stringify(headers)).join('')
  expect(told + JSON.stringify(proxied.refused)).not.toContain(own)
})

test('a key of ours never goes upstream for a proxy token that is not known, nor does the token', async () => {
  answer = streamHead + done
  const before = proxied.records.length
  const got = await ask(proxied.port, { headers: { authorization: 'Bearer ftp_abc' }, body: streamBody() })
  expect([got.status, proxied.records.length]).toEqual([401, before])
})
