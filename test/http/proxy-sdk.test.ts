import { Groq } from 'groq-sdk'
import { APIError, AuthenticationError, NotFoundError, OpenAI, RateLimitError } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { priceOf } from '../../src/core/price.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { ask, type Proxied, startProxied } from '../support/proxied.ts'

let upstream: Synthetic
let proxied: Proxied

beforeAll(async () => {
  upstream = await startSynthetic({ options: { frames: 12, ttftMs: 5, delayMs: 0, seed: 7 } })
  proxied = await startProxied(upstream.url)
})
afterAll(async () => {
  await proxied.close()
  await upstream.close()
})

const key = 'sk-client-0123456789abcdef'
const openai = (baseURL: string) => new OpenAI({ apiKey: key, baseURL, maxRetries: 0 })
const groq = (baseURL: string) => new Groq({ apiKey: key, baseURL, maxRetries: 0 })

/** What a client reads of a stream, without what every answer has of its own. */
async function chunksOf(chunks: AsyncIterable<object>): Promise<object[]> {
  const all: object[] = []
  for await (const chunk of chunks) all.push({ ...chunk, id: '', created: 0 })
  return all
}

const messages = [{ role: 'user' as const, content: 'Say hello.' }]

test.each([
  ['text', {}],
  ['reasoning', { dialect: 'deepseek', reasoning_tokens: 5, stream_options: { include_usage: true } }],
  ['a tool call', { fault: 'tool-call' }],
  ['usage that it asks for', { stream_options: { include_usage: true } }],
])('OpenAI’s SDK reads %s through the proxy as it does without', async (_, more) => {
  const asked = { model: 'synthetic-1', messages, stream: true as const, ...more }
  const direct = await chunksOf((await openai(upstream.url).chat.completions.create(asked as never)) as never)
  const passed = await chunksOf((await openai(proxied.url).chat.completions.create(asked as never)) as never)
  expect(direct.length).toBeGreaterThan(5)
  expect(passed).toEqual(direct)
})

test('a plain answer is the same, and its record is that of the client’s own key', async () => {
  const asked = { model: 'synthetic-1', messages, stream: false as const }
  const direct = await openai(upstream.url).chat.completions.create(asked)
  const { data, response } = await openai(proxied.url).chat.completions.create(asked).withResponse()
  expect(data.choices).toEqual(direct.choices)
  expect(data.usage).toEqual(direct.usage)
  expect(await proxied.recordOf(response.headers.get('x-firsttoken-id') ?? undefined)).toMatchObject({
    keyMode: 'pass-through',
    client: expect.stringMatching(/^key [\da-f]{12}$/) as string,
    attempt: 0,
    outputTokens: direct.usage?.completion_tokens,
  })
})

test('what a request cost is charged once, when it is over', async () => {
  const charged: (number | null)[] = []
  const held = {
    client: () => 'token laptop',
    authorization: null,
    mode: 'held' as const,
    charge: (usd: number | null) => void charged.push(usd),
  }
  // A dollar an output token, and nothing for input.
  const price = priceOf({ inputPerM: 0, outputPerM: 1e6, source: 'manual' })
  const priced = await startProxied(upstream.url, {
    enter: () => Promise.resolve({ admit: () => held }),
    priceOf: () => price,
  })
  const asked = { model: 'synthetic-1', messages, stream: false as const }
  const { data } = await openai(priced.url).chat.completions.create(asked).withResponse()
  await expect.poll(() => charged.length).toBe(1)
  expect(data.usage?.completion_tokens).toBeGreaterThan(0)
  expect(charged).toEqual([data.usage?.completion_tokens])
  await priced.close()
})

test('Groq’s SDK reads text, reasoning and a tool call through the proxy as it does without', async () => {
  for (const more of [{}, { dialect: 'groq', reasoning_tokens: 5 }, { fault: 'tool-call' }]) {
    const asked = { model: 'synthetic-1', messages, stream: true, ...more }
    const direct = await chunksOf(
      (await openai(upstream.url).chat.completions.create(asked as never)) as never,
    )
    const host = proxied.url.replace(/\/v1$/, '')
    const passed = await chunksOf((await groq(host).chat.completions.create(asked as never)) as never)
    expect(passed).toEqual(direct)
  }
})

test('errors are raised by the SDKs as the provider’s own, and ours as errors of a server', async () => {
  const create = (fault: string) =>
    openai(proxied.url).chat.completions.create({ model: `synthetic/fault/${fault}`, messages })
  await expect(create('rate-limited')).rejects.toBeInstanceOf(RateLimitError)
  await expect(create('model-not-found')).rejects.toBeInstanceOf(NotFoundError)
  await expect(create('unauthorized')).rejects.toBeInstanceOf(AuthenticationError)
  const nowhere = await startProxied('http://127.0.0.1:9/v1')
  const failed = openai(nowhere.url).chat.completions.create({ model: 'm', messages })
  await expect(failed).rejects.toMatchObject({ status: 502, code: 'connect', type: 'proxy_error' })
  await nowhere.close()
  const token = new OpenAI({ apiKey: 'ftp_unknown', baseURL: proxied.url, maxRetries: 0 })
  const refused = token.chat.completions.create({ model: 'm', messages })
  await expect(refused).rejects.toMatchObject({ status: 401, code: 'token_unknown' })
})

test('an SDK that retries gets a record for each attempt', async () => {
  const before = proxied.records.length
  const client = new OpenAI({ apiKey: key, baseURL: proxied.url, maxRetries: 1 })
  await expect(
    client.chat.completions.create({ model: 'synthetic/fault/overloaded', messages }),
  ).rejects.toBeInstanceOf(APIError)
  await expect.poll(() => proxied.records.slice(before).map(({ attempt }) => attempt)).toEqual([0, 1])
})

test('an SDK that stops reading ends the call', async () => {
  const before = proxied.records.length
  const asked = { model: 'synthetic-1', messages, stream: true as const, frames: 10_000, delay_ms: 5 }
  const stream = await openai(proxied.url).chat.completions.create(asked)
  let words = 0
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content && (words += 1) === 3) break
  await expect.poll(() => proxied.records.length).toBe(before + 1)
  expect(proxied.records.at(-1)).toMatchObject({
    clientLeft: 'streaming',
    errorKind: 'aborted',
    tokenSource: 'tokenizer',
    inputTokens: null,
  })
})

test('models are listed', async () => {
  const listed = await openai(proxied.url).models.list()
  expect(listed.data.map(({ id }) => id)).toEqual(['tiny'])
})

test('metrics are served if there are any, and what the proxy is', async () => {
  const get = (port: number, path: string) => ask(port, { path, method: 'GET' })
  expect((await get(proxied.port, '/metrics')).status).toBe(404)
  const measured = await startProxied(upstream.url, {
    metrics: () => ({ type: 'text/plain; version=0.0.4; charset=utf-8', text: 'chat_in_flight 0\n' }),
  })
  const metrics = await get(measured.port, '/metrics')
  expect([metrics.status, metrics.headers['content-type'], metrics.body.toString()]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
    'chat_in_flight 0\n',
  ])
  expect((await get(measured.port, '/')).body.toString()).toContain('firsttoken proxy')
  await measured.close()
})

test('who may not read the models is told so, and a host that is not ours is refused everywhere', async () => {
  const closed = await startProxied(upstream.url, {
    admitReader: () => Promise.resolve({ status: 401, code: 'missing_token', message: 'Send a token.' }),
    hostAllowed: (host) => host.startsWith('127.0.0.1:'),
  })
  expect((await ask(closed.port, { path: '/v1/models', method: 'GET' })).status).toBe(401)
  for (const path of ['/', '/v1/models', '/v1/chat/completions'])
    expect((await ask(closed.port, { path, headers: { host: 'evil.example' } })).status).toBe(403)
  await closed.close()
})
