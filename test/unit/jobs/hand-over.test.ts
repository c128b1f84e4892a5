import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { handOver } from '../../../src/jobs/hand-over.ts'
import { testApp } from '../../support/app.ts'
import { listening } from '../../support/loopback.ts'
import { startProxy } from '../../support/proxy.ts'
import { stubStore } from '../../support/stub-store.ts'

const env = { CRON_SECRET: 'a secret that only functions know' }
const received: { url: string; authorization: string | undefined; body: string }[] = []
let status = 200
const server = createServer((request, response) => {
  void (async () => {
    const { url = '', headers } = request
    received.push({ url, authorization: headers.authorization, body: await text(request) })
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('{}')
  })()
})
let endpoint: URL
beforeAll(async () => {
  endpoint = new URL('/api/cron/benchmark', await listening(server))
})
afterAll(() => void server.close())
beforeEach(() => received.splice(0))

const call = (more: Record<string, string> = {}, url = endpoint) =>
  handOver({ id: 'the-run' }, url, testApp({ ...env, ...more }, stubStore({})))

test.each([
  [200, true],
  [302, false],
  [401, false],
  [503, false],
])(
  'a call for a run that is answered %s is accepted: %s, and the secret goes nowhere else',
  async (...[code, accepted]) => {
    status = code
    expect(await call()).toBe(accepted)
    expect(received).toEqual([
      {
        url: '/api/cron/benchmark',
        authorization: `Bearer ${env.CRON_SECRET}`,
        body: JSON.stringify({ run: 'the-run' }),
      },
    ])
  },
)

test('a call goes through the proxy that the environment names, and is refused if nobody listens', async () => {
  status = 200
  const proxy = await startProxy()
  expect(await call({ HTTP_PROXY: `http://${proxy.host}` })).toBe(true)
  expect(received).toHaveLength(1)
  expect(proxy.asked).toHaveLength(1)
  proxy.close()
  expect(await call({}, new URL('http://127.0.0.1:9/api/cron/benchmark'))).toBe(false)
})
