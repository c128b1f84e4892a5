import * as fc from 'fast-check'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { expect, test } from 'vitest'
import { loadTokenizer } from '../../../src/probe/tokenizer.ts'
import { fill } from '../../../src/run/fill.ts'
import { makeFiller } from '../../../src/run/filler.ts'

const count = await loadTokenizer()
const made = (tokens: number, seed = 'a seed') => makeFiller({ tokens, seed }, count)
const sizeOf = (text: string) => encode(text).length
const seeds = fc.string({ maxLength: 20 })

test('whatever seed and size, the finished text has the tokens that were asked for, and says so', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 0, max: 3000 }), (seed, tokens) => {
      const filler = made(tokens, seed)
      expect([sizeOf(filler.text), filler.tokens]).toEqual([tokens, tokens])
    }),
    { numRuns: 150 },
  )
})

const tiers = [1, 2, 4, 5, 6, 100, 1000, 5000, 50_000, 100_000, 1_000_000]
test.for(tiers)('a tier of %i tokens', { timeout: 60_000 }, (tokens) => {
  expect(sizeOf(made(tokens).text)).toBe(tokens)
})

test('a seed makes the same text again; another one differs at its very beginning and in what follows', () => {
  fc.assert(
    fc.property(seeds, seeds, (one, other) => {
      fc.pre(one !== other)
      const [first, second] = [made(300, one).text, made(300, other).text]
      expect(first).toBe(made(300, one).text)
      expect(first.slice(0, 12)).not.toBe(second.slice(0, 12))
      expect(first.slice(12)).not.toBe(second.slice(12))
    }),
    { numRuns: 50 },
  )
})

test('a large filler has every kind of text, and ends with whole words', () => {
  const { text } = made(2000)
  expect(text).toMatch(/^def [a-z]+_[a-z]+\(/m)
  expect(text).toMatch(/^\[\n {2}\{\n {4}"id": \d+/m)
  expect(text).toMatch(/^## [A-Z][a-z]+ a [a-z]+$/m)
  expect(text).toMatch(/^At the [a-z ]+ .*\.$/m)
  expect(text).toMatch(/[a-z.`)\]}\n]$/)
})

test('a thread makes the same filler, also for several who ask at once', async () => {
  const orders = [1, 50, 3000].map((tokens) => ({ tokens, seed: `seed ${tokens}` }))
  expect(await Promise.all(orders.map(fill))).toEqual(orders.map((order) => makeFiller(order, count)))
})
