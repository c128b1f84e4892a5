import { once } from 'node:events'
import { createServer, type LookupFunction } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { faultDomains, type ErrorKind } from '../../../src/core/outcome.ts'
import {
  type Changes,
  delta,
  event,
  flushed,
  head,
  healthy,
  listening,
  pause,
  probed,
  probing,
  saying,
  type Script,
  serving,
  streamHead,
  testKey,
} from '../../support/loopback.ts'

const json = (status: string, body: unknown, ...headers: string[]): Script =>
  saying(
    head(status, 'content-type: application/json', 'connection: close', ...headers),
    JSON.stringify(body),
  )
const page = (status: string, body: string): Script =>
  saying(head(status, 'content-type: text/html', 'connection: close'), body)
const chunkedHead = head('200 OK', 'content-type: text/event-stream', 'transfer-encoding: chunked')
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const token = delta({ content: 'Hello' })

/** Writes these pieces, then this often a piece, until the socket is gone. */
const forever =
  (pieces: string[], again: string, everyMs = 5): Script =>
  async (socket) => {
    for (const piece of pieces) socket.write(piece)
    while (!socket.destroyed) {
      socket.write(again)
      await pause(everyMs)
    }
  }

interface Case {
  name: string
  script: Script
  kind: ErrorKind
  status?: number | null
  says?: RegExp
  changes?: Changes
}

const cases: Case[] = [
  {
    name: 'a refused key',
    script: json('401 Unauthorized', {
      error: { message: `Incorrect API key provided: ${testKey}.`, code: 'invalid_api_key' },
    }),
    kind: 'auth',
    status: 401,
    says: /^Test tiny: the key was refused \(HTTP 401\): Incorrect API key provided: \[key\]\. Check TEST_API_KEY\.$/,
  },
  {
    name: 'an unknown model',
    script: json('404 Not Found', {
      error: { message: 'The model `tiny` does not exist', code: 'model_not_found' },
    }),
    kind: 'model_not_found',
    status: 404,
  },
  {
    name: 'a rate limit',
    script: json(
      '429 Too Many Requests',
      { error: { message: 'slow down', code: 'rate_limit_exceeded' } },
      'retry-after: 7',
    ),
    kind: 'rate_limited',
    status: 429,
    says: /retry-after 7/,
  },
  {
    name: 'a 500 with a page',
    script: page('500 Internal Server Error', '<html><h1>Oops</h1></html>'),
    kind: 'server_error',
    status: 500,
    says: /HTTP 500\): Oops\./,
  },
  {
    name: 'a wrong path',
    script: page('404 Not Found', '<html>nothing here</html>'),
    kind: 'bad_request',
    status: 404,
    says: /TEST_BASE_URL/,
  },
  {
    name: 'a redirect',
    script: saying(
      head('308 Permanent Redirect', 'location: https://elsewhere.example/v1', 'content-length: 0'),
    ),
    kind: 'bad_request',
    status: 308,
    says: /points to https:\/\/elsewhere\.example\/v1; redirects are not followed/,
  },
  {
    name: 'JSON with an error in a 200',
    script: json('200 OK', { error: { message: 'Invalid API Key', code: 401 } }),
    kind: 'auth',
    status: 200,
  },
  {
    name: 'JSON with an unknown error in a 200',
    script: json('200 OK', { error: 'boom' }),
    kind: 'error_in_stream',
    status: 200,
    says: /boom/,
  },
  {
    name: 'a page in a 200',
    script: page('200 OK', '<html>Sign in</html>'),
    kind: 'malformed',
    status: 200,
    says: /Sign in/,
  },
  {
    name: 'a 200 without a stream',
    script: json('200 OK', { choices: [{ message: { content: 'Hi' } }] }),
    kind: 'malformed',
    status: 200,
  },
  { name: 'an empty 200', script: saying(streamHead), kind: 'empty', status: 200 },
  { name: 'nothing but [DONE]', script: saying(streamHead, event('[DONE]')), kind: 'empty', status: 200 },
  {
    name: 'events that are no JSON',
    script: saying(streamHead, event('Hello'), event('there')),
    kind: 'malformed',
    status: 200,
  },
  {
    name: 'an event that is no JSON before a clean end',
    script: saying(streamHead, token, 'data: {"choices":[{"delta":{"content":\n\n'),
    kind: 'malformed',
  },
  {
    name: 'an event that is no JSON before a broken end',
    script: saying(chunkedHead, chunk(token), chunk('data: {"choices":\n\n')),
    kind: 'truncated',
  },
  {
    name: 'half an event and no more',
    script: saying(streamHead, token.slice(0, 40)),
    kind: 'truncated',
  },
  {
    name: 'a flat error in the stream',
    script: saying(streamHead, token, event({ message: 'Incorrect API key', code: 'wrong_api_key' })),
    kind: 'auth',
  },
  {
    name: 'a detail in the stream',
    script: saying(streamHead, event({ detail: 'worker died' })),
    kind: 'error_in_stream',
    says: /worker died/,
  },
  {
    name: 'a list of one error in the stream',
    script: saying(
      streamHead,
      token,
      event([{ error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' } }]),
    ),
    kind: 'rate_limited',
  },
  {
    name: 'an error beside a finish reason',
    script: saying(
      streamHead,
      token,
      event({
        error: { code: 502, message: 'upstream died', metadata: { error_type: 'provider_unavailable' } },
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
      }),
      event('[DONE]'),
    ),
    kind: 'error_in_stream',
    says: /upstream died/,
  },
  {
    name: 'an old vLLM error in the stream',
    script: saying(
      streamHead,
      event({ object: 'error', message: 'boom', type: 'InternalServerError', code: 500 }),
    ),
    kind: 'error_in_stream',
    says: /boom/,
  },
  {
    name: 'a base_resp in a 200',
    script: json('200 OK', { base_resp: { status_code: 1004, status_msg: 'login fail' } }),
    kind: 'auth',
  },
  {
    name: 'a base_resp in the last event',
    script: saying(
      streamHead,
      token,
      event({ choices: [], base_resp: { status_code: 1002, status_msg: 'rate limit' } }),
    ),
    kind: 'rate_limited',
  },
  { name: 'a server that is no HTTP', script: saying('+OK ready\r\n'), kind: 'malformed', status: null },
  {
    name: 'a chunk that is no chunk',
    script: saying(chunkedHead, chunk(token), 'zzz\r\n'),
    kind: 'malformed',
    status: 200,
  },
  {
    name: 'compression that is none',
    script: saying(head('200 OK', 'content-type: text/event-stream', 'content-encoding: gzip'), token),
    kind: 'malformed',
    status: 200,
  },
  { name: 'a close before the end', script: saying(streamHead, token), kind: 'truncated', status: 200 },
  {
    name: 'a close between chunks',
    script: saying(chunkedHead, chunk(token)),
    kind: 'truncated',
    status: 200,
  },
  {
    name: 'a close within an event',
    script: saying(streamHead, token, token.slice(0, 40)),
    kind: 'truncated',
    status: 200,
  },
  {
    name: 'a reset in the stream',
    script: async (socket) => {
      socket.write(chunkedHead + chunk(token))
      await pause(20)
      socket.resetAndDestroy()
    },
    kind: 'reset',
    status: 200,
  },
  {
    name: 'a reset before any answer',
    script: (socket) => void socket.resetAndDestroy(),
    kind: 'reset',
    status: null,
  },
  { name: 'a close before any answer', script: (socket) => void socket.end(), kind: 'reset', status: null },
  {
    name: 'an error event',
    script: saying(streamHead, token, event({ error: { message: 'boom', code: 'server_error' } })),
    kind: 'error_in_stream',
    status: 200,
    says: /boom/,
  },
  {
    name: 'an error event that is text',
    script: saying(streamHead, 'event: error\ndata: overheated\n\n'),
    kind: 'error_in_stream',
    says: /overheated/,
  },
  {
    name: 'a rate limit in the stream',
    script: saying(streamHead, event({ error: { message: 'slow down', code: 429 } })),
    kind: 'rate_limited',
  },
  {
    name: 'a stream that a filter ended',
    script: saying(streamHead, token, delta({}, 'content_filter'), event('[DONE]')),
    kind: 'content_filter',
  },
  {
    name: 'a stream that says it failed',
    script: saying(streamHead, token, delta({}, 'error'), event('[DONE]')),
    kind: 'error_in_stream',
  },
  {
    name: 'reasoning that ate all tokens',
    script: saying(streamHead, delta({ reasoning: 'Hmm' }), delta({}, 'length'), event('[DONE]')),
    kind: 'budget_exhausted',
  },
  {
    name: 'hidden reasoning that ate all tokens',
    script: saying(
      streamHead,
      delta({ content: '' }, 'length'),
      event({
        choices: [],
        usage: {
          prompt_tokens: 5,
          completion_tokens: 64,
          completion_tokens_details: { reasoning_tokens: 64 },
        },
      }),
      event('[DONE]'),
    ),
    kind: 'budget_exhausted',
  },
  {
    name: 'a refusal that does not end',
    script: (socket) => void socket.write(head('403 Forbidden', 'content-length: 99') + 'no'),
    kind: 'auth',
    status: 403,
    changes: { timeouts: { firstToken: 40 } },
  },
  {
    name: 'a server that never answers',
    script: () => {},
    kind: 'timeout_first_token',
    status: null,
    changes: { timeouts: { firstToken: 40 } },
  },
  {
    name: 'a stream of nothing but pings',
    script: forever([streamHead, delta({ role: 'assistant', content: '' })], ': ping\n\n'),
    kind: 'timeout_first_token',
    status: 200,
    changes: { timeouts: { firstToken: 60 } },
  },
  {
    name: 'a stream that stops at a token and goes on pinging',
    script: forever([streamHead, token], ': ping\n\n'),
    kind: 'timeout_idle',
    status: 200,
    changes: { timeouts: { idle: 60 } },
  },
  {
    name: 'an error after which nothing more comes',
    script: (socket) => void socket.write(streamHead + token + event({ error: { message: 'boom' } })),
    kind: 'error_in_stream',
    status: 200,
    changes: { timeouts: { idle: 40 } },
  },
  {
    name: 'a stream that does not stop',
    script: forever([streamHead], token),
    kind: 'timeout_total',
    status: 200,
    changes: { timeouts: { total: 80 } },
  },
]

test.for(cases)('$name is $kind', async ({ script, kind, status, says, changes }) => {
  const seen = await probed(script, changes)
  expect(seen).toMatchObject({ success: false, errorKind: kind, faultDomain: faultDomains[kind] })
  expect(seen.statusCode).toBe(status === undefined ? 200 : status)
  expect(seen.errorMessage).toMatch(says ?? /^Test tiny: .+[.] .+[.]$/)
  expect(seen.errorMessage).not.toContain(testKey)
})

test('every token puts the idle deadline off', async () => {
  const idle = 150
  const seen = await probed(
    async (socket) => {
      socket.write(streamHead)
      for (let count = 0; count < 6; count += 1) {
        socket.write(token)
        await pause(idle / 3)
      }
      socket.end(event('[DONE]'))
    },
    { timeouts: { idle } },
  )
  expect(seen.errorKind).toBeNull()
  expect(seen.totalLatencyMs).toBeGreaterThan(idle)
})

test('a failure keeps what truly arrived', async () => {
  const seen = await probed(saying(streamHead, token, delta({ content: ' th' })))
  expect(seen).toMatchObject({ errorKind: 'truncated', responseText: 'Hello th', tokenSource: 'tokenizer' })
  expect(seen.ttftMs).toBeGreaterThan(0)
  expect(seen.totalLatencyMs).toBeGreaterThanOrEqual(seen.ttftMs ?? Infinity)
})

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

test('TLS against a server that speaks none is tls', async () => {
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

test('a dead proxy is connect', async () => {
  const proxy = createServer()
  const url = await listening(proxy)
  proxy.close()
  await once(proxy, 'close')
  const seen = await probing('http://127.0.0.1:9/v1', { parts: { env: { HTTP_PROXY: url } } })
  expect(seen).toMatchObject({ errorKind: 'connect', errorCode: 'ECONNREFUSED' })
  expect(seen.errorMessage).toContain(new URL(url).port)
})

test('an error body without end is cut and keeps its status', async () => {
  const seen = await probed(
    forever([head('500 Internal Server Error', 'content-type: text/plain')], 'x'.repeat(20_000)),
  )
  expect(seen).toMatchObject({ errorKind: 'server_error', statusCode: 500 })
  expect(seen.errorMessage?.length).toBeLessThan(700)
})

const phases: [name: string, run: (abort: AbortController) => Promise<{ errorKind: string | null }>][] = [
  [
    'before it begins',
    (abort) => {
      abort.abort()
      return probed(saying(streamHead, ...healthy), { parts: { signal: abort.signal } })
    },
  ],
  [
    'while a name is resolved',
    (abort) => {
      const lookup = () => setImmediate(() => abort.abort())
      return probing('http://slow.test/v1', {
        parts: { signal: abort.signal, socket: { lookup } },
      })
    },
  ],
  [
    'in the TLS handshake',
    async (abort) => {
      const silent = createServer((socket) => {
        socket.on('error', () => {}).once('data', () => abort.abort())
        socket.on('end', () => socket.end())
      })
      const url = await listening(silent)
      try {
        return await probing(url.replace('http:', 'https:'), { parts: { signal: abort.signal } })
      } finally {
        silent.close()
      }
    },
  ],
  ['before the headers', (abort) => probed(() => abort.abort(), { parts: { signal: abort.signal } })],
  [
    'before the first token',
    (abort) =>
      probed(
        async (socket) => {
          socket.write(streamHead + delta({ role: 'assistant' }))
          await pause(20)
          abort.abort()
        },
        { parts: { signal: abort.signal } },
      ),
  ],
  [
    'in the middle of the stream',
    (abort) =>
      probed(
        async (socket) => {
          socket.write(streamHead + token)
          await pause(20)
          abort.abort()
        },
        { parts: { signal: abort.signal } },
      ),
  ],
  [
    'in an error body',
    (abort) =>
      probed(
        async (socket) => {
          socket.write(head('200 OK', 'content-type: application/json', 'content-length: 999') + '{"error"')
          await pause(20)
          abort.abort()
        },
        { parts: { signal: abort.signal } },
      ),
  ],
]

test.for(phases)('a person who aborts %s is no fault of the provider', async ([, run]) => {
  expect(await run(new AbortController())).toMatchObject({
    success: false,
    errorKind: 'aborted',
    faultDomain: 'self',
  })
})

test('an abort after the end changes nothing and leaves no listener behind', async () => {
  const abort = new AbortController()
  let listeners = 0
  const { signal } = abort
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listeners += 1
    add(...given)
  }
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...given)
  }
  const seen = await probed(saying(streamHead, ...healthy), { parts: { signal } })
  abort.abort()
  await flushed()
  expect(seen.success).toBe(true)
  expect(listeners).toBe(0)
})

test('a stream that is compressed in spite of identity is read, and its timing is untrusted', async () => {
  const body = gzipSync(healthy.join(''))
  const seen = await probed(
    saying(
      Buffer.concat([
        Buffer.from(
          head(
            '200 OK',
            'content-type: text/event-stream',
            'content-encoding: gzip',
            `content-length: ${body.length}`,
          ),
        ),
        body,
      ]),
    ),
  )
  expect(seen).toMatchObject({
    success: true,
    responseText: 'Hello there',
    contentEncoding: 'gzip',
    timingQuality: 'untrusted',
  })
})

test('early hints are no answer', async () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n'
  const seen = await probed(async (socket) => {
    socket.write(hints)
    await pause(30)
    for (const piece of [streamHead, ...healthy]) socket.write(piece)
    socket.end()
  })
  expect(seen).toMatchObject({ success: true, statusCode: 200 })
  expect(seen.ttfbMs).toBeGreaterThan(25)
})

test('[DONE] is the end, also where the socket stays open', async () => {
  const seen = await probed(forever([streamHead, ...healthy], ''), { timeouts: { idle: 2000 } })
  expect(seen).toMatchObject({ success: true, finishReason: 'stop', outputTokens: 2 })
  expect(seen.totalLatencyMs).toBeLessThan(1000)
})

test('a finish reason without [DONE] is an end', async () => {
  const seen = await probed(saying(streamHead, ...healthy.slice(0, -1)))
  expect(seen).toMatchObject({ success: true, finishReason: 'stop', outputTokens: 2 })
})

test('a last event without its blank line counts', async () => {
  const seen = await probed(saying(streamHead, ...healthy.slice(0, 3), delta({}, 'stop').trimEnd()))
  expect(seen).toMatchObject({ success: true, finishReason: 'stop' })
})

test('a refusal is an answer', async () => {
  const seen = await probed(saying(streamHead, delta({ refusal: 'No.' }), delta({}, 'stop'), event('[DONE]')))
  expect(seen).toMatchObject({ success: true, responseText: '' })
})
