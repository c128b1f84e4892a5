import * as fc from 'fast-check'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { expect, test } from 'vitest'
import { loadTokenizer } from '../../../src/probe/tokenizer.ts'
import { fill } from '../../../src/run/fill.ts'
import { makeFiller } from '../../../src/run/filler.ts'
import { tries } from '../../support/properties.ts'

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
    { numRuns: tries(150) },
  )
})

const tiers = [1, 2, 4, 5, 6, 100, 1000, 5000, 50_000, 100_000, 1_000_000]
test.for(tiers)('a tier of %i tokens', (tokens) => {
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
    { numRuns: tries(50) },
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

const part = (name: string, tokens = 512) => ({ tokens, seed: name })
const begun = (tokens: number, names: string[], seed = 'own') =>
  makeFiller({ tokens, seed, begins: names.map((name) => part(name)) }, count)

test('what fillers begin with is the same text wherever it has the same name, and each goes on alone', () => {
  const [one, other] = [begun(2000, ['a', 'b'], 'x'), begun(2000, ['a', 'b'], 'y')]
  const shared = `${makeFiller(part('a'), count).text}${makeFiller(part('b'), count).text}`
  expect([sizeOf(shared), one.tokens, other.tokens]).toEqual([1024, 2000, 2000])
  expect(one.text.startsWith(shared) && other.text.startsWith(shared)).toBe(true)
  expect(one.text.slice(shared.length, shared.length + 12)).not.toBe(
    other.text.slice(shared.length, shared.length + 12),
  )
})

test('what has no room for all of a beginning has as much of it as fits', () => {
  const whole = begun(1024, ['a', 'b']).text
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1024 }), (tokens) => {
      const cut = begun(tokens, ['a', 'b'])
      expect(whole.startsWith(cut.text)).toBe(true)
      expect(tokens - cut.tokens).toBeLessThanOrEqual(1)
      expect([cut.tokens, cut.tokens <= tokens]).toEqual([sizeOf(cut.text), true])
    }),
    { numRuns: tries(100) },
  )
})

test('a size that the prompt is part of leaves room for it and for what a provider adds', () => {
  const prompt = '[abc] Name the three states of water.'
  const { text, tokens } = makeFiller({ tokens: 300, seed: 's', prompt }, count)
  expect([sizeOf(text) + sizeOf(prompt), tokens]).toEqual([290, 290])
  const full = makeFiller({ tokens: 12, seed: 's', prompt }, count)
  expect(full).toEqual({ text: '', tokens: sizeOf(prompt) })
})
