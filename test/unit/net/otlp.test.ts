import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createOtlp } from '../../../src/net/otlp.ts'
import { type Receiver, type Reply, startReceiver } from '../../support/receiver.ts'

const key = 'a-key-that-nobody-may-see'

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())
beforeEach(() => {
  receiver.replies = []
  receiver.received = []
})

/** Pushes with these variables: the warnings, the pauses between tries, and what was received. */
async function pushed(
  env: Record<string, string> = {},
  replies: Reply[] = [],
  signal: 'metrics' | 'traces' = 'metrics',
) {
  receiver.replies = replies
  const warnings: string[] = []
  const pauses: number[] = []
  const otlp = createOtlp({
    signal,
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env },
    log: { warn: (_: unknown, message?: string) => void warnings.push(message ?? '') },
    sleep: (ms) => Promise.resolve(pauses.push(ms)),
  })
  await otlp?.push({ resourceMetrics: [] })
  return { warnings, pauses, resource: otlp?.resource, received: receiver.received }
}

test('a request is posted as JSON, with the headers of the environment', async () => {
  const { received, warnings, resource } = await pushed({
    OTEL_EXPORTER_OTLP_HEADERS: `api-key=${key},x-tenant=a%2Cb, bad`,
    OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-tenant=c=d',
  })
  expect(received).toMatchObject([
    {
      method: 'POST',
      path: '/v1/metrics',
      headers: { 'content-type': 'application/json', 'api-key': key, 'x-tenant': 'c=d' },
      body: '{"resourceMetrics":[]}',
    },
  ])
  expect(warnings).toEqual([])
  expect(resource).toEqual({ 'service.name': 'firsttoken' })
})

test.each([
  ['/', '/v1/metrics'],
  ['/otlp', '/otlp/v1/metrics'],
  ['/otlp//', '/otlp/v1/metrics'],
])(
  'the path for all signals %s is extended to %s, the one for metrics is used as it is',
  async (base, path) => {
    expect((await pushed({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url + base })).received[0]?.path).toBe(path)
    const own = { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.url}/own?x=1` }
    expect((await pushed(own)).received[1]?.path).toBe('/own?x=1')
  },
)

test('the resource is what the environment says, the name of the service first', async () => {
  const attributes = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=a,deployment.environment.name=on%20prem' }
  expect((await pushed(attributes)).resource).toEqual({
    'service.name': 'a',
    'deployment.environment.name': 'on prem',
  })
  expect((await pushed({ ...attributes, OTEL_SERVICE_NAME: 'b' })).resource).toMatchObject({
    'service.name': 'b',
  })
})

test.each([
  { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
  { OTEL_SDK_DISABLED: 'TRUE' },
  { OTEL_METRICS_EXPORTER: 'none' },
  { OTEL_METRICS_EXPORTER: 'prometheus,console' },
])('nothing is pushed with %j', async (env) => {
  const { received, resource, warnings } = await pushed(env)
  expect([received, resource, warnings]).toEqual([[], undefined, []])
})

test.each([
  ['grpc', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
  ['no http or https URL', { OTEL_EXPORTER_OTLP_ENDPOINT: `ftp://${key}@127.0.0.1` }],
  ['no http or https URL', { OTEL_EXPORTER_OTLP_ENDPOINT: key }],
])('what cannot be used is told, and stops nothing: %s', async (why, env) => {
  const { received, warnings } = await pushed(env)
  expect(received).toEqual([])
  expect(warnings).toEqual([expect.stringContaining(why)])
  expect(warnings.join()).not.toContain(key)
})

test('traces have a path and variables of their own, beside those for all signals', async () => {
  const push = (env: Record<string, string>, replies: Reply[] = []) => pushed(env, replies, 'traces')
  const rejected = [{ body: '{"partialSuccess":{"rejectedSpans":"2"}}' }]
  const { received, warnings } = await push(
    {
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x-signal=b',
      OTEL_EXPORTER_OTLP_METRICS_HEADERS: 'x-signal=c',
    },
    rejected,
  )
  expect(received).toMatchObject([{ path: '/v1/traces', headers: { 'x-tenant': 'a', 'x-signal': 'b' } }])
  expect(warnings).toEqual([expect.stringMatching(/^traces were not pushed: .* rejected 2 spans of them;/)])
  const own = await push({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/own` })
  expect(own.received[1]?.path).toBe('/own')
  expect((await push({ OTEL_TRACES_EXPORTER: 'none' })).received).toHaveLength(2)
})

const busy = (status: number, headers: Record<string, string> = {}): Reply => ({ status, headers })

test.each<{ what: string; replies: Reply[]; pauses: number[]; told: string[] }>([
  {
    what: 'a busy receiver is asked again',
    replies: [busy(503), busy(429)],
    pauses: [1000, 2000],
    told: [],
  },
  { what: 'its pause is kept', replies: [busy(429, { 'retry-after': '3' })], pauses: [3000], told: [] },
  {
    what: 'three times at most',
    replies: [busy(502), busy(504), busy(503), busy(503)],
    pauses: [1000, 2000],
    told: ['HTTP 503'],
  },
  {
    what: 'a pause that is too long is not waited for',
    replies: [busy(503, { 'retry-after': '60' })],
    pauses: [],
    told: ['HTTP 503'],
  },
  { what: 'a refusal is not repeated', replies: [busy(401)], pauses: [], told: ['HTTP 401'] },
  { what: 'nor is an error', replies: [busy(500)], pauses: [], told: ['HTTP 500'] },
  {
    what: 'a redirect is not followed',
    replies: [busy(307, { location: '/elsewhere' })],
    pauses: [],
    told: ['HTTP 307'],
  },
  {
    what: 'what was rejected is counted',
    replies: [{ body: '{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"no"}}' }],
    pauses: [],
    told: ['rejected 7 data points'],
  },
  { what: 'an answer that is no JSON is one', replies: [{ body: 'OK' }], pauses: [], told: [] },
])('$what', async ({ replies, pauses, told }) => {
  const found = await pushed({}, [...replies])
  expect(found.pauses).toEqual(pauses)
  expect(found.received).toHaveLength(pauses.length + 1)
  expect(found.warnings).toEqual(told.map((text) => expect.stringContaining(text) as string))
})

test('a receiver that says nothing, or is not there, is given up within the time limit', async () => {
  const silent = await pushed({ OTEL_EXPORTER_OTLP_TIMEOUT: '50' }, [{ silent: true }])
  expect(silent.warnings).toEqual([expect.stringContaining('did not answer within 0.05 s')])
  const gone = await pushed({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://user:${key}@127.0.0.1:9`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=${key}`,
  })
  expect(gone.warnings).toEqual([expect.stringContaining('could not be reached')])
  expect(gone.warnings.join()).not.toMatch(/a-key|127\.0\.0\.1/)
})
