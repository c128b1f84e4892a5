import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { benchmarkAnswer } from '../../src/http/benchmark-answer.ts'
import { createHttp } from '../../src/http/http.ts'
import { problemDetails } from '../../src/http/problem-details.ts'
import { createOtlp } from '../../src/net/otlp.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { testApp } from '../support/app.ts'
import { cronOf } from '../support/cron.ts'
import { sampleFleet } from '../support/fleet-sample.ts'
import { host, httpParts } from '../support/http-parts.ts'
import { monitoring } from '../support/monitoring.ts'
import { readOpenMetrics } from '../support/openmetrics.ts'
import { startReceiver } from '../support/receiver.ts'
import { stubStore } from '../support/stub-store.ts'

let provider: Synthetic
beforeAll(async () => {
  provider = await startSynthetic({ options: { ttftMs: 1, frames: 3, delayMs: 1 } })
})
afterAll(() => provider.close())

const scrape = (store: Partial<Store>, query = '', init: RequestInit = {}) =>
  createHttp(httpParts({ store })).hono.request(`http://${host}/metrics${query}`, {
    ...init,
    headers: { host, ...Object.fromEntries(new Headers(init.headers)) },
  })
const unreachable = () => Promise.reject(new StoreError('unavailable', 'no database'))

test('the metrics endpoint answers in the format that is accepted, of real targets unless asked otherwise', async () => {
  const inputs: unknown[] = []
  const readMetrics: Store['readMetrics'] = (input) => {
    inputs.push(input)
    return Promise.resolve(monitoring())
  }
  const readFleet: Store['readFleet'] = () => Promise.resolve(sampleFleet())
  const accept = 'application/openmetrics-text;version=1.0.0'
  const response = await scrape({ readMetrics, readFleet }, '', { headers: { accept } })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  )
  expect(response.headers.get('cache-control')).toBe('no-store')
  const families = readOpenMetrics(await response.text())
  expect(families.get('firsttoken_target_up')?.samples).toHaveLength(1)
  expect(families.get('firsttoken_fleet_lanes')?.samples).toHaveLength(2)
  const plain = await scrape({ readMetrics }, '?synthetic=true')
  expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await plain.text()).toContain('synthetic="true"')
  expect(inputs).toEqual([
    { schedule: 'benchmark', synthetic: false },
    { schedule: 'benchmark', synthetic: true },
  ])
})

test('a scrape fails while the database is unreachable, instead of showing old values', async () => {
  const response = await scrape({ readMetrics: unreachable })
  expect(response.status).toBe(503)
  expect(problemDetails.parse(await response.json()).status).toBe(503)
  expect((await scrape({}, '', { method: 'POST' })).status).toBe(405)
})

test('a run pushes its calls and what the database knows; a failed push changes nothing', async () => {
  const receiver = await startReceiver()
  const secret = 'a secret that only the cron knows'
  const run = async (store: Partial<Store>, endpoint: string) => {
    const env = {
      CRON_SECRET: secret,
      LLM_BASE_URL: provider.url,
      LLM_MODEL: 'synthetic-1',
      TIMEOUT_TOTAL_S: '10',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    }
    const otlp = createOtlp({
      signal: 'metrics',
      env,
      log: pino({ level: 'silent' }),
      sleep: () => Promise.resolve(),
    })
    const app = testApp(env, stubStore({ ...createMemoryStore(), ...store }), { otlp })
    const headers = { authorization: `Bearer ${secret}` }
    const response = await cronOf(app, 60_000).request('/api/cron/benchmark', { headers })
    expect(benchmarkAnswer.parse(await response.json()).run).toMatchObject({ n_succeeded: 1 })
  }
  await run({ readMetrics: () => Promise.resolve(monitoring()) }, receiver.url)
  await run({ readMetrics: unreachable }, receiver.url)
  const bodies = receiver.received.map(({ body }) => body)
  expect(bodies.map((body) => body.includes('gen_ai.client.operation.duration'))).toEqual([true, true])
  expect(bodies.map((body) => body.includes('firsttoken.target_up'))).toEqual([true, false])
  await receiver.close()
  await run({}, receiver.url)
})
