import { expect, test } from 'vitest'
import { priceOf } from '../../../src/core/price.ts'
import { openCatalog } from '../../../src/proxy/catalog.ts'
import { providers } from '../../../src/registry/providers.ts'
import type { Catalog } from '../../../src/store/catalog-codec.ts'
import { upstreamAt } from '../../support/proxied.ts'

const entry = providers.find(({ pricedAs, candidates }) => pricedAs && candidates.length > 0)
if (entry === undefined) throw new Error('no provider with a published price')
const provider = { ...upstreamAt('http://127.0.0.1:9/v1'), entry }
const [candidate = { model: '' }] = entry.candidates
const recorded = priceOf({ inputPerM: 1, outputPerM: 2, source: 'manual' })
const published = priceOf({ inputPerM: 3, outputPerM: 4, source: 'genai-prices' })

const known = (model: string, more: object = {}) =>
  ({ provider: entry.id, model, available: true, price: null, ...more }) as Catalog['models'][number]

test('without a database the candidates of a provider are known, with published prices', async () => {
  const asked: string[] = []
  const catalog = openCatalog([provider], {
    read: () => Promise.reject(new Error('away')),
    findPrice: (_, model) => {
      asked.push(model)
      return Promise.resolve(published)
    },
    date: () => new Date(0),
  })
  const [serving] = catalog.serving()
  expect([...(serving?.models ?? [])]).toEqual(entry.candidates.map(({ model }) => model))
  await expect.poll(() => catalog.priceOf({ provider, model: candidate.model })).toEqual(published)
  // Whatever a client asks for is neither looked up nor remembered.
  expect(catalog.priceOf({ provider, model: 'made up' })).toBeNull()
  expect(asked.toSorted()).toEqual(entry.candidates.map(({ model }) => model).toSorted())
  catalog.close()
})

test('what is recorded as listed is served too, at its recorded price', async () => {
  const models = [
    known('new', { price: recorded }),
    known('gone', { available: false }),
    known('own', { provider: 'other' }),
  ]
  const catalog = openCatalog([provider], {
    read: () => Promise.resolve({ models }),
    findPrice: () => Promise.resolve(published),
    date: () => new Date(0),
  })
  await expect.poll(() => catalog.serving()[0]?.models.has('new')).toBe(true)
  expect(['gone', 'own'].filter((model) => catalog.serving()[0]?.models.has(model))).toEqual([])
  expect(catalog.priceOf({ provider, model: 'new' })).toEqual(recorded)
  catalog.close()
})
