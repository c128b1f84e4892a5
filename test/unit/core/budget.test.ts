import { expect, test } from 'vitest'
import { estimateCall } from '../../../src/core/budget.ts'
import { costOf, type Price, priceOf } from '../../../src/core/price.ts'

const plain = priceOf({ inputPerM: 0.5, outputPerM: 2, source: 'manual' })
/** 1000 bytes: at most 500 tokens, and 50 that a provider may add. */
const prompt = 'word '.repeat(200)
const estimate = (price: Price | null, maxTokens = 100, text = prompt) =>
  estimateCall({ prompt: text }, { maxTokens, contextTokens: null }, price)
/** The estimate in millionths of a dollar. */
const micros = (price: Price) => {
  const { estimateUsd, inputUsd } = estimate(price)
  return [Number(estimateUsd) * 1e6, Number(inputUsd) * 1e6].map((usd) => Number(usd.toFixed(6)))
}

test('a call is estimated with the most tokens its prompt may have and its whole output limit', () => {
  // 550 x 0.5 = 275 of input, 100 x 2 = 200 of output.
  expect(micros(plain)).toEqual([475, 275])
})

test('filler is estimated with twice its tokens, because others may count it differently', () => {
  // (550 + 2 x 5000) x 0.5 of input.
  const { inputUsd } = estimateCall({ prompt }, { maxTokens: 100, contextTokens: 5000 }, plain)
  expect(Number(inputUsd) * 1e6).toBeCloseTo(5275, 6)
})

test('without a price there is no estimate, and a free call costs 0', () => {
  expect(estimate(null)).toEqual({ estimateUsd: null, inputUsd: null })
  expect(estimate(priceOf({ inputPerM: 0, outputPerM: 0, source: 'manual' }))).toEqual({
    estimateUsd: 0,
    inputUsd: 0,
  })
})

test('a tier or an hour counts if it is more expensive, not if it is cheaper', () => {
  const overrides = [
    { overInputTokens: 200_000, inputPerM: 1 },
    { fromUtc: '01:00', toUtc: '04:00', outputPerM: 5, inputPerM: 0.1 },
  ]
  // 550 x 1 + 100 x 5
  expect(micros({ ...plain, overrides })).toEqual([1050, 550])
  expect(micros({ ...plain, overrides: [{ fromUtc: '01:00', toUtc: '04:00', outputPerM: 1 }] })).toEqual([
    475, 275,
  ])
})

test('cache-write and reasoning tokens count if they are more expensive than plain ones, also in a tier', () => {
  // 550 x 0.625 = 343.75; 100 x 3
  expect(micros({ ...plain, cacheWritePerM: 0.625, reasoningPerM: 3 })).toEqual([643.75, 343.75])
  expect(micros({ ...plain, cachedPerM: 0.05, reasoningPerM: 1 })).toEqual([475, 275])
  // 550 x 0.5 + 100 x 4
  const overrides = [{ overInputTokens: 1, reasoningPerM: 4 }]
  expect(micros({ ...plain, overrides })).toEqual([675, 275])
})

test('a text with more bytes than characters may be more tokens', () => {
  const tokens = (text: string) => Math.round((Number(estimate(plain, 0, text).inputUsd) * 1e6) / 0.5)
  // 100 characters of 1, of 3 and (50 of them) of 4 bytes; half as many tokens, and 50.
  expect(['a'.repeat(100), '答'.repeat(100), '🙂'.repeat(50), 'a', ''].map(tokens)).toEqual([
    100, 200, 150, 51, 50,
  ])
})

test('no call of that many tokens costs more than its estimate, at any hour and however its tokens are split', () => {
  const price: Price = {
    ...plain,
    cachedPerM: 0.7,
    cacheWritePerM: 0.9,
    reasoningPerM: 2.5,
    overrides: [
      { overInputTokens: 400, outputPerM: 3, cacheWritePerM: 1.5 },
      { fromUtc: '22:00', toUtc: '02:00', inputPerM: 0.2, reasoningPerM: 6, cachedPerM: 2 },
    ],
  }
  const most = Number(estimate(price).estimateUsd)
  const splits = [0, 100].flatMap((reasoning) =>
    [
      [0, 0],
      [550, 0],
      [0, 550],
    ].map(([cached = 0, cacheWrite = 0]) => ({ reasoning, cached, cacheWrite })),
  )
  const costs = splits.flatMap((split) =>
    ['23:00', '12:00'].map((time) => {
      const usage = { input: 550, output: 100, source: null, costUsd: null, ...split }
      return Number(costOf(usage, price, new Date(`2026-11-26T${time}:00Z`)).usd)
    }),
  )
  // The dearest is all cached and all reasoning at night: 550 x 2 + 100 x 6.
  expect(Math.max(...costs)).toBeCloseTo(0.0017, 12)
  expect(most).toBeGreaterThanOrEqual(Math.max(...costs))
})
