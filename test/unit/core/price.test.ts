import { expect, test } from 'vitest'
import { costOf, perMillion, type Price, priceGap, priceOf, sameRates } from '../../../src/core/price.ts'
import type { Usage } from '../../../src/core/usage.ts'

const usage: Usage = {
  input: 520,
  output: 109,
  reasoning: null,
  cached: null,
  cacheWrite: null,
  source: 'usage',
  costUsd: null,
}
const noon = new Date('2026-11-26T12:00:00Z')
const price = priceOf({ inputPerM: 0.15, outputPerM: 0.6, source: 'provider' })
const usd = (more: Partial<Usage>, of: Price = price, at = noon) => costOf({ ...usage, ...more }, of, at).usd

test('a call costs its tokens at their rates', () => {
  // 520 x 0.15 + 109 x 0.60 = 143.4 millionths of a dollar
  expect(usd({})).toBeCloseTo(0.0001434, 12)
})

test('cached, cache-write and reasoning tokens have their own rates if the price has them', () => {
  const seen = { input: 1000, cached: 400, cacheWrite: 100, output: 200, reasoning: 150 }
  const own = { ...price, cachedPerM: 0.03, cacheWritePerM: 0.2, reasoningPerM: 2 }
  // 500 x 0.15 + 400 x 0.03 + 100 x 0.2 + 50 x 0.6 + 150 x 2 = 75 + 12 + 20 + 30 + 300
  expect(usd(seen, own)).toBeCloseTo(0.000437, 12)
  // without them: 1000 x 0.15 + 200 x 0.6
  expect(usd(seen)).toBeCloseTo(0.00027, 12)
})

test('a context tier applies to all tokens of a larger call, and only then', () => {
  const tiered = {
    ...price,
    overrides: [
      { overInputTokens: 32_000, inputPerM: 1, outputPerM: 3 },
      { overInputTokens: 256_000, inputPerM: 2 },
    ],
  }
  const output = 1000
  // 32,000 x 0.15 + 1000 x 0.6; one token more: 32,001 x 1 + 1000 x 3; 256,001 x 2 + 1000 x 3
  expect(usd({ input: 32_000, output }, tiered)).toBeCloseTo(0.0054, 12)
  expect(usd({ input: 32_001, output }, tiered)).toBeCloseTo(0.035001, 12)
  expect(usd({ input: 256_001, output }, tiered)).toBeCloseTo(0.515002, 12)
})

test('hours of the day apply from their first minute to before their last, also across midnight', () => {
  const at = (time: string) => new Date(`2026-11-26T${time}Z`)
  const peak = { ...price, overrides: [{ fromUtc: '01:00', toUtc: '04:00', inputPerM: 0.3 }] }
  const night = { ...price, overrides: [{ fromUtc: '22:30', toUtc: '06:00', inputPerM: 0.3 }] }
  const million = { input: 1_000_000, output: 0 }
  expect(
    ['00:59:59.999', '01:00:00', '03:59:59.999', '04:00:00'].map((time) => usd(million, peak, at(time))),
  ).toEqual([0.15, 0.3, 0.3, 0.15])
  expect(
    ['22:29:59', '22:30:00', '00:00:00', '05:59:00', '06:00:00'].map((time) => usd(million, night, at(time))),
  ).toEqual([0.15, 0.3, 0.3, 0.3, 0.15])
})

test('what the provider charged is the cost of record, and what it computes to is kept beside it', () => {
  expect(costOf({ ...usage, costUsd: 0.5 }, price, noon)).toEqual({
    usd: 0.5,
    source: 'provider',
    chargedUsd: 0.5,
    computedUsd: expect.closeTo(0.0001434, 12) as number,
  })
  expect(costOf({ ...usage, costUsd: 0 }, null, noon)).toMatchObject({
    usd: 0,
    source: 'provider',
    computedUsd: null,
  })
})

test.each([
  ['counts that no call has', { output: 2 ** 31 - 1 }, price],
  ['a rate that is infinite for a token', {}, priceOf({ inputPerM: 1e308, outputPerM: 1, source: 'x' })],
])('%s come to no cost', (_, more, of) => {
  const dear = { ...usage, input: 100_000_000, output: 1, ...more }
  expect(costOf(dear, priceOf({ ...of, outputPerM: 600 }), noon)).toMatchObject({ usd: null, source: null })
})

test('the dearest call that there is has its cost', () => {
  const dearest = priceOf({ inputPerM: 150, outputPerM: 600, source: 'x' })
  const longest = { ...usage, input: 1_000_000, output: 100_000, cached: null, reasoning: null }
  expect(costOf(longest, dearest, noon).usd).toBeCloseTo(150 + 60, 9)
})

test('an unknown price or token count is an unknown cost, not zero', () => {
  const unknown = { usd: null, source: null, chargedUsd: null, computedUsd: null }
  expect(costOf(usage, null, noon)).toEqual(unknown)
  expect(costOf({ ...usage, output: null }, price, noon)).toEqual(unknown)
})

test.each([
  ['0.00000045', 0.45],
  ['0.0000032', 3.2],
  ['0', 0],
  ['0.0000000208333333333333', 0.0208333333333333],
  ['1e-7', 0.1],
  ['4.5E-7', 0.45],
  ['.5', null],
  ['-1', null],
  ['free', null],
  ['', null],
  ['1e999', null],
])('%s dollars a token are %s a million', (text, rate) => {
  expect(perMillion(text)).toBe(rate)
})

test('a million costs add up to the exact sum within 1e-9', () => {
  // 0.15 x 523 + 0.6 x 109 = 143.85 millionths of a dollar each, so a million of them is 143.85 dollars.
  const each = usd({ input: 523 }, { ...price, inputPerM: perMillion('0.00000015') ?? NaN }) ?? NaN
  let sum = 0
  for (let count = 0; count < 1_000_000; count += 1) sum += each
  expect(Math.abs(sum / 143.85 - 1)).toBeLessThan(1e-9)
})

test('prices are the same if they charge the same, whatever their source', () => {
  const tier = { overInputTokens: 5, inputPerM: 1 }
  const turned = { inputPerM: 1, overInputTokens: 5 }
  expect(
    sameRates({ ...price, overrides: [tier] }, { ...price, overrides: [turned], source: 'x', asOf: 'y' }),
  ).toBe(true)
  expect(sameRates(price, { ...price, cachedPerM: 0 })).toBe(false)
  expect(sameRates(price, { ...price, overrides: [tier] })).toBe(false)
})

test('the gap of prices is a fraction of the larger, the worse of input and output', () => {
  expect(priceGap(price, { ...price, outputPerM: 0.3 })).toBeCloseTo(0.5, 12)
  expect(priceGap({ ...price, inputPerM: 0 }, price)).toBe(1)
  expect(priceGap({ ...price, inputPerM: 0 }, { ...price, inputPerM: 0 })).toBe(0)
})
