import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import { createProxyMetrics } from '../../src/proxy/metrics.ts'
import { done, delta, stop, usage } from '../support/loopback.ts'
import { readOpenMetrics } from '../support/openmetrics.ts'
import { ask, type Proxied, startProxied, streamBody } from '../support/proxied.ts'

const counted = createProxyMetrics({
  clock: systemClock,
  isKnownModel: (provider, model) => provider === 'up' && model === 'tiny',
  records: null,
})
const watching = {
  onBegin: ({ provider, model }) => counted.begin({ provider: provider.entry.id, modelAsked: model }),
  onRecord: counted.add,
  onRefused: ({ code }) => counted.refuse(code),
  metrics: counted.page,
} satisfies Parameters<typeof startProxied>[1]

let upstream: Server
let proxied: Proxied
let alone: Proxied
/** Lets the upstream finish the answers that it has begun. */
let finish: (() => void)[] = []

beforeAll(async () => {
  upstream = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(delta({ content: 'Hello' }))
    finish.push(() => response.end([delta({ content: ' world' }), stop, usage, done].join('')))
  })
  await new Promise<void>((up) => upstream.listen(0, '127.0.0.1', up))
  proxied = await startProxied(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`, watching)
  // A port that nobody listens on.
  alone = await startProxied('http://127.0.0.1:9/v1', watching)
})
afterAll(async () => {
  await Promise.all([proxied.close(), alone.close()])
  upstream.closeAllConnections()
  upstream.close()
})

const page = (port: number, accept: string) =>
  ask(port, { path: '/metrics', method: 'GET', body: '', headers: { accept } })

/** Samples of /metrics by their names and labels. */
async function scraped(): Promise<Record<string, number>> {
  const { body } = await page(proxied.port, 'application/openmetrics-text')
  return Object.fromEntries(
    [...readOpenMetrics(body.toString()).values()].flatMap(({ samples }) =>
      samples.map(({ name, labels, value }) => [`${name} ${Object.values(labels).join(' ')}`.trim(), value]),
    ),
  )
}

test('a request is in flight while its answer is made, and then counted with its times', async () => {
  const answer = ask(proxied.port, { body: streamBody() })
  await expect.poll(() => finish.length).toBe(1)
  expect(await scraped()).toMatchObject({
    'chat_in_flight node tiny': 1,
    'firsttoken_proxy_in_flight up tiny': 1,
  })
  for (const end of finish.splice(0)) end()
  expect((await answer).status).toBe(200)
  await expect.poll(async () => (await scraped())['chat_requests_total node tiny 200']).toBe(1)
  expect(await scraped()).toMatchObject({
    'chat_in_flight node tiny': 0,
    'chat_duration_ms_count node tiny': 1,
    'chat_upstream_headers_ms_count node tiny': 1,
    'firsttoken_proxy_requests_total up tiny 200': 1,
    'firsttoken_proxy_overhead_seconds_count before': 1,
    'firsttoken_proxy_overhead_seconds_count first_token': 1,
  })
})

test('metrics grow on the way of errors too: without an upstream, and for what is refused', async () => {
  expect((await ask(alone.port, { body: streamBody() })).status).toBe(502)
  await ask(alone.port, { path: '/v1/nowhere' })
  await expect.poll(async () => (await scraped())['chat_requests_total node tiny 502']).toBe(1)
  expect(await scraped()).toMatchObject({
    'chat_errors_total node tiny connect': 1,
    'firsttoken_proxy_failures_total up tiny provider': 1,
    'firsttoken_proxy_refused_total not_found': 1,
    'chat_in_flight node tiny': 0,
  })
})

test('whoever does not accept OpenMetrics is sent plain text', async () => {
  const { headers, body } = await page(proxied.port, 'text/plain')
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(body.toString()).toContain('# TYPE chat_requests_total counter\n')
})
