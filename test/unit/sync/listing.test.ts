import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { ConfiguredProvider, ListSource } from '../../../src/core/provider.ts'
import { customEntry } from '../../../src/registry/custom.ts'
import { providers } from '../../../src/registry/providers.ts'
import { fetchListing } from '../../../src/sync/fetch-listing.ts'
import { readListing } from '../../../src/sync/listing.ts'
import { type Answer, type Listings, serveListings } from '../../support/listings.ts'

const asOf = '2026-11-26T00:00:00.000Z'
const plain: ListSource = { path: '/models', prices: null }
const listOf = (id: string): ListSource => providers.find((entry) => entry.id === id)?.list ?? plain
const read = (body: unknown, source: ListSource = plain) => readListing(body, source, asOf)
const idsOf = (body: unknown, source?: ListSource) => read(body, source)?.models.map(({ model }) => model)

test('rows are in data, in models, or the body itself', () => {
  const rows = [{ id: 'a' }, { id: 'b' }]
  for (const body of [rows, { data: rows }, { object: 'list', data: rows }, { models: rows }])
    expect(idsOf(body)).toEqual(['a', 'b'])
})

test.each([[null], [{}], [{ data: 'x' }], ['text'], [{ error: { message: 'no' } }], [42]])(
  '%j is no listing',
  (body) => {
    expect(read(body)).toBeNull()
  },
)

test('rows that are not models are counted, and models no longer served are left out', () => {
  const body = [
    null,
    'x',
    {},
    { id: '' },
    { id: 7 },
    { id: '\0' },
    { id: 'x'.repeat(501) },
    { id: 'é'.repeat(251) },
    { id: 'a' },
    { id: 'b', active: false },
    { id: 'c', status: 'retired' },
  ]
  expect(read(body)).toMatchObject({ models: [{ model: 'a' }], unreadable: 8 })
})

test('a row with only an id is a chat model without known facts', () => {
  expect(
    read([{ id: 'a', context_window: 0, max_tokens: 1.5, shutdown_date: 'soon', pricing: {} }])?.models,
  ).toEqual([
    {
      model: 'a',
      displayName: null,
      type: 'chat',
      contextWindow: null,
      outputLimit: null,
      inputModalities: null,
      outputModalities: null,
      supportedParameters: null,
      deprecatedOn: null,
      shutdownOn: null,
      price: null,
    },
  ])
})

test('dates are days, moments or seconds', () => {
  const days = (body: object) =>
    read([{ id: 'a', ...body }])?.models.map(({ deprecatedOn, shutdownOn }) => [deprecatedOn, shutdownOn])
  expect(days({ shutdown_date: '2027-01-14' })).toEqual([[null, '2027-01-14']])
  expect(days({ deprecation: '2026-12-01T00:00:00Z', expiration_date: '2098-12-31' })).toEqual([
    ['2026-12-01', '2098-12-31'],
  ])
  // 1767225600 is the first second of 2026.
  expect(days({ deprecated_at: 1_767_225_600, sunset_date: null })).toEqual([['2026-01-01', null]])
  expect(days({ deprecated_at: 1_767_225_600_000, sunset_date: null })).toEqual([['2026-01-01', null]])
})

test.each(
  [
    '1',
    'version 3',
    '2027-02-31',
    '+275000-01-01',
    '-000001-01-01',
    '0000-01-01',
    '2027-1-1',
    '99999-01-01',
  ].concat([20_271_231, -1, 1e20, NaN, 0] as never[]),
)('%j is not a date', (value) => {
  expect(read([{ id: 'a', shutdown_date: value }])?.models).toMatchObject([{ shutdownOn: null }])
})

test('a moment without an offset is on the day it names, in any time zone', () => {
  expect(read([{ id: 'a', shutdown_date: '2026-12-31T00:00:00' }])?.models).toMatchObject([
    { shutdownOn: '2026-12-31' },
  ])
})

test('an id is what a database can store, so that one model is not two', () => {
  expect(idsOf([{ id: 'a\0b' }, { id: 'x\ud800y' }])).toEqual(['ab', 'xy'])
})

const odd = { toString: 1 }
test.each([
  ['a price', { pricing: { prompt: odd, completion: '1' } }],
  ['a rate in a list', { pricing: { prompt: ['0.000001'], completion: '1' } }],
  ['methods', { supportedGenerationMethods: [odd] }],
  ['endpoints', { type: 'chat', supported_endpoints: [odd] }],
  ['a date', { shutdown_date: odd }],
])('%s of another type is ignored', (_, row) => {
  expect(read([{ id: 'a', ...row }], listOf('openrouter'))?.models).toMatchObject([
    { model: 'a', price: null, shutdownOn: null },
  ])
})

test.each([
  ['a size beyond numbers', { min_prompt_tokens: Infinity }],
  ['a size that is negative', { min_prompt_tokens: -1 }],
  ['a size that is text', { min_prompt_tokens: '5' }],
  ['a condition that we do not know', { min_prompt_tokens: 5, days: ['sun'] }],
  ['half a window', { min_prompt_tokens: 5, utc_start: '0900' }],
  ['no time of day', { utc_start: '25:00', utc_end: '99:99' }],
  ['a window of no time', { utc_start: '00:00', utc_end: '00:00' }],
  ['an hour of another type', { utc_start: odd, utc_end: '04:00' }],
])('an override with %s is left out', (_, conditions) => {
  const pricing = {
    prompt: '0.000001',
    completion: '0.000002',
    overrides: [{ ...conditions, prompt: '0.1' }],
  }
  expect(read([{ id: 'a', pricing }], listOf('openrouter'))?.models).toMatchObject([
    { price: { inputPerM: 1, outputPerM: 2, overrides: [] } },
  ])
})

test('an override may have rates of features we do not use', () => {
  const override = { min_prompt_tokens: 9, prompt: '0.000003', audio: '1', input_cache_write_1h: '2' }
  const pricing = { prompt: '0.000001', completion: '0.000002', overrides: [override] }
  expect(read([{ id: 'a', pricing }], listOf('openrouter'))?.models[0]?.price?.overrides).toEqual([
    { overInputTokens: 9, inputPerM: 3 },
  ])
})

test('Together: prices per million tokens as numbers; models rented by the hour have none', () => {
  const pricing = (more: object) => ({ hourly: 0, input: 0, output: 0, base: 0, finetune: 0, ...more })
  const body = [
    {
      id: 'chat-1',
      type: 'chat',
      context_length: 131_072,
      pricing: pricing({ input: 0.15, output: 0.6, cached_input: 0.075 }),
    },
    { id: 'rented', type: 'chat', pricing: pricing({ hourly: 6.49 }) },
    { id: 'free', type: 'chat', pricing: pricing({}) },
    { id: 'old', type: 'language', pricing: pricing({ input: '0.2', output: '0.2' }) },
    { id: 'draw', type: 'image' },
  ]
  expect(read(body, listOf('together'))?.models).toMatchObject([
    {
      type: 'chat',
      contextWindow: 131_072,
      price: { inputPerM: 0.15, outputPerM: 0.6, cachedPerM: 0.075, source: 'provider', asOf },
    },
    { type: 'chat', price: null },
    { type: 'chat', price: { inputPerM: 0, outputPerM: 0 } },
    { type: 'completion', price: { inputPerM: 0.2, outputPerM: 0.2 } },
    { type: 'image', price: null },
  ])
})

test('prices per token as decimal strings, with tiers and hours; a negative one is ignored', () => {
  const pricing = {
    prompt: '0.00000022',
    completion: '0.00000066',
    input_cache_read: '0.000000007',
    overrides: [
      { utc_start: '0100', utc_end: '0400', prompt: '0.00000044' },
      { min_prompt_tokens: 200_000, completion: '0.000001' },
      { min_prompt_tokens: 5 },
      { something_else: true, prompt: '1' },
      'x',
    ],
  }
  const body = [
    { id: 'a', pricing },
    { id: 'b', pricing: { prompt: '-1', completion: '-1' } },
    { id: 'c', pricing: { prompt: '0.000001' } },
  ]
  expect(read(body, listOf('openrouter'))?.models).toMatchObject([
    {
      price: {
        inputPerM: 0.22,
        outputPerM: 0.66,
        cachedPerM: 0.007,
        cacheWritePerM: null,
        overrides: [
          { fromUtc: '01:00', toUtc: '04:00', inputPerM: 0.44 },
          { overInputTokens: 200_000, outputPerM: 1 },
        ],
      },
    },
    { price: null },
    { price: null },
  ])
})

test.each([
  [
    'a guard is for moderation, whatever its listing says',
    { id: 'llama-guard-4', type: 'chat' },
    'moderation',
  ],
  [
    'a model that names other endpoints alone',
    { id: 'x', capabilities: { type: 'chat' }, supported_endpoints: ['/responses'] },
    'responses',
  ],
  ['a model that cannot chat (Mistral)', { id: 'x', capabilities: { completion_chat: false } }, 'other'],
  ['a model that can (Mistral)', { id: 'x', capabilities: { completion_chat: true } }, 'chat'],
  ['a model that only speaks', { id: 'x', output_modalities: ['speech'] }, 'audio'],
  [
    'a model that writes as well as draws',
    { id: 'x-image', architecture: { output_modalities: ['image', 'text'] } },
    'chat',
  ],
  ['an embedding by its name', { id: 'BAAI/bge-large' }, 'embedding'],
  ['a reranker by its name', { id: 'rerank-v3' }, 'rerank'],
  ['a voice by its name', { id: 'canopylabs/orpheus-3b' }, 'audio'],
  ['a name with part of a word in it', { id: 'livestock-8b' }, 'chat'],
])('type: %s', (_, row, type) => {
  expect(read([row])?.models).toMatchObject([{ type }])
})

// ---- over the wire

const servers: Listings[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

async function providerAt(
  routes: Record<string, Answer>,
  id = 'custom',
): Promise<{ provider: ConfiguredProvider; server: Listings }> {
  const server = await serveListings(routes)
  servers.push(server)
  const entry = providers.find((each) => each.id === id) ?? customEntry({ baseUrl: server.url, model: 'x' })
  return {
    provider: { entry, baseUrl: server.url, key: 'a-key-of-ours', synthetic: false, trusted: true },
    server,
  }
}
const ask = (provider: ConfiguredProvider, more: object = {}) =>
  fetchListing(provider, { env: {}, egressAllow: [], at: new Date(asOf), ...more })
const idsFrom = async (provider: ConfiguredProvider) => {
  const listing = await ask(provider)
  return 'models' in listing ? listing.models.map(({ model }) => model) : listing.problem
}

test('586 models in one answer are 586 models', async () => {
  const data = Array.from({ length: 586 }, (_, index) => ({ id: `model-${index}` }))
  const { provider } = await providerAt({ '/models': { body: { data } } })
  expect(await idsFrom(provider)).toEqual(data.map(({ id }) => id))
})

test('Anthropic: pages after the last id, with its own headers', async () => {
  const { provider, server } = await providerAt(
    {
      '/models?limit=1000': {
        body: { data: [{ id: 'a', type: 'model', display_name: 'A' }], has_more: true, last_id: 'a' },
      },
      '/models?limit=1000&after_id=a': {
        body: { data: [{ id: 'b' }, { id: 'a' }], has_more: false, last_id: 'a' },
      },
    },
    'anthropic',
  )
  expect(await idsFrom(provider)).toEqual(['a', 'b'])
  expect(server.requests.map(({ url }) => url)).toEqual([
    '/models?limit=1000',
    '/models?limit=1000&after_id=a',
  ])
  expect(server.requests[0]?.headers).toMatchObject({
    'x-api-key': 'a-key-of-ours',
    'anthropic-version': '2023-06-01',
  })
})

test('Gemini: pages by token, beside the base URL', async () => {
  const { provider, server } = await providerAt(
    {
      '/v1beta/models?pageSize=1000': { body: { models: [{ name: 'models/a' }], nextPageToken: 't/1' } },
      '/v1beta/models?pageSize=1000&pageToken=t%2F1': { body: { models: [{ name: 'models/b' }] } },
    },
    'gemini',
  )
  expect(await idsFrom({ ...provider, baseUrl: `${server.url}/v1beta/openai` })).toEqual(['a', 'b'])
})

test('a listing whose pages never end is refused', async () => {
  const { provider } = await providerAt({
    '/models': { body: { data: [{ id: 'a' }], has_more: true, last_id: 'a' } },
  })
  expect(await idsFrom(provider)).toBe('the listing has more than 50 pages')
})

test('a listing that is too long as a whole is refused, however its pages are cut', async () => {
  const page = Array.from({ length: 2000 }, (_, index) => ({ id: `m${index}`, name: 'n'.repeat(1000) }))
  const { provider, server } = await providerAt({
    '/models': { body: { data: page, has_more: true, last_id: 'm' } },
  })
  expect(await idsFrom(provider)).toBe('the listing is longer than 16 MiB')
  expect(server.requests.length).toBeLessThan(20)
})

test('a listing that is too slow as a whole says so, and so does one whose time was over', async () => {
  const sockets: Socket[] = []
  const endless = createServer((socket) => {
    sockets.push(socket)
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"data":[')
  })
  await new Promise<void>((up) => endless.listen(0, '127.0.0.1', up))
  const { provider } = await providerAt({})
  const slow = { ...provider, baseUrl: `http://127.0.0.1:${(endless.address() as AddressInfo).port}` }
  expect(await ask(slow, { totalMs: 50 })).toMatchObject({
    problem: 'the listing was not complete within 0.05 s',
  })
  expect(await ask(slow, { signal: AbortSignal.timeout(50) })).toMatchObject({
    problem: 'the time was over before the listing was complete',
  })
  for (const socket of sockets) socket.destroy()
  endless.close()
})

test('a listing that promises more without a cursor is incomplete', async () => {
  const { provider } = await providerAt({ '/models': { body: { data: [{ id: 'a' }], has_more: true } } })
  expect(await idsFrom(provider)).toBe('the listing says that there is more, but not where')
})

test('a listing that is compressed without being asked for is read', async () => {
  const { provider } = await providerAt({ '/models': { gzip: true, body: { data: [{ id: 'a' }] } } })
  expect(await idsFrom(provider)).toEqual(['a'])
})

test('a key at the point where an error text is cut is not half shown', async () => {
  const key = 'abcdef0123456789'.repeat(3)
  const { provider } = await providerAt({
    '/models': { status: 401, body: `${'-'.repeat(130)} ${key} is bad` },
  })
  expect(await idsFrom({ ...provider, key })).toMatch(/HTTP 401: -{130} \[key\] is bad$/)
})

test.each([
  [{ status: 500, body: { error: 'boom' } }, 'answered HTTP 500: {"error":"boom"}'],
  [{ status: 401, body: 'Incorrect API key: a-key-of-ours' }, 'answered HTTP 401: Incorrect API key: [key]'],
  [
    { type: 'text/html', body: '<html>\n<h1>Hi</h1>' },
    'answered with something that is not JSON (text/html): <html> <h1>Hi</h1>',
  ],
  [
    { body: '{"data":[{"id":"a"},{"id"' },
    'answered with something that is not JSON (application/json): {"data":[{"id":"a"},{"id"',
  ],
  [{ status: 302, body: '' }, 'answered HTTP 302, a redirect to nowhere, which is not followed'],
  [{ body: { ok: true } }, 'answered with JSON that is not a list of models'],
])('%j says why there is no listing, and no key', async (answer, problem) => {
  const { provider, server } = await providerAt({ '/models': answer })
  const status = 'status' in answer ? answer.status : 200
  expect(await ask(provider)).toEqual({ problem: `GET ${server.url}/models ${problem}`, status })
})

test('an unreachable address, and a server that never answers', async () => {
  const { provider, server } = await providerAt({})
  await server.close()
  expect(await idsFrom(provider)).toMatch(/^GET .* could not be reached \(.*ECONNREFUSED/)
  const silent = createServer(() => undefined)
  await new Promise<void>((up) => silent.listen(0, '127.0.0.1', up))
  const baseUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  expect(await ask({ ...provider, baseUrl }, { timeoutMs: 50 })).toEqual({
    problem: `GET ${baseUrl}/models did not answer within 0.05 s`,
    status: null,
  })
  silent.close()
})

test('an untrusted provider is not asked unless a person opened its host', async () => {
  const { provider, server } = await providerAt({ '/models': { body: { data: [{ id: 'a' }] } } })
  const untrusted = { ...provider, trusted: false }
  expect(await idsFrom(untrusted)).toBe(
    `GET ${server.url}/models is not made: the URL is not https; EGRESS_ALLOW opens a host`,
  )
  expect(server.requests).toEqual([])
  const egressAllow = [new URL(server.url).host]
  expect(await ask(untrusted, { egressAllow })).toMatchObject({ models: [{ model: 'a' }] })
})
