import { expect, test } from 'vitest'
import { familyOf, isolated, list, plural, spoken } from '../../../web/format/words.ts'

test.each([
  ['meta-llama/Llama-3.3-70B-Instruct-Turbo', 'llama-3.3-70b'],
  ['llama-3.3-70b-versatile', 'llama-3.3-70b'],
  ['llama3.3-70b', 'llama-3.3-70b'],
  ['meta-llama/llama-3.3-70b-instruct:free', 'llama-3.3-70b'],
  ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
  ['mistral-small-latest', 'mistral-small'],
  ['mistral-small-2503', 'mistral-small'],
  ['o3-mini', 'o3-mini'],
  ['chat', 'chat'],
])('%s belongs to %s', (model, family) => expect(familyOf(model)).toBe(family))

test('counts and lists in words', () => {
  expect([plural(1, 'call'), plural(0, 'call'), plural(2, 'reply', 'replies')]).toEqual([
    '1 call',
    '0 calls',
    '2 replies',
  ])
  expect([list([]), list(['a']), list(['a', 'b']), list(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a and b',
    'a, b and c',
  ])
  expect(spoken('timeout_first_token')).toBe('timeout first token')
})

test('a name that turns the direction of writing turns nothing but itself', () => {
  const turned = 'bidi-\u202Eabc\u2069'
  expect(isolated(turned)).toBe('\u2068bidi-\u202Eabc\u2069')
  expect(list([turned, 'b'])).toBe('\u2068bidi-\u202Eabc\u2069 and b')
  expect(isolated('gpt-4o')).toBe('gpt-4o')
})
