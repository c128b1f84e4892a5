import { expect, test } from 'vitest'
import type { ListSource } from '../../../src/core/provider.ts'
import { readListing } from '../../../src/sync/listing.ts'

const plain: ListSource = { path: '/models', prices: null }
const read = (body: unknown, source: ListSource = plain) =>
  readListing(body, source, '2026-11-26T00:00:00.000Z')

test('the context and prices that Venice keeps in model_spec are read, by the million tokens', () => {
  const row = {
    id: 'llama-3.2-3b',
    type: 'text',
    model_spec: {
      availableContextTokens: 131_072,
      maxCompletionTokens: 8192,
      pricing: {
        input: { usd: 0.15, diem: 0.15 },
        output: { usd: 0.6, diem: 0.6 },
        cache_input: { usd: 0.05 },
      },
    },
  }
  expect(read([row])?.models).toMatchObject([
    {
      type: 'chat',
      contextWindow: 131_072,
      outputLimit: 8192,
      price: { inputPerM: 0.15, outputPerM: 0.6, cachedPerM: 0.05, source: 'provider' },
    },
  ])
})

test('the context that llama.cpp was started with comes before the one its model was trained with', () => {
  const contexts = [{ n_ctx: 8192, n_ctx_train: 131_072 }, { n_ctx_train: 131_072 }].map(
    (meta) => read([{ id: 'a', meta }])?.models[0]?.contextWindow,
  )
  expect(contexts).toEqual([8192, 131_072])
})

test('a router has the context of its first live host, and a price if all of them agree', () => {
  const host = (input: number, status = 'live') => ({
    provider: 'x',
    status,
    context_length: 4096 * input,
    pricing: { input, output: 2 },
  })
  const read3 = (...providers: object[]) => read([{ id: 'a', providers }])?.models[0]
  expect(read3(host(9, 'staging'), host(1))).toMatchObject({
    contextWindow: 4096,
    price: { inputPerM: 1, outputPerM: 2 },
  })
  expect(read3(host(1), host(2))).toMatchObject({ contextWindow: 4096, price: null })
  expect(read3()).toMatchObject({ contextWindow: null, price: null })
})

const perToken: ListSource = { path: '/models', prices: 'usd_per_token' }
test.each<[string, object, [number, number] | null]>([
  ['by the million tokens', { unit: 'usd_per_1m_tokens', input: 3, output: 15 }, [3, 15]],
  ['by the token', { unit: 'token', input: 0.000003, output: 0.000015 }, [3, 15]],
  [
    'of each rate',
    {
      input: { price: '3', unit: 'per_million_tokens' },
      output: { price: '15', unit: 'per_million_tokens' },
    },
    [3, 15],
  ],
  ['by the thousand tokens', { unit: 'per_1k_tokens', input: 0.003, output: 0.015 }, [3, 15]],
  ['by the token, as unit_type says', { unit_type: 'TOKEN', input: 0.000003, output: 0.000015 }, [3, 15]],
  ['by the second', { unit_type: 'SECOND', input: 0.003, output: 0.015 }, null],
  ['in another currency', { currency: 'CNY', input: 0.000003, output: 0.000015 }, null],
  [
    'for tokens beside a fee in a unit of its own',
    {
      input: { price: 3, unit: 'per_1m_tokens' },
      output: { price: 15, unit: 'per_1m_tokens' },
      request: { price: 5, unit: 'per_1k_requests' },
    },
    [3, 15],
  ],
  ['by the request', { unit: 'request', input: 0.01, output: 0 }, null],
  ['free', { prompt: '0', completion: '0', request: '0', image: '0' }, [0, 0]],
  ['free but for the request', { prompt: '0', completion: '0', request: '0.005' }, null],
  ['free but for the image', { prompt: '0', completion: '0', image: '0.04' }, null],
])('a price %s is read in its own unit, and is unknown if it is not for tokens', (_, pricing, rates) => {
  const price = read([{ id: 'a', pricing }], perToken)?.models[0]?.price ?? null
  expect(price && [price.inputPerM, price.outputPerM]).toEqual(rates)
})

test('a model that makes images does not cost nothing', () => {
  const pricing = { prompt: '0', completion: '0' }
  expect(read([{ id: 'flux-1', pricing }], perToken)?.models[0]).toMatchObject({ type: 'image', price: null })
})

test.each<[string, object, [number, number] | null]>([
  ['numbers by the million (Chutes)', { pricing: { prompt: 0.3, completion: 1.2 } }, [0.3, 1.2]],
  [
    'in dollars and in a coin',
    { price: { input: { tao: 1, usd: 0.3 }, output: { tao: 4, usd: 1.2 } } },
    [0.3, 1.2],
  ],
  [
    'texts by the token (SambaNova)',
    { pricing: { prompt: '0.0000006', completion: '0.0000012' } },
    [0.6, 1.2],
  ],
  ['dear tokens', { pricing: { prompt: '0.00005', completion: '0.0002' } }, [50, 200]],
  ['a cheap million', { pricing: { prompt: 0.01, completion: 0.02 } }, [0.01, 0.02]],
  ['rates that may be of a thousand', { pricing: { prompt: 0.00015, completion: 0.0006 } }, null],
  ['zeros, which may mean anything', { pricing: { prompt: 0, completion: 0 } }, null],
  ['ticks (xAI)', { prompt_text_token_price: 30_000, completion_text_token_price: 150_000 }, [3, 15]],
  ['ticks (Novita)', { input_token_price_per_m: 2690, output_token_price_per_m: 4000 }, [0.269, 0.4]],
  ['no ticks', { input_token_price_per_m: 0.5, output_token_price_per_m: 2 }, null],
])('of a listing without a unit, %s are read', (_, row, rates) => {
  const price = read([{ id: 'a', ...row }])?.models[0]?.price ?? null
  expect(price && [price.inputPerM, price.outputPerM]).toEqual(rates)
})

test('beside a model that is paid, 0 is no rate of cache or reasoning', () => {
  const zeros = { input_cache_read: '0', input_cache_write: '0', internal_reasoning: '0' }
  const prices = ['0.000001', '0'].map(
    (rate) =>
      read([{ id: 'a', pricing: { prompt: rate, completion: rate, ...zeros } }], perToken)?.models[0]?.price,
  )
  expect(prices).toMatchObject([
    { inputPerM: 1, cachedPerM: null, cacheWritePerM: null, reasoningPerM: null },
    { inputPerM: 0, cachedPerM: 0, cacheWritePerM: 0, reasoningPerM: 0 },
  ])
})

test.each([
  [{ context_size: 64_000 }, 64_000],
  [{ max_prompt_length: 256_000 }, 256_000],
  [{ loaded_context_length: 8192, max_context_length: 131_072 }, 8192],
])('the context in %j is read', (row, contextWindow) => {
  expect(read([{ id: 'a', ...row }])?.models[0]).toMatchObject({ contextWindow })
})
