import { updatePrices, waitForUpdate } from '@pydantic/genai-prices'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { providers } from '../../../src/registry/providers.ts'
import { openPriceBooks, shippedBooks } from '../../../src/sync/price-books.ts'
import { type Listings, serveListings } from '../../support/listings.ts'

const now = new Date('2026-11-26T12:00:00Z')
const entry = (id: string) => {
  const found = providers.find((each) => each.id === id)
  if (found === undefined) throw new Error(`${id} is not registered`)
  return found
}

let server: Listings
beforeAll(async () => {
  server = await serveListings({})
})
afterAll(() => server.close())

test('shipped books know every first candidate but those whose provider lists its own prices', async () => {
  const books = await openPriceBooks({ ...shippedBooks, now })
  expect(books.notes).toEqual([])
  const unknown = providers.filter(
    (each) =>
      each.list.prices === null && books.find(each, each.candidates[0]?.model ?? '', now).length === 0,
  )
  expect(unknown.map(({ id }) => id)).toEqual([])
})

test('genai-prices comes before models.dev, each with its day', async () => {
  const books = await openPriceBooks({ ...shippedBooks, now })
  expect(books.find(entry('openai'), 'gpt-5.4-nano', now)).toMatchObject([
    { inputPerM: 0.2, outputPerM: 1.25, source: 'genai-prices', asOf: '2026-09-23' },
    { inputPerM: 0.2, outputPerM: 1.25, source: 'models.dev', asOf: '2026-07-02' },
  ])
  expect(books.find(entry('openai'), 'no such model', now)).toEqual([])
  expect(books.find({ ...entry('openai'), id: 'custom', pricedAs: {} }, 'gpt-5.4-nano', now)).toEqual([])
})

test('models.dev is read from its URL, tiers and all, with the day of now', async () => {
  const cost = {
    input: 7,
    output: 8,
    cache_read: 0.7,
    context_over_200k: { input: 14 },
    tiers: [{ tier: { size: 100 }, output: 9 }],
  }
  const older = { input: 1, output: 2, context_over_200k: { input: 3 } }
  server.routes['/api.json'] = { body: { openai: { models: { a: { cost }, b: { cost: older }, c: {} } } } }
  const books = await openPriceBooks({ ...shippedBooks, modelsDevUrl: `${server.url}/api.json`, now })
  expect(books.notes).toEqual([])
  expect(books.find(entry('openai'), 'a', now)).toMatchObject([
    {
      inputPerM: 7,
      outputPerM: 8,
      cachedPerM: 0.7,
      overrides: [{ overInputTokens: 100, outputPerM: 9 }],
      source: 'models.dev',
      asOf: now.toISOString(),
    },
  ])
  expect(books.find(entry('openai'), 'b', now)).toMatchObject([
    { overrides: [{ overInputTokens: 200_000, inputPerM: 3 }] },
  ])
  expect(books.find(entry('openai'), 'c', now)).toEqual([])
})

test.each([
  ['an error', { status: 503, body: 'busy' }],
  ['a page of HTML', { type: 'text/html', body: '<html>' }],
  ['an empty list', { body: [] }],
  ['an empty object', { body: {} }],
])('%s in place of a book is told, and the shipped one stays', async (_, answer) => {
  server.routes['/book'] = answer
  const url = `${server.url}/book`
  const books = await openPriceBooks({ genaiPricesUrl: url, modelsDevUrl: url, env: {}, now })
  expect(books.notes).toHaveLength(2)
  for (const note of books.notes) expect(note).toContain(url)
  expect(books.find(entry('openai'), 'gpt-5.4-nano', now)).toMatchObject([
    { asOf: '2026-09-23' },
    { asOf: '2026-07-02' },
  ])
})

test.each([
  ['a negative price', { prices: { input_mtok: -1, output_mtok: 1 } }],
  ['a price as text', { prices: { input_mtok: '1', output_mtok: 1 } }],
  ['an infinite price', { prices: { input_mtok: Infinity, output_mtok: 1 } }],
  ['no prices', { prices: null }],
  ['a match that is no pattern', { match: { regex: '((' } }],
])('an entry of a book with %s is as good as none', async (_, broken) => {
  const shipped = await waitForUpdate()
  const ids = new Set(providers.flatMap(({ pricedAs }) => pricedAs?.genaiPrices ?? []))
  const model = { id: 'm', match: { equals: 'm' }, prices: { input_mtok: 1, output_mtok: 2 }, ...broken }
  const feed = [...ids].map((id) => ({ id, name: id, api_pattern: id, models: [model] }))
  server.routes['/feed'] = {
    body: JSON.stringify(feed).replaceAll('"input_mtok":null', '"input_mtok":1e400'),
  }
  try {
    const books = await openPriceBooks({ ...shippedBooks, genaiPricesUrl: `${server.url}/feed`, now })
    expect(books.notes).toEqual([])
    expect(books.find(entry('openai'), 'm', now)).toEqual([])
  } finally {
    // The library keeps its prices for the whole process.
    updatePrices(({ setProviderData }) => setProviderData(shipped))
  }
})

test('a book that wants a password or a token is told of without them', async () => {
  const url = `${server.url.replace('//', '//me:hunter2@')}/gone?token=hunter2`
  const books = await openPriceBooks({ genaiPricesUrl: url, modelsDevUrl: url, env: {}, now })
  expect(books.notes).toHaveLength(2)
  for (const note of books.notes) expect(note).toContain(`${server.url}/gone answered HTTP 404`)
  expect(books.notes.join()).not.toContain('hunter2')
  const proxied = { HTTP_PROXY: 'http://me:hunter2@[bad' }
  const unasked = await openPriceBooks({ genaiPricesUrl: url, modelsDevUrl: url, env: proxied, now })
  expect(unasked.notes.join()).not.toContain('hunter2')
})
