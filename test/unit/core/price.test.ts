import { expect, test } from 'vitest'
import { costOf, type Price } from '../../../src/core/price.ts'
import type { Usage } from '../../../src/core/usage.ts'

const usage: Usage = {
  input: 520,
  output: 109,
  reasoning: null,
  cached: null,
  source: 'usage',
  costUsd: null,
}
const price: Price = {
  inputPerM: 0.15,
  outputPerM: 0.6,
  cachedPerM: null,
  reasoningPerM: null,
  source: 'registry',
}

test('a call costs its tokens at their rates', () => {
  // 520 x 0.15 + 109 x 0.60 = 143.4 millionths of a dollar
  expect(costOf(usage, price).usd).toBeCloseTo(0.0001434, 12)
})

test('cached input and reasoning have rates of their own where the price has them', () => {
  const seen = { ...usage, input: 1000, cached: 400, output: 200, reasoning: 150 }
  // 600 x 0.15 + 400 x 0.03 + 50 x 0.6 + 150 x 2 = 90 + 12 + 30 + 300
  expect(costOf(seen, { ...price, cachedPerM: 0.03, reasoningPerM: 2 }).usd).toBeCloseTo(0.000432, 12)
  // without them: 1000 x 0.15 + 200 x 0.6
  expect(costOf(seen, price).usd).toBeCloseTo(0.00027, 12)
})

test('what the provider charged is the cost of record', () => {
  expect(costOf({ ...usage, costUsd: 0.5 }, price)).toEqual({ usd: 0.5, source: 'provider' })
  expect(costOf({ ...usage, costUsd: 0 }, null)).toEqual({ usd: 0, source: 'provider' })
})

test('an unknown price or token count is an unknown cost, not zero', () => {
  expect(costOf(usage, null)).toEqual({ usd: null, source: null })
  expect(costOf({ ...usage, output: null }, price)).toEqual({ usd: null, source: null })
})
