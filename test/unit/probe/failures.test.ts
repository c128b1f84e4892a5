import { expect, test } from 'vitest'
import { faultDomains, type ErrorKind } from '../../../src/core/outcome.ts'
import {
  type Changes,
  delta,
  event,
  flushed,
  head,
  pause,
  probed,
  saying,
  type Script,
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
      await flushed()
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
    changes: { timeouts: { firstToken: 400 } },
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
    changes: { timeouts: { firstToken: 400 } },
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
    changes: { timeouts: { total: 600 } },
  },
]

test.for(cases)('$name is $kind', async ({ script, kind, status, says, changes }) => {
  const seen = await probed(script, changes)
  expect(seen).toMatchObject({ success: false, errorKind: kind, faultDomain: faultDomains[kind] })
  expect(seen.statusCode).toBe(status === undefined ? 200 : status)
  expect(seen.errorMessage).toMatch(says ?? /^Test tiny: .+[.] .+[.]$/)
  expect(seen.errorMessage).not.toContain(testKey)
})

test('every token postpones the idle deadline', async () => {
  // On a busy machine a pause may be four times as long.
  const idle = 1000
  const seen = await probed(
    async (socket) => {
      socket.write(streamHead)
      for (let count = 0; count < 6; count += 1) {
        socket.write(token)
        await pause(idle / 5)
      }
      socket.end(event('[DONE]'))
    },
    { timeouts: { idle } },
  )
  expect(seen.errorKind).toBeNull()
  expect(seen.totalLatencyMs).toBeGreaterThan(idle)
})

test('a failure keeps what actually arrived', async () => {
  const seen = await probed(saying(streamHead, token, delta({ content: ' th' })))
  expect(seen).toMatchObject({ errorKind: 'truncated', responseText: 'Hello th', tokenSource: 'tokenizer' })
  expect(seen.ttftMs).toBeGreaterThan(0)
  expect(seen.totalLatencyMs).toBeGreaterThanOrEqual(seen.ttftMs ?? Infinity)
})

test('an endless error body is cut and keeps its status', async () => {
  const seen = await probed(
    forever([head('500 Internal Server Error', 'content-type: text/plain')], 'x'.repeat(20_000)),
  )
  expect(seen).toMatchObject({ errorKind: 'server_error', statusCode: 500 })
  expect(seen.errorMessage?.length).toBeLessThan(700)
})
