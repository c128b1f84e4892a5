import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  delta,
  done,
  event,
  flushed,
  head,
  healthy,
  listening,
  stop,
  streamHead,
  usage,
} from '../support/loopback.ts'
import { startProxy as startWay } from '../support/proxy.ts'
import { ask, heldKey, idOf, type Proxied, startProxied, streamBody, upstreamAt } from '../support/proxied.ts'

let upstream: Server
let proxied: Proxied
/** What the upstream writes when the head of a request has arrived, which it is given. */
let answer: (socket: Socket, request: string) => void | Promise<void>

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
        const whole = text
        text = ''
        void answer(socket, whole)
      })
  })
  proxied = await startProxied(`${await listening(upstream)}/v1`)
})
afterAll(async () => {
  await proxied.close()
  upstream.close()
})

const asked = { body: streamBody() }
const hello = delta({ content: 'Hello' })
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const chunkedHead = head('200 OK', 'content-type: text/event-stream', 'transfer-encoding: chunked')

/** A number, which every stamp is that has happened. */
const stamp = expect.any(Number) as number

test('the record of a stream has its stamps in order, its tokens, and the probe’s metrics', async () => {
  answer = async (socket) => {
    for (const piece of [streamHead, ...healthy]) {
      socket.write(piece)
      await new Promise((wait) => setTimeout(wait, 5))
    }
    socket.end()
  }
  const got = await ask(proxied.port, { ...asked, headers: { 'x-stainless-retry-count': '2' } })
  expect(got.body.toString()).toBe(healthy.filter((each) => !each.includes('prompt_tokens')).join(''))
  const record = await proxied.recordOf(idOf(got))
  expect(record).toMatchObject({
    path: 'chat',
    provider: 'up',
    synthetic: false,
    modelAsked: 'tiny',
    modelAnswered: 'tiny-1',
    region: 'here',
    keyMode: 'held',
    stream: true,
    attempt: 2,
    status: 200,
    upstreamStatus: 200,
    success: true,
    errorKind: null,
    finishReason: 'stop',
    reused: false,
    inputTokens: 5,
    outputTokens: 2,
    tokenSource: 'usage',
    injectedUsage: true,
    promptCharacters: 'Say hello.'.length,
    requestBytes: asked.body.length,
    responseBytes: got.body.length,
    eventCount: 5,
    clientLeft: null,
    overheadFirstMs: stamp,
    itlP50Ms: stamp,
  })
  const order = [
    record.bodyMs,
    record.sentMs,
    record.headersMs,
    record.firstEventMs,
    record.firstTokenMs,
    record.lastTokenMs,
    record.upstreamEndMs,
    record.endMs,
  ].map(Number)
  expect(order).toEqual(order.toSorted((a, b) => a - b))
  expect(record.firstAnswerMs).toBe(record.firstTokenMs)
  expect(record.ttftMs).toBeCloseTo(Number(record.firstTokenMs) - Number(record.sentMs), 2)
  expect(record.ttfbMs).toBeCloseTo(Number(record.headersMs) - Number(record.sentMs), 2)
  expect(record.overheadBeforeMs).toBeCloseTo(
    Number(record.sentMs) - Number(record.bodyMs) - Number(record.connectMs),
    2,
  )
  // Its first token was written after it was read, and the last piece after that.
  expect(record.firstWrittenMs).toBeGreaterThan(Number(record.firstEventMs))
  expect(record.lastWrittenMs).toBeGreaterThan(Number(record.lastTokenMs))
  expect(got.headers['server-timing']).toMatch(/^upstream;dur=\d+\.\d{3}, proxy;dur=\d+\.\d{3}$/)
})

test('a plain answer has no TTFT, and the usage of its body', async () => {
  const body = JSON.stringify({
    id: '1',
    object: 'chat.completion',
    model: 'tiny-1',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 7, completion_tokens: 1, total_tokens: 8 },
  })
  answer = (socket) =>
    void socket.end(head('200 OK', 'content-type: application/json', `content-length: ${body.length}`) + body)
  const got = await ask(proxied.port, { body: '{"model":"tiny","messages":[],"max_tokens":9}' })
  expect(got.body.toString()).toBe(body)
  expect(got.headers['content-length']).toBe(String(body.length))
  expect(await proxied.recordOf(idOf(got))).toMatchObject({
    stream: false,
    success: true,
    finishReason: 'stop',
    modelAnswered: 'tiny-1',
    inputTokens: 7,
    outputTokens: 1,
    tokenSource: 'usage',
    maxTokens: 9,
    ttftMs: null,
    ttfaMs: null,
    ttfbMs: null,
    tps: null,
    firstTokenMs: null,
    eventCount: 0,
    injectedUsage: false,
    totalLatencyMs: stamp,
  })
})

test('a model that names its provider is asked for, and recorded, as that knows it', async () => {
  let sent = ''
  answer = (socket, request) => {
    sent = request.slice(request.indexOf('\r\n\r\n') + 4)
    socket.end(streamHead + hello + stop + done)
  }
  const provider = upstreamAt(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`)
  const routed = await startProxied('', { route: () => Promise.resolve({ provider, model: 'mini-2026' }) })
  const body = '{"stream":true, "model":"up/mini-2026","messages":[]}'
  const got = await ask(routed.port, { body, path: '/v1/chat/completions?model=mini-2026&v=1' })
  expect(sent).toBe(
    '{"stream_options":{"include_usage":true},"stream":true, "model":"mini-2026","messages":[]}',
  )
  expect(await routed.recordOf(idOf(got))).toMatchObject({
    modelAsked: 'mini-2026',
    requestBytes: body.length,
  })
  await routed.close()
})

test('legacy completions are read too, streamed and plain', async () => {
  let path = ''
  const text = (more: object) => ({ model: 'tiny-1', choices: [{ index: 0, finish_reason: null, ...more }] })
  answer = (socket, request) => {
    path = request.split(' ')[1] ?? ''
    const end = text({ text: '', finish_reason: 'stop' })
    socket.end(streamHead + event(text({ text: 'Hi' })) + event(end) + usage(3, 1) + done)
  }
  const body = JSON.stringify({ model: 'tiny', prompt: 'Say', stream: true })
  const got = await ask(proxied.port, { path: '/v1/completions?a=b', body })
  expect(path).toBe('/v1/completions?a=b')
  expect(got.body.toString()).not.toContain('usage')
  expect(await proxied.recordOf(idOf(got))).toMatchObject({
    path: 'completions',
    success: true,
    finishReason: 'stop',
    outputTokens: 1,
    firstTokenMs: stamp,
    promptCharacters: 3,
  })
})

test.each([
  ['before a byte', '', 'reset'],
  ['within its head', 'HTTP/1.1 200 OK\r\ncontent-type: te', 'reset'],
  ['with something that is not HTTP', 'SMTP ready\r\n\r\n', 'malformed'],
])('an upstream that ends %s is told of with a status', async (_, text, code) => {
  answer = (socket) => void socket.end(text)
  const got = await ask(proxied.port, asked)
  expect(got.status).toBe(502)
  const told = JSON.parse(got.body.toString()) as { error: object }
  expect(told.error).toMatchObject({ type: 'proxy_error', code, param: null })
  expect(await proxied.recordOf(idOf(got))).toMatchObject({
    success: false,
    errorKind: code,
    faultDomain: 'provider',
    status: 502,
    upstreamStatus: null,
  })
})

test.each([
  ['after its head', chunkedHead, ''],
  ['before its first token', chunkedHead + chunk(delta({ role: 'assistant' })), delta({ role: 'assistant' })],
  ['after a token', chunkedHead + chunk(hello), hello],
  ['within an event', chunkedHead + chunk(hello) + chunk(hello.slice(0, 30)), hello + hello.slice(0, 30)],
])('an upstream that dies %s ends the client’s answer without an end', async (_, text, passed) => {
  answer = async (socket) => {
    socket.write(text)
    await flushed()
    await flushed()
    socket.destroy()
  }
  const before = proxied.records.length
  const parts: string[] = []
  const client = new Promise((_resolve, reject) => {
    void fetch(`${proxied.url}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: streamBody(),
    })
      .then(async ({ body }) => {
        for await (const part of body as ReadableStream<Uint8Array>) parts.push(Buffer.from(part).toString())
        return reject(new Error('it ended'))
      })
      .catch(reject)
  })
  await expect(client).rejects.toThrow('terminated')
  expect(parts.join('')).toBe(passed)
  await expect.poll(() => proxied.records.length).toBe(before + 1)
  expect(proxied.records.at(-1)).toMatchObject({
    status: 200,
    success: false,
    faultDomain: 'provider',
    clientLeft: null,
    upstreamEndMs: null,
  })
})

test('an upstream that cannot be reached or is too slow is told of, and nothing is tried again', async () => {
  const nowhere = await startProxied('http://127.0.0.1:9/v1')
  const refused = await ask(nowhere.port, asked)
  expect([refused.status, JSON.parse(refused.body.toString())]).toEqual([
    502,
    {
      error: {
        message: 'The upstream 127.0.0.1:9 could not be reached.',
        type: 'proxy_error',
        param: null,
        code: 'connect',
      },
    },
  ])
  await nowhere.close()

  let calls = 0
  answer = () => void (calls += 1)
  const at = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`
  const hasty = await startProxied(at, { timeouts: { connect: 10_000, firstByte: 30, idle: 20_000 } })
  const late = await ask(hasty.port, asked)
  expect(late.status).toBe(504)
  expect(await hasty.recordOf(idOf(late))).toMatchObject({ errorKind: 'timeout_first_token', status: 504 })
  expect(calls).toBe(1)
  await hasty.close()

  answer = (socket) => void socket.write(chunkedHead + chunk(hello))
  const idle = await startProxied(at, { timeouts: { connect: 10_000, firstByte: 20_000, idle: 30 } })
  await expect(ask(idle.port, asked)).rejects.toThrow('aborted')
  await expect.poll(() => idle.records.at(-1)?.errorKind).toBe('timeout_idle')
  await idle.close()
})

test('the upstream is called through the proxy that the environment names, on a socket of its own', async () => {
  const way = await startWay()
  const at = `127.0.0.1:${(upstream.address() as AddressInfo).port}`
  const behind = await startProxied(`http://${at}/v1`, { env: { HTTP_PROXY: `http://${way.host}` } })
  answer = (socket) => void socket.end(streamHead + hello + stop + done)
  for (let call = 0; call < 2; call += 1) {
    const got = await ask(behind.port, asked)
    expect(got.body.toString()).toBe(hello + stop + done)
    expect(await behind.recordOf(idOf(got))).toMatchObject({ success: true, reused: false })
  }
  const line = `POST http://${at}/v1/chat/completions HTTP/1.1`
  expect(way.asked).toEqual([line, line])
  await behind.close()
  way.close()
})

test('headers of the connection stay there, keys and cookies too, and those of an answer stay as many', async () => {
  let got = ''
  answer = (socket, request) => {
    got = request
    socket.end(
      head(
        '200 OK',
        'Content-Type: text/event-stream',
        'connection: close, x-foo',
        'x-foo: 1',
        'keep-alive: timeout=3',
        'alt-svc: h3=":443"',
        'x-firsttoken-id: of-another-proxy',
        'set-cookie: a=1',
        'set-cookie: b=2',
        'x-ratelimit-remaining: 7',
        'x-request-id: r1',
        'cache-control: no-store',
      ) + healthy.join(''),
    )
  }
  const answered = await ask(proxied.port, {
    ...asked,
    headers: {
      connection: 'x-secret, keep-alive',
      'x-secret': 'hop',
      te: 'trailers',
      'accept-encoding': 'gzip, br',
      cookie: 'firsttoken=session',
      'x-firsttoken-client': 'tests',
      'proxy-authorization': 'Basic abc',
      'openai-organization': 'org',
    },
  })
  const sent = got.slice(0, got.indexOf('\r\n\r\n')).toLowerCase().split('\r\n').slice(1)
  const names = sent.map((line) => line.slice(0, line.indexOf(':')))
  expect(names.toSorted()).toEqual(
    [
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'openai-organization',
      'x-firsttoken-hops',
    ].toSorted(),
  )
  expect(sent).toContain('accept-encoding: identity')
  expect(sent).toContain(`authorization: bearer ${heldKey}`)
  expect(sent).toContain('connection: keep-alive')
  expect(answered.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())).toEqual(
    [
      'content-type',
      'set-cookie',
      'set-cookie',
      'x-ratelimit-remaining',
      'x-request-id',
      'cache-control',
      'x-accel-buffering',
      'x-firsttoken-id',
      'server-timing',
      'date',
      'connection',
      'keep-alive',
      'transfer-encoding',
    ],
  )
  expect(answered.headers['set-cookie']).toEqual(['a=1', 'b=2'])
  expect(answered.headers['cache-control']).toBe('no-store')
  expect(await proxied.recordOf(idOf(answered))).toMatchObject({ client: 'tests' })
})

test('what is compressed all the same passes untouched, is read in a copy, and is not trusted', async () => {
  const body = gzipSync(healthy.join(''))
  answer = async (socket) => {
    socket.write(
      head('200 OK', 'content-type: text/event-stream', 'content-encoding: gzip', 'connection: close'),
    )
    for (let at = 0; at < body.length; at += 50) {
      socket.write(body.subarray(at, at + 50))
      await flushed()
    }
    socket.end()
  }
  const got = await ask(proxied.port, asked)
  expect(got.headers['content-encoding']).toBe('gzip')
  expect(got.body.equals(body)).toBe(true)
  expect(await proxied.recordOf(idOf(got))).toMatchObject({
    success: true,
    outputTokens: 2,
    timingQuality: 'untrusted',
    timingReasons: expect.arrayContaining(['content-encoding gzip']) as string[],
  })
})

test('what is compressed without a word about it is noticed by its first bytes', async () => {
  const body = gzipSync(healthy.join(''))
  answer = (socket) => {
    socket.write(streamHead)
    socket.end(body)
  }
  const got = await ask(proxied.port, asked)
  expect(got.body.equals(body)).toBe(true)
  expect(await proxied.recordOf(idOf(got))).toMatchObject({ outputTokens: 2, timingQuality: 'untrusted' })
})

test('interim answers are not passed on, and trailers are', async () => {
  answer = (socket) =>
    void socket.end(
      head('102 Processing') +
        head('103 Early Hints', 'link: </x>') +
        chunkedHead +
        chunk(hello + stop + done) +
        '0\r\nx-tokens: 1\r\n\r\n',
    )
  const got = await ask(proxied.port, asked)
  expect(got.body.toString()).toBe(hello + stop + done)
  expect(got.trailers).toEqual({ 'x-tokens': '1' })
})

test('a connection of the upstream serves one request after another, and the record says so', async () => {
  let connections = 0
  upstream.on('connection', () => (connections += 1))
  answer = (socket) => void socket.write(chunkedHead + chunk(hello + stop + done) + '0\r\n\r\n')
  const first = await proxied.recordOf(idOf(await ask(proxied.port, asked)))
  const second = await proxied.recordOf(idOf(await ask(proxied.port, asked)))
  expect([first.reused, second.reused, second.connectMs]).toEqual([false, true, 0])
  expect(connections).toBe(1)
  // One that it closes just as the next request is sent is not asked again on another.
  answer = (socket) => void socket.destroy()
  const third = await ask(proxied.port, asked)
  expect(third.status).toBe(502)
  expect(await proxied.recordOf(idOf(third))).toMatchObject({ reused: true, errorKind: 'reset' })
  expect(connections).toBe(1)
})

test('an answer whose reason holds what cannot be sent passes without that', async () => {
  answer = (socket) => void socket.end(streamHead.replace('200 OK', '200 O\u0001K') + hello + stop + done)
  const got = await ask(proxied.port, asked)
  expect([got.status, got.body.toString()]).toEqual([200, hello + stop + done])
})

test('what is wrong with an answer is told in the record, while the client gets what there is', async () => {
  const odd = [
    {
      text: streamHead + hello + event({ error: { message: 'overloaded', code: 503 } }),
      kind: 'error_in_stream',
    },
    { text: streamHead + hello, kind: 'truncated' },
    { text: streamHead + hello + event('{"a":'), kind: 'malformed' },
    { text: streamHead + stop + done, kind: 'empty' },
    {
      text:
        head('200 OK', 'content-type: application/json', 'connection: close') +
        '{"error":{"message":"quota exceeded"}}',
      kind: 'quota',
    },
  ]
  for (const { text, kind } of odd) {
    answer = (socket) => void socket.end(text)
    const got = await ask(proxied.port, asked)
    expect(got.status).toBe(200)
    expect(got.body.toString()).toBe(text.slice(text.indexOf('\r\n\r\n') + 4))
    expect(await proxied.recordOf(idOf(got))).toMatchObject({ success: false, errorKind: kind, status: 200 })
  }
})
