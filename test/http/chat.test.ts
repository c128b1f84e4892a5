import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { openChat } from '../../src/cli/chat.ts'
import type { ProxyRecord } from '../../src/core/proxy-record.ts'
import { configuredHere } from '../../src/http/configured.ts'
import type { Answers } from '../../src/http/contract.ts'
import { createHttp } from '../../src/http/http.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { testApp } from '../support/app.ts'
import { host, httpParts, tokens } from '../support/http-parts.ts'
import { serve } from '../support/http-server.ts'
import { listening } from '../support/loopback.ts'
import { stubStore } from '../support/stub-store.ts'

const key = 'sk-the-key-of-the-provider'
let provider: Synthetic
let server: Awaited<ReturnType<typeof open>>
/** An upstream of our own making: what it was sent, and how it answers. */
let asked: { headers: IncomingHttpHeaders; body: string; request: IncomingMessage }[] = []
let answer: (response: ServerResponse) => void = (response) => response.end()
const upstream = createServer((request, response) => {
  void (async () => {
    let body = ''
    for await (const part of request) body += String(part)
    asked.push({ headers: request.headers, body, request })
    answer(response)
  })()
})
let upstreamUrl = ''
const kept: ProxyRecord[] = []

beforeAll(async () => {
  provider = await startSynthetic({ options: { frames: 6, reasoningTokens: 3, delayMs: 1, ttftMs: 20 } })
  upstreamUrl = await listening(upstream)
  server = await open()
})
beforeEach(() => {
  asked = []
  kept.length = 0
})
afterAll(async () => {
  await server.close()
  upstream.close()
  await provider.close()
})

/** A server with the synthetic provider and our own upstream, both configured, and what else the environment says. */
async function open(more: Record<string, string> = {}) {
  const env = {
    ...tokens,
    OPENAI_API_KEY: key,
    OPENAI_BASE_URL: `${upstreamUrl}/v1`,
    LLM_BASE_URL: provider.url,
    LLM_MODEL: 'synthetic-1',
    EGRESS_ALLOW: new URL(upstreamUrl).host,
    ...more,
  }
  const store = { readCatalog: () => Promise.reject(new Error('this catalog is away')) }
  const app = testApp(env, stubStore(store))
  const chat = openChat(app, {
    configured: configuredHere(app),
    openStore: () => Promise.resolve(stubStore(store)),
    onRecord: (record) => kept.push(record),
  })
  const listens = await serve(httpParts({ env, store, chat }))
  return {
    ...listens,
    close: async () => {
      await listens.close()
      chat.close()
    },
  }
}

const authorization = `Bearer ${tokens.ADMIN_TOKEN}`
const json = { 'content-type': 'application/json' }
const messages = [{ role: 'user', content: 'What is a tide?' }]
const custom = { provider: 'custom', model: 'synthetic-1' }
const openai = { provider: 'openai', model: 'gpt-5.4-nano' }

const send = (body: object, { url = server.url, ...init }: RequestInit & { url?: string } = {}) =>
  fetch(`${url}/chat`, {
    method: 'POST',
    headers: { authorization, ...json },
    body: JSON.stringify({ messages, ...body }),
    ...init,
  })
const measuredOf = async (response: Response) => {
  const id = response.headers.get('x-firsttoken-id')
  const measured = await fetch(`${server.url}/chat/${id}`, { headers: { authorization } })
  return (await measured.json()) as Answers['GET /api/v1/chat/{id}']
}

test('an answer streams as its provider sends it, and what was measured can be read by its id', async () => {
  const response = await send({ target: custom, max_tokens: 40, temperature: 0 })
  expect([response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([
    200,
    'text/event-stream',
  ])
  expect(response.headers.get('server-timing')).toMatch(/^upstream;dur=[\d.]+, proxy;dur=[\d.]+$/)
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  const texts = (await response.text()).split('\n\n').filter((each) => each !== '')
  expect(texts.at(-1)).toBe('data: [DONE]')
  const measured = await measuredOf(response)
  expect(measured).toMatchObject({
    provider: 'custom',
    host: new URL(provider.url).host,
    model_asked: 'synthetic-1',
    success: true,
    status: 200,
    client_left: null,
    token_source: 'usage',
    cost_usd: null,
    request: {
      url: `${provider.url}/chat/completions`,
      key_name: null,
      parameters: { max_tokens: 40, temperature: 0, stream: true, stream_options: { include_usage: true } },
    },
  })
  // The synthetic provider waits so long before its first token.
  expect(measured.ttft_ms).toBeGreaterThanOrEqual(19)
  expect(measured.ttfa_ms).toBeGreaterThanOrEqual(Number(measured.ttft_ms))
  expect(measured.overhead_first_ms).toBeGreaterThanOrEqual(0)
  expect(kept).toMatchObject([{ id: measured.id, client: 'dashboard', keyMode: 'held', stream: true }])
})

test('parameters are sent by the rules of the provider, and those left out not at all', async () => {
  answer = (response) => response.end('data: [DONE]\n\n')
  await (await send({ target: openai })).text()
  await (await send({ target: openai, max_tokens: 7, reasoning: 'least' })).text()
  await vi.waitUntil(() => kept.length === 2, { timeout: 20_000 })
  const bodies = asked.map(({ body }) => JSON.parse(body) as object)
  const common = { model: 'gpt-5.4-nano', messages, stream: true, stream_options: { include_usage: true } }
  expect(bodies[0]).toEqual(common)
  expect(bodies[1]).toMatchObject({ ...common, max_completion_tokens: 7, reasoning_effort: 'none' })
  expect(asked[0]?.headers).toMatchObject({ authorization: `Bearer ${key}`, 'accept-encoding': 'identity' })
})

test('whoever stops closes the connection to the provider, and is no failure of it', async () => {
  answer = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"choices":[{"delta":{"content":"Tides"}}]}\n\n')
  }
  const stop = new AbortController()
  const response = await send({ target: openai }, { signal: stop.signal })
  const first = await response.body?.getReader().read()
  expect(Buffer.from(first?.value ?? []).toString()).toContain('Tides')
  const closed = once(asked[0]?.request.socket ?? upstream, 'close')
  stop.abort()
  await closed
  await vi.waitUntil(() => kept.length > 0, { timeout: 20_000 })
  expect(kept).toMatchObject([{ clientLeft: 'streaming', errorKind: 'aborted', upstreamStatus: 200 }])
})

test('an error of a provider comes as it is, without the headers that would act on our pages', async () => {
  const error = JSON.stringify({ error: { message: 'Slow down.', type: 'requests', code: 'rate_limit' } })
  answer = (response) => {
    const acting = { 'set-cookie': 'ft_8000=x', location: '/api/v1/runs', 'clear-site-data': '"cookies"' }
    response.writeHead(429, { ...json, ...acting, 'retry-after': '7', 'x-ratelimit-limit-requests': '5' })
    response.end(error)
  }
  const response = await send({ target: openai })
  expect([response.status, await response.text()]).toEqual([429, error])
  const headers = Object.fromEntries(response.headers)
  expect(headers).toMatchObject({ 'retry-after': '7', 'x-ratelimit-limit-requests': '5', ...json })
  expect(Object.keys(headers)).not.toEqual(expect.arrayContaining(['set-cookie']))
  expect([headers['location'], headers['clear-site-data']]).toEqual([undefined, undefined])
  expect(await measuredOf(response)).toMatchObject({
    success: false,
    error_kind: 'rate_limited',
    status: 429,
    request: { key_name: 'OPENAI_API_KEY' },
  })
})

const endpoint = (method: string, body: object | null, headers: Record<string, string> = { authorization }) =>
  fetch(`${server.url}/chat/endpoint`, {
    method,
    headers: { ...headers, ...(body !== null && json) },
    ...(body !== null && { body: JSON.stringify(body) }),
  })

test('an endpoint of one’s own is called with its key, which nobody is told, and is recorded nowhere', async () => {
  const secret = 'sk-a-key-of-my-own'
  const own = { base_url: `${upstreamUrl}/v1`, model: 'mine' }
  expect((await send({ target: 'own' })).status).toBe(409)
  const set = await endpoint('PUT', { ...own, key: secret })
  expect(await set.json()).toEqual({ ...own, has_key: true })
  // Another model of it keeps the key, another address does not.
  await endpoint('PUT', { ...own, model: 'another' })
  answer = (response) => {
    response.writeHead(401, json)
    response.end(JSON.stringify({ error: { message: 'wrong key', code: secret } }))
  }
  const refused = await send({ target: 'own' })
  expect([refused.status, asked[0]?.headers['authorization']]).toEqual([401, `Bearer ${secret}`])
  expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({ model: 'another', messages })
  const told = [await measuredOf(refused), await (await endpoint('GET', null)).json()]
  expect(told[1]).toEqual({ ...own, model: 'another', has_key: true })
  expect(JSON.stringify(told)).not.toContain(secret)
  const moved = await endpoint('PUT', { base_url: `${upstreamUrl}/v2`, model: 'mine' })
  expect(await moved.json()).toMatchObject({ has_key: false })
  expect((await endpoint('DELETE', null)).status).toBe(204)
  expect(await (await endpoint('GET', null)).json()).toEqual({ base_url: null, model: null, has_key: false })
  expect(kept).toEqual([])
})

test('each session has an endpoint of its own, which ends with it', async () => {
  const origin = new URL(server.url).origin
  const signIn = async () => {
    const body = JSON.stringify({ token: tokens.ADMIN_TOKEN })
    const given = await fetch(`${server.url}/session`, { method: 'POST', headers: { ...json, origin }, body })
    return { cookie: given.headers.get('set-cookie')?.split(';')[0] ?? '', origin }
  }
  const one = await signIn()
  await vi.waitUntil(async () => (await signIn()).cookie !== one.cookie, { timeout: 20_000 })
  const other = await signIn()
  const hasOne = async (session: Record<string, string>) =>
    ((await (await endpoint('GET', null, session)).json()) as { base_url: string | null }).base_url !== null
  await endpoint('PUT', { base_url: `${upstreamUrl}/v1`, model: 'mine', key: 'sk-mine' }, one)
  expect([await hasOne(one), await hasOne(other), await hasOne({ authorization })]).toEqual([
    true,
    false,
    false,
  ])
  await fetch(`${server.url}/session`, { method: 'DELETE', headers: one })
  // The cookie of a session that was ended by its browser alone still proves who it is.
  expect(await hasOne(one)).toBe(false)
})

test.each([
  { given: { base_url: 'http://127.0.0.1:9/v1' }, says: /not https; EGRESS_ALLOW/ },
  { given: { base_url: 'https://localhost:1234/v1' }, says: /local network; EGRESS_ALLOW/ },
  { given: { base_url: 'https://10.0.0.1/v1' }, says: /not a public address; EGRESS_ALLOW/ },
  { given: { base_url: 'ftp://llm.example.com/v1' }, says: /not an http or https URL/ },
  { given: { base_url: 'https://llm.example.com/v1', key: 'two words' }, says: /^the key holds a space/ },
])('an endpoint that may not be called is refused: $given', async ({ given, says }) => {
  const refused = await endpoint('PUT', { model: 'mine', ...given })
  expect(await refused.json()).toMatchObject({ status: 400, detail: expect.stringMatching(says) as string })
})

test('a provider that cannot be reached is told as a proxy tells it', async () => {
  const away = createServer()
  const url = await listening(away)
  away.close()
  const elsewhere = await open({ OPENAI_BASE_URL: `${url}/v1` })
  try {
    const response = await send({ target: openai }, elsewhere)
    const error = { type: 'proxy_error', code: 'connect' }
    expect([response.status, await response.json()]).toMatchObject([502, { error }])
    await vi.waitUntil(() => kept.length > 0, { timeout: 20_000 })
    expect(kept).toMatchObject([{ status: 502, upstreamStatus: null, errorKind: 'connect' }])
  } finally {
    await elsewhere.close()
  }
})

test('what cannot be asked is a problem, before anybody is called', async () => {
  const kindOf = async (response: Response) => {
    const { type, status } = (await response.json()) as { type: string; status: number }
    return [status, type.split(':').at(-1)]
  }
  expect(await kindOf(await send({ target: { provider: 'groq', model: 'x' } }))).toEqual([
    400,
    'bad_selection',
  ])
  expect(await kindOf(await send({ target: custom, messages: [] }))).toEqual([400, 'invalid_request'])
  expect(await kindOf(await send({ target: custom, user: 'me' }))).toEqual([400, 'invalid_request'])
  const long = [{ role: 'user', content: 'x'.repeat(2 ** 20) }]
  expect(await kindOf(await send({ target: custom, messages: long }))).toEqual([413, 'too_large'])
  const unknown = await fetch(`${server.url}/chat/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a`, {
    headers: { authorization },
  })
  expect(await kindOf(unknown)).toEqual([404, 'not_found'])
  const { hono } = createHttp(httpParts({ env: tokens, hosting: 'function' }))
  const inFunction = await hono.request(`http://${host}/api/v1/chat`, {
    method: 'POST',
    headers: { host, authorization, ...json },
    body: JSON.stringify({ target: custom, messages }),
  })
  expect(await kindOf(inFunction)).toEqual([503, 'not_configured'])
  expect(asked).toEqual([])
})
