import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { synthetic } from '../../../src/cli/synthetic.ts'
import { machineClock } from '../../../src/core/clock.ts'
import { faultDomains } from '../../../src/core/outcome.ts'
import type { Fault } from '../../../src/synthetic/fault.ts'
import { type FaultName, faults } from '../../../src/synthetic/faults.ts'
import { startSynthetic, type Synthetic } from '../../../src/synthetic/server.ts'
import { startSyntheticWorker } from '../../../src/synthetic/worker.ts'
import { flushed } from '../../support/loopback.ts'
import { execute } from '../../support/output.ts'

let server: Synthetic
beforeAll(async () => {
  server = await startSynthetic()
})
afterAll(() => server.close())

/** What came back over a real socket: the bytes, when each piece came, and how it ended. */
interface Seen {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
  pieces: { atMs: number; text: string }[]
  ending: 'end' | 'cut'
}

interface Ask extends Record<string, unknown> {
  model?: string
  stream?: boolean
}

const quick = { ttft_ms: 5, delay_ms: 1, frames: 8 }
const messages = [{ role: 'user', content: 'Hello' }]

function post(ask: Ask, on: Synthetic = server): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const outgoing = httpRequest(`${on.url}/chat/completions`, { method: 'POST', agent: false }, resolve)
  outgoing.on('error', reject).end(JSON.stringify({ model: 'synthetic-1', messages, stream: true, ...ask }))
  return promise
}

/** When a response is over, however it ended. */
function closed(response: IncomingMessage): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  response.on('error', () => undefined).once('close', resolve)
  return promise
}

async function complete(ask: Ask, on: Synthetic = server): Promise<Seen> {
  const start = performance.now()
  const response = await post(ask, on)
  const pieces: Seen['pieces'] = []
  const parts: Buffer[] = []
  response.on('data', (part: Buffer) => {
    parts.push(part)
    pieces.push({ atMs: performance.now() - start, text: part.toString() })
  })
  await closed(response)
  const { statusCode: status = 0, headers } = response
  return { status, headers, body: Buffer.concat(parts), pieces, ending: response.complete ? 'end' : 'cut' }
}

const textOf = ({ body }: Seen): string =>
  body
    .toString()
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)) as { choices: { delta: { content?: string } }[] })
    .map(({ choices }) => choices[0]?.delta.content ?? '')
    .join('')

test('a stream is server-sent events, each in a write of its own', async () => {
  const seen = await complete({ ...quick, delay_ms: 0, stream_options: { include_usage: true } })
  expect(seen.status).toBe(200)
  expect(seen.headers['content-type']).toContain('text/event-stream')
  expect(seen.headers['content-encoding']).toBeUndefined()
  // Role, eight tokens, finish, usage, [DONE].
  expect(seen.pieces).toHaveLength(12)
  expect(seen.pieces.every(({ text }) => text.endsWith('\n\n'))).toBe(true)
  expect(seen.body.toString()).toMatch(/data: \[DONE\]\n\n$/)
})

test('tokens never come before they are due, and lateness does not add up', async () => {
  const seen = await complete({ frames: 60, ttft_ms: 60, delay_ms: 5 })
  const tokens = seen.pieces.filter(({ text }) => /"content":"[^"]/.test(text))
  expect(tokens).toHaveLength(60)
  for (const [index, { atMs }] of tokens.entries()) expect(atMs).toBeGreaterThanOrEqual(60 + 5 * index)
  // Due at 355 ms. A timer that were started anew for every token would be 60 times half a millisecond late
  // or more.
  const least = Math.min(...tokens.map(({ atMs }, index) => atMs - (60 + 5 * index)))
  expect(least).toBeLessThan(20)
})

const answerTo = async (content: string, more = {}) =>
  textOf(await complete({ ...quick, ...more, messages: [{ role: 'user', content }] }))

test('the same messages get the same text, other messages another', async () => {
  expect(await answerTo('a')).toBe(await answerTo('a'))
  expect(await answerTo('a')).not.toBe(await answerTo('b'))
  expect(await answerTo('a', { seed: 4 })).toBe(await answerTo('b', { seed: 4 }))
})

test.each(['max_tokens', 'max_completion_tokens'])('%s is honored', async (name) => {
  const body = (
    await complete({ ...quick, [name]: 3, stream_options: { include_usage: true } })
  ).body.toString()
  expect(body).toContain('"completion_tokens":3,')
  expect(body).toContain('"finish_reason":"length"')
})

test('without stream the whole answer comes as one JSON document', async () => {
  const seen = await complete({ ...quick, stream: false })
  const streamed = textOf(await complete(quick))
  expect(JSON.parse(seen.body.toString())).toMatchObject({
    object: 'chat.completion',
    choices: [{ message: { role: 'assistant', content: streamed }, finish_reason: 'stop' }],
    usage: { completion_tokens: 8 },
  })
})

test('a model id can carry options', async () => {
  const model = 'synthetic/dialect/groq/ttft_ms/5/delay_ms/1/frames/4'
  const body = (await complete({ model })).body.toString()
  expect(body).toContain('"x_groq"')
  expect(body).toContain('"completion_tokens":4,')
  expect((await complete({ model, frames: 2 })).body.toString()).toContain('"completion_tokens":2,')
})

const stampsIn = ({ body }: Seen): number[] =>
  [...body.toString().matchAll(/^data: \{"sent_at_ms":([\d.]+),"/gm)].map(([, ms]) => Number(ms))

test('events have the time of their write if requested, and only then', async () => {
  const before = machineClock.now()
  const seen = await complete({ ...quick, stamp: true, delay_ms: 10 })
  const stamps = stampsIn(seen)
  // Role, eight tokens, finish; [DONE] has nowhere to say it.
  expect(stamps).toHaveLength(10)
  expect(stamps).toEqual(stamps.toSorted((a, b) => a - b))
  expect(stamps[0]).toBeGreaterThan(before)
  expect(stamps.at(-1)).toBeLessThan(machineClock.now())
  // The last token is due 75 ms after the request.
  expect(stamps[8]).toBeGreaterThanOrEqual(before + 75)
  expect(textOf(seen)).toBe(textOf(await complete(quick)))
  expect(stampsIn(await complete(quick))).toEqual([])
  expect(stampsIn(await complete({ model: 'synthetic/stamp/false/frames/2/ttft_ms/1' }))).toEqual([])
})

test('a stamp from a server in another thread is comparable with our clock', async () => {
  const own = await startSyntheticWorker()
  const before = machineClock.now()
  const stamps = stampsIn(await complete({ ...quick, stamp: true }, own))
  const after = machineClock.now()
  await own.close()
  expect(stamps.length).toBeGreaterThan(8)
  expect(Math.min(...stamps)).toBeGreaterThan(before)
  expect(Math.max(...stamps)).toBeLessThan(after)
})

test('options of the server apply if a request has none', async () => {
  const own = await startSynthetic({ options: { frames: 3, delayMs: 1, ttftMs: 1, bytes: 10 } })
  const seen = await complete({}, own)
  await own.close()
  expect(textOf(seen)).toHaveLength(30)
})

test.each([
  [{ model: 'gpt-9' }, 404, 'model_not_found'],
  [{ model: 'synthetic/fault' }, 404, 'model_not_found'],
  [{ model: 'synthetic/colour/red' }, 400, 'invalid_value'],
  [{ stamp: 'perhaps' }, 400, 'invalid_value'],
  [{ model: 7 }, 400, 'missing_required_parameter'],
  [{ messages: [] }, 400, 'missing_required_parameter'],
  [{ max_tokens: 0 }, 400, 'integer_below_min_value'],
  [{ frames: 100_001 }, 400, 'invalid_value'],
  [{ frames: 1.5 }, 400, 'invalid_value'],
  [{ delay_ms: -1 }, 400, 'invalid_value'],
  [{ frames: 100_000, bytes_per_frame: 65_536 }, 400, 'invalid_value'],
  [{ dialect: 'klingon' }, 400, 'invalid_value'],
  [{ fault: 'toString' }, 400, 'invalid_value'],
])('%j is refused with %d %s', async (ask, status, code) => {
  const seen = await complete(ask as Ask)
  expect(seen.status).toBe(status)
  expect(JSON.parse(seen.body.toString())).toMatchObject({
    error: { code, message: expect.any(String) as string },
  })
})

/** One request with any body, or none, and the status and JSON that came back. */
async function raw(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  const response = await fetch(new URL(path, server.url), { method, ...(body === undefined ? {} : { body }) })
  return { status: response.status, text: await response.text() }
}

test('a base URL without a path, or one that ends in /api, is answered like one that ends in /v1', async () => {
  const body = JSON.stringify({
    model: 'synthetic-1',
    messages: [{ role: 'user', content: 'Hi' }],
    max_tokens: 2,
  })
  for (const base of ['', '/api', '/v1']) {
    expect((await raw('GET', `${base}/models`)).status).toBe(200)
    expect((await raw('POST', `${base}/chat/completions`, body)).status).toBe(200)
  }
})

test('it says what it is, lists its models, and refuses the rest in OpenAI’s terms', async () => {
  expect(await raw('GET', '/')).toMatchObject({
    status: 200,
    text: expect.stringContaining('synthetic') as string,
  })
  const { data } = JSON.parse((await raw('GET', '/v1/models')).text) as { data: { id: string }[] }
  expect(data.map(({ id }) => id)).toContain('synthetic-1')
  for (const [method, path] of [
    ['GET', '/v1/embeddings'],
    ['PUT', '/v1/models'],
    ['GET', '/v1/chat/completions'],
    ['GET', '/v2/models'],
  ] as const) {
    const { status, text } = await raw(method, path)
    expect(status).toBe(404)
    expect(JSON.parse(text)).toHaveProperty('error.message')
  }
})

test.each(['{bad', '', '[]', 'null'])('the body %j is a 400', async (body) => {
  const { status, text } = await raw('POST', '/v1/chat/completions', body)
  expect(status).toBe(400)
  expect(JSON.parse(text)).toMatchObject({ error: { type: 'invalid_request_error' } })
})

test('an endless body is cut off with 413', async () => {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => undefined)
  const size = 17 * 1024 * 1024
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${size}\r\n\r\n`)
  socket.write(Buffer.alloc(size, 'x'))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /)
})

const all = Object.entries(faults) as [FaultName, Fault][]

test.each(all)('the fault %s names an existing kind, or none', (_, { expected }) => {
  expect(expected === null || Object.hasOwn(faultDomains, expected)).toBe(true)
})

const replies = all.flatMap(([fault, { reply }]) => (reply === undefined ? [] : [[fault, reply] as const]))

test.each(replies)('the fault %s answers at once with its status, headers and body', async (fault, reply) => {
  const seen = await complete({ fault })
  expect(seen.status).toBe(reply.status)
  expect(seen.headers).toMatchObject(reply.headers ?? {})
  expect(seen.body.toString()).toBe(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body))
})

test('truncated ends the connection half way, reset breaks it', async () => {
  for (const fault of ['truncated', 'reset']) {
    const seen = await complete({ ...quick, fault })
    expect(seen.ending).toBe('cut')
    expect(seen.body.toString().match(/"content":"[^"]/g)).toHaveLength(4)
    expect(seen.body.toString()).not.toMatch(/DONE|"finish_reason":"/)
  }
})

test.each([
  ['no-done', /"finish_reason":"stop"/, /\[DONE\]/],
  ['error-event', /data: \{"error":.*\n\n$/, /\[DONE\]|"finish_reason":"/],
  ['malformed', /"content":\n\n$/, /\[DONE\]/],
  ['empty', /"finish_reason":"stop"/, /"content":"[^"]/],
  ['content-filter', /"finish_reason":"content_filter"/, /"finish_reason":"stop"/],
  ['reasoning-only', /"reasoning_content".*"finish_reason":"length"/s, /"content":"[^"]/],
  ['no-usage', /\[DONE\]/, /"usage"/],
] as const)('the fault %s has %s and not %s', async (fault, has, hasNot) => {
  const seen = await complete({ ...quick, fault, stream_options: { include_usage: true } })
  expect(seen.ending).toBe('end')
  expect(seen.body.toString()).toMatch(has)
  expect(seen.body.toString()).not.toMatch(hasNot)
})

test('gzip compresses without being asked', async () => {
  const seen = await complete({ ...quick, fault: 'gzip' })
  expect(seen.headers['content-encoding']).toBe('gzip')
  expect(gunzipSync(seen.body).toString()).toMatch(/\[DONE\]\n\n$/)
})

test('a hung stream stays open until the client disconnects', async () => {
  const response = await post({ ...quick, fault: 'hang-mid-stream' })
  let body = ''
  response.on('error', () => undefined)
  response.on('data', (part: Buffer) => (body += part.toString()))
  await expect.poll(() => body.match(/"content":"[^"]/g)?.length).toBe(4)
  expect(response.complete).toBe(false)
  response.destroy()
})

test('a stream that hangs before its first token has sent headers and role', async () => {
  const response = await post({ ...quick, fault: 'hang-first-token' })
  const [part] = (await once(response, 'data')) as [Buffer]
  expect(part.toString()).toContain('"role":"assistant"')
  response.destroy()
})

test('one that hangs before its headers sends nothing, and answers others meanwhile', async () => {
  const socket = connect(server.port, '127.0.0.1')
  const got: Buffer[] = []
  socket.on('data', (part) => got.push(part))
  const body = JSON.stringify({ model: 'synthetic/fault/hang-headers', messages, stream: true })
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  expect((await complete(quick)).ending).toBe('end')
  expect(got).toEqual([])
  socket.destroy()
})

test('headers wait as long as requested', async () => {
  const start = performance.now()
  const response = await post({ ...quick, ttft_ms: 80, headers_ms: 70 })
  expect(performance.now() - start).toBeGreaterThanOrEqual(70)
  response.destroy()
})

test('closing ends the connections that are open', async () => {
  const own = await startSynthetic()
  const response = await post({ ...quick, fault: 'hang-mid-stream' }, own)
  const gone = closed(response)
  await own.close()
  await gone
  await expect(complete(quick, own)).rejects.toThrow('ECONNREFUSED')
})

test('in its own thread it continues while this one is blocked', async () => {
  const thread = await startSyntheticWorker({ options: { frames: 100, delayMs: 3, ttftMs: 5 } })
  const response = await post({}, thread)
  const start = performance.now()
  while (performance.now() - start < 400);
  const parts: string[] = []
  response.on('data', (part: Buffer) => parts.push(part.toString()))
  const ended = once(response, 'end')
  await flushed()
  const arrived = parts.join('')
  await ended
  await thread.close()
  // In 400 ms it writes all of its 100 events, or some on a busy machine; this thread would only have begun.
  expect(arrived.split('data: ').length).toBeGreaterThan(10)
})

const command = (argv: string[], env: Record<string, string> = {}) => execute(synthetic, argv, { env })

test.each([
  [['--port', 'x'], {}, /--port/],
  [['--port', '65536'], {}, /--port/],
  [['--frames=-1'], {}, /--frames must be a number from 0 to 100000/],
  [['--delay-ms', 'soon'], {}, /--delay-ms must be/],
  [['--dialect', 'klingon'], {}, /--dialect must be one of openai/],
  [['--bogus'], {}, /--bogus.*--help/],
  [[], { SYN_BYTES: '0' }, /SYN_BYTES must be/],
])('%j with %j is one line and exit code 2', async (argv, env, message) => {
  const { code, stderr, stdout } = await command(argv, env)
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(message)
  expect(stderr.trimEnd()).not.toContain('\n')
})

test('a port in use is reported in one line, with what to do', async () => {
  const { code, stderr } = await command(['--port', String(server.port)])
  expect(code).toBe(2)
  expect(stderr).toBe(
    `firsttoken: cannot listen on 127.0.0.1 port ${server.port}: the port is in use; --port N takes another, --port 0 a free one\n`,
  )
})

test('--help names every dialect and fault', async () => {
  const { code, stdout } = await command(['--help'])
  expect(code).toBe(0)
  for (const [name] of all) expect(stdout).toContain(name)
})

test('the command serves until Ctrl-C, and ends with 0', async () => {
  const env = { PATH: process.env['PATH'], SYN_FRAMES: '3', SYN_DELAY_MS: '1' }
  const child = spawn(process.execPath, ['scripts/synthetic.ts', '--port', '0', '--ttft-ms', '5'], { env })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = /http:\S+/.exec(line.toString())?.[0] ?? ''
  const seen = await complete({}, { ...server, url })
  const exited = once(child, 'exit')
  child.kill('SIGINT')
  expect(await exited).toEqual([0, null])
  expect(seen.body.toString().match(/"content":"[^"]/g)).toHaveLength(3)
})
