import type { LookupFunction } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import type { Sdk } from '../../../src/core/provider.ts'
import { startLagMonitor } from '../../../src/probe/lag.ts'
import { warmUp } from '../../../src/probe/sdk.ts'
import { stillClock } from '../../support/run-parts.ts'
import {
  callTo,
  delta,
  event,
  flushed,
  head,
  healthy,
  pause,
  probed,
  probing,
  type Received,
  saying,
  type Script,
  serving,
  streamHead,
  testKey,
  usage,
} from '../../support/loopback.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const sdks: Sdk[] = ['openai', 'groq']

/** A healthy server that keeps what it received. */
const keeping =
  (received: Received[]): Script =>
  async (socket, request) => {
    received.push(request)
    await saying(streamHead, ...healthy)(socket, request)
  }

test.for(sdks)('a healthy stream through the %s SDK is a success', async (sdk) => {
  const seen = await probed(saying(streamHead, ...healthy), { entry: { sdk } })
  expect(seen).toMatchObject({
    success: true,
    statusCode: 200,
    errorKind: null,
    errorMessage: null,
    responseText: 'Hello there',
    finishReason: 'stop',
    responseModel: 'tiny-1',
    requestId: 'chatcmpl-1',
    inputTokens: 5,
    outputTokens: 2,
    tokenSource: 'usage',
    eventCount: 5,
    httpVersion: '1.1',
  })
  expect(seen.timeline.events.map(({ kind }) => kind)).toEqual([
    'role',
    'text',
    'text',
    'finish',
    'usage',
    'done',
  ])
  expect(seen.responseBytes).toBe((streamHead + healthy.join('')).length)
  expect(seen.queueMs).toBeGreaterThanOrEqual(0)
})

test.for(sdks)('the %s SDK calls the full base URL with the parameters of the call', async (sdk) => {
  const received: Received[] = []
  const seen = await probed(keeping(received), { entry: { sdk, headers: { 'x-debug': '1' } } })
  expect(received).toHaveLength(1)
  expect(received[0]?.head).toMatch(/^POST \/v1\/chat\/completions HTTP/)
  expect(received[0]?.headers).toMatchObject({
    'x-debug': '1',
    authorization: `Bearer ${testKey}`,
    'accept-encoding': 'identity',
  })
  expect(received[0]?.headers['user-agent']).toMatch(/OpenAI|Groq/)
  expect(received[0]?.body).toEqual({
    model: 'tiny',
    messages: [{ role: 'user', content: '[abcdefghijkl] Say hello.' }],
    ...seen.parameters,
  })
  expect(seen.parameters).toEqual({
    max_tokens: 64,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  })
})

test.for(sdks)('nothing from the environment is sent by the %s SDK', async (sdk) => {
  const leaks = {
    OPENAI_API_KEY: 'sk-of-openai-0001',
    OPENAI_ADMIN_KEY: 'sk-of-openai-0002',
    OPENAI_ORG_ID: 'org-leak',
    OPENAI_PROJECT_ID: 'proj-leak',
    OPENAI_BASE_URL: 'http://127.0.0.1:9/leak',
    OPENAI_CUSTOM_HEADERS: 'x-leak: header-leak\nauthorization: Bearer leak-leak',
    GROQ_API_KEY: 'gsk-of-groq-0001',
    GROQ_BASE_URL: 'http://127.0.0.1:9/leak',
    GROQ_CUSTOM_HEADERS: 'x-leak: header-leak\nauthorization: Bearer leak-leak',
  }
  for (const [name, value] of Object.entries(leaks)) vi.stubEnv(name, value)
  const received: Received[] = []
  await probed(keeping(received), { entry: { sdk } })
  expect(received[0]?.headers['authorization']).toBe(`Bearer ${testKey}`)
  expect(received[0]?.head).not.toMatch(/leak|of-openai|of-groq/)
})

test.for(sdks)('an endpoint without a key gets none through the %s SDK', async (sdk) => {
  vi.stubEnv('OPENAI_API_KEY', 'sk-of-openai-0001')
  vi.stubEnv('GROQ_API_KEY', 'gsk-of-groq-0001')
  const received: Received[] = []
  const seen = await probed(keeping(received), { entry: { sdk }, provider: { key: null } })
  expect(seen.success).toBe(true)
  expect(received[0]?.headers['authorization']).toBeUndefined()
})

test('a key that a server echoes is in no field of the observation', async () => {
  const echo = [
    delta({ content: `your key is ${testKey}` }),
    event({ error: { message: testKey, code: testKey } }),
  ]
  const seen = await probed(saying(streamHead, ...echo))
  expect(JSON.stringify(seen)).not.toContain(testKey)
})

test('warming up loads each SDK once and makes no calls', async () => {
  vi.stubEnv('OPENAI_BASE_URL', 'http://127.0.0.1:9')
  await expect(warmUp(['openai', 'openai', 'groq'])).resolves.toBeUndefined()
})

test('pinning a target of a provider that is not a router is a bug', async () => {
  const { parameters } = callTo('', { call: { parameters: { reasoning: 'least', pin: 'host' } } })
  await expect(probed(saying(), { call: { parameters } })).rejects.toThrow('test is not a router')
})

test('TPS and TTFT are those of the server, whatever comes before and after', async () => {
  const clock = stillClock()
  const slowly: LookupFunction = (_, __, done) => {
    setImmediate(() => {
      clock.advance(100)
      done(null, [{ address: '127.0.0.1', family: 4 }])
    })
  }
  const script: Script = async (socket) => {
    socket.write(streamHead + delta({ role: 'assistant', content: '' }))
    for (let index = 0; index < 6; index += 1) {
      await flushed()
      clock.advance(40)
      socket.write(delta({ content: 'word ' }))
    }
    socket.write(delta({}, 'stop'))
    await flushed()
    clock.advance(300)
    socket.end(usage(9, 6) + event('[DONE]'))
  }
  const lag = startLagMonitor(clock)
  const seen = await serving(script, (baseUrl) =>
    probing(baseUrl.replace('127.0.0.1', 'slow.test'), {
      parts: { clock, lag, socket: { lookup: slowly } },
    }),
  )
  lag.close()
  expect(seen).toMatchObject({
    dnsMs: 100,
    tcpMs: 0,
    ttfbMs: 0,
    ttftMs: 40,
    coldTtftMs: 140,
    itlP50Ms: 40,
    e2eMs: 240,
    totalLatencyMs: 540,
  })
  // Six tokens in single reads: five after the first, in 200 ms.
  expect(seen.tps).toBeCloseTo(25, 9)
})

test('ids, model and timings are kept verbatim', async () => {
  const seen = await probed(
    saying(
      head(
        '200 OK',
        'content-type: text/event-stream',
        'connection: close',
        'x-request-id: req-7',
        'openai-processing-ms: 42',
      ),
      delta({ content: 'Hi' }),
      event({
        x_groq: { id: 'req_9' },
        choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1, queue_time: 0.25, total_time: 0.5 },
        time_info: { queue_time: 0.1 },
      }),
      event('[DONE]'),
    ),
  )
  expect(seen.requestId).toBe('req-7')
  expect(seen.serverTimings).toEqual({
    usage: { queue_time: 0.25, total_time: 0.5 },
    time_info: { queue_time: 0.1 },
    headers: { 'openai-processing-ms': '42' },
  })
})

test('an event loop delayed at the first token makes the timing untrusted', async () => {
  const seen = await probed(async (socket) => {
    socket.write(streamHead)
    await pause(20)
    socket.write(healthy.join(''))
    const until = performance.now() + 60
    while (performance.now() < until);
    socket.end()
  })
  expect(seen.success).toBe(true)
  expect(seen.timingQuality).toBe('untrusted')
  expect(seen.lagFirstTokenMs).toBeGreaterThan(40)
})
