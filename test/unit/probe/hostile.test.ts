import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { deriveMetrics } from '../../../src/core/metrics.ts'
import type { StreamEvent } from '../../../src/core/timeline.ts'
import { kindOf } from '../../../src/probe/error-kinds.ts'
import { inWords } from '../../../src/probe/provider-error.ts'
import { closeStream, openStream, takeEvent } from '../../../src/probe/stream.ts'
import { event, head, probed, streamHead } from '../../support/loopback.ts'

const delta = (content: string, more: object = {}) =>
  event({ choices: [{ index: 0, delta: { content }, ...more }] })
const answer = delta('hello') + delta('', { finish_reason: 'stop' }) + event('[DONE]')

test.each(['constructor', '__proto__', 'identity', 'IDENTITY, identity', 'made-up'])(
  'a content-encoding of %s is read as it came',
  async (encoding) => {
    const lines = ['content-type: text/event-stream', `content-encoding: ${encoding}`, 'connection: close']
    const seen = await probed((socket) => void socket.end(head('200 OK', ...lines) + answer))
    expect(seen).toMatchObject({ success: true, responseText: 'hello' })
  },
)

test.each(['GZIP', 'identity, gzip', 'gzip,gzip'])('a content-encoding of %s is undone', async (encoding) => {
  const once = gzipSync(answer)
  const body = encoding === 'gzip,gzip' ? gzipSync(once) : once
  const seen = await probed((socket) => {
    socket.write(
      head('200 OK', 'content-type: text/event-stream', `content-encoding: ${encoding}`, 'connection: close'),
    )
    socket.end(body)
  })
  expect(seen).toMatchObject({ success: true, responseText: 'hello', timingQuality: 'untrusted' })
})

test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'the word %s means nothing to us',
  async (word) => {
    const finished = await probed(
      (socket) => void socket.end(streamHead + delta('x', { finish_reason: word }) + event('[DONE]')),
    )
    expect(finished).toMatchObject({ success: true, finishReason: null, errorKind: null })
    const body = JSON.stringify({ error: { code: word, type: word, message: 'no' } })
    const refused = await probed(
      (socket) => void socket.end(head('400 Bad Request', `content-length: ${body.length}`) + body),
    )
    expect(refused).toMatchObject({ success: false, errorKind: 'bad_request', errorCode: word })
  },
)

test('nesting deeper than any stack is an ordinary failure', async () => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000)
  const message = await probed(
    (socket) => void socket.end(`${streamHead}data: {"error":{"message":${deep}}}\n\n`),
  )
  expect(message).toMatchObject({ success: false, errorKind: 'error_in_stream' })
  const timings = await probed(
    (socket) =>
      void socket.end(
        `${streamHead + delta('x')}data: {"choices":[],"timings":{"a":${deep}}}\n\n${event('[DONE]')}`,
      ),
  )
  expect(timings.success).toBe(true)
  expect(JSON.stringify(timings.serverTimings).length).toBeLessThan(100)
})

test('an event of more lines than an answer has is one event, and costs no more than others', async () => {
  const lines = (count: number) => `${'data: {}\n'.repeat(count)}\n`
  const few = await probed((socket) => void socket.end(streamHead + lines(1000) + answer))
  expect(few).toMatchObject({ success: true, eventCount: 1002 })
  const many = await probed((socket) => void socket.end(streamHead + lines(40_000) + answer))
  expect(many.eventCount).toBe(3)
})

test('a key that is echoed is in no field', async () => {
  const seen = await probed((socket, { headers }) => {
    const key = headers['authorization']?.split(' ')[1] ?? 'none'
    const lines = [
      'content-type: text/event-stream',
      `x-request-id: ${key}`,
      `server-timing: total;desc="${key}"`,
      'connection: close',
    ]
    const chunk = {
      model: key,
      id: key,
      choices: [{ index: 0, delta: { content: `your key is ${key}` }, finish_reason: key }],
      timings: { [key]: key },
    }
    socket.end(head('200 OK', ...lines) + event(chunk) + event('[DONE]'))
  })
  expect(seen).toMatchObject({
    success: true,
    responseText: 'your key is [key]',
    responseModel: '[key]',
    requestId: '[key]',
    finishReason: null,
    notes: ['unknown finish reason "[key]", 1 x'],
  })
  const moved = await probed((socket, { headers }) => {
    const key = headers['authorization']?.split(' ')[1] ?? 'none'
    socket.end(
      head(
        '302 Found',
        `location: http://127.0.0.1/?api_key=${key}`,
        `retry-after: ${key}`,
        'content-length: 0',
      ),
    )
  })
  expect(moved.errorMessage).toContain('?api_key=[key]')
  for (const text of [JSON.stringify(seen), JSON.stringify(moved)]) expect(text).not.toContain('sk-')
})

test('hundreds of thousands of tokens have metrics', () => {
  const count = 300_000
  const events = Array.from({ length: count }, (_, read): StreamEvent => ({
    read,
    kind: 'text',
    text: 1,
    reasoning: 0,
    other: 0,
  }))
  const timeline = {
    dnsMs: null,
    tcpMs: null,
    tlsMs: null,
    connectMs: null,
    headers: 0,
    reads: events.map((_, index) => index),
    bytes: events.map(() => 1),
    events,
    end: count,
    reasoningForm: 'none' as const,
  }
  const usage = { input: 1, output: count, reasoning: 0, cached: 0, source: 'usage' as const, costUsd: null }
  expect(deriveMetrics(timeline, usage)).toMatchObject({ itlMaxMs: 1, tps: 1000 })
})

test('thinking inside the text is distinguished from the answer, however long it is and wherever its tag is split', () => {
  const cost = (pieces: number) => {
    const stream = openStream()
    const data = (content: string) => ({
      data: JSON.stringify({ choices: [{ index: 0, delta: { content } }] }),
    })
    takeEvent(stream, data('<think>'), 0)
    for (let index = 0; index < pieces; index += 1) takeEvent(stream, data('word '), index)
    takeEvent(stream, data('</th'), pieces)
    takeEvent(stream, data('ink>answer'), pieces)
    closeStream(stream)
    const characters = stream.events.reduce((sum, { reasoning }) => sum + reasoning, 0)
    return { characters, text: stream.events.at(-1)?.text }
  }
  expect(cost(20_000)).toEqual({ characters: '<think>'.length + 100_000 + '</think>'.length, text: 6 })
})

test.each([
  [503, 'The model is currently not available, please retry later', 'overloaded'],
  [502, 'model backend not available', 'server_error'],
  [502, 'Invalid authentication response from upstream', 'server_error'],
  [500, 'could not reach the rate limit store', 'server_error'],
  [500, 'flagged by health checker', 'server_error'],
  [500, 'The engine is overloaded', 'overloaded'],
  [429, 'Too many tokens per minute', 'rate_limited'],
  [429, 'Rate limit reached. Need more credits? Upgrade.', 'rate_limited'],
  [429, 'You exceeded your current quota, please check your plan', 'quota'],
  [429, 'Service tier at capacity', 'overloaded'],
  [400, "For this model the parameter 'temperature' is not available", 'bad_request'],
  [401, 'Model access not available for this key', 'auth'],
  [404, 'The model `x.1` does not exist', 'model_not_found'],
  [400, 'The model gpt-x is not available', 'model_not_found'],
  [403, 'This model has a maximum context length of 4096 tokens', 'context_exceeded'],
  [400, 'fault must be one of truncated, content-filter, reset', 'bad_request'],
  [200, 'Your credit balance is too low', 'quota'],
])('HTTP %i with "%s" is %s', (status, message, kind) => {
  expect(kindOf(status, inWords(message))).toBe(kind)
})
