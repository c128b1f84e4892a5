import { array, assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { pairwise } from '../../support/pairwise.ts'

test('two factors are combined in full, and a third is spread over them', () => {
  expect(pairwise({ letter: ['a', 'b'], digit: [1, 2], sign: ['+', '-'] })).toEqual([
    { letter: 'a', digit: 1, sign: '+' },
    { letter: 'a', digit: 2, sign: '-' },
    { letter: 'b', digit: 1, sign: '-' },
    { letter: 'b', digit: 2, sign: '+' },
  ])
})

test('what does not matter has the first value', () => {
  const cases = pairwise({
    many: Array.from({ length: 9 }, (_, n) => n),
    more: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    few: ['x', 'y'],
  })
  expect(cases).toHaveLength(9 * 8)
  expect(cases.filter(({ few }) => few === 'y').length).toBeLessThan(18)
})

test('every value meets every value of every other factor, and no case is for nothing', () => {
  assert(
    property(array(integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 }), (sizes) => {
      const factors = Object.fromEntries(
        sizes.map((size, index) => [`f${index}`, Array.from({ length: size }, (_, value) => value)]),
      )
      const cases = pairwise(factors)
      const pairs = cases.map((values) => {
        const named = Object.entries(values)
        return named.flatMap(([name, value], index) =>
          named.slice(index + 1).map(([other, its]) => `${name}=${String(value)} ${other}=${String(its)}`),
        )
      })
      const all = sizes.flatMap((size, index) => sizes.slice(index + 1).map((other) => size * other))
      expect(new Set(pairs.flat()).size).toBe(all.reduce((sum, count) => sum + count, 0))
      const met = new Set<string>()
      for (const own of pairs) {
        expect(own.some((pair) => !met.has(pair))).toBe(true)
        for (const pair of own) met.add(pair)
      }
    }),
  )
})

test('factors without values have no cases', () => {
  expect(pairwise({})).toEqual([])
  expect(pairwise({ one: [1, 2], none: [] })).toEqual([])
})
