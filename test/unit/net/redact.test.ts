import { expect, test } from 'vitest'
import { redact, withoutKeys } from '../../../src/net/redact.ts'

test.for([
  ['Incorrect API key provided: sk-proj-abc123DEF456.', 'Incorrect API key provided: [key].'],
  ['key gsk_0123456789abcdef refused', 'key [key] refused'],
  ['Incorrect API key: sk-inval**************-key. See docs', 'Incorrect API key: [key]. See docs'],
  ['authorization: Bearer abcdefgh12345678', 'authorization: Bearer [key]'],
  ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'token [key]'],
  ['proxy http://user:pass@proxy.test:8080 is down', 'proxy http://[key]proxy.test:8080 is down'],
  ['AIzaSyA-0123456789abcdefghijklmnopqrs', '[key]'],
] as const)('%s', ([text, clean]) => {
  expect(redact(text, [])).toBe(clean)
})

test('a known key is redacted whatever its shape', () => {
  expect(redact('you sent "hunter2-hunter2"', ['hunter2-hunter2'])).toBe('you sent "[key]"')
})

test.each([
  ['as it stands in a URL', 'https://host.test/?key=a%2Fkey%3Dof%22mine%22', 'https://host.test/?key=[key]'],
  ['as it stands in JSON', '{"key":"a/key=of\\"mine\\""}', '{"key":"[key]"}'],
])('a known key is redacted %s', (...[, text, clean]) => {
  expect(withoutKeys(text, ['a/key=of"mine"'])).toBe(clean)
})

test('ordinary words stay', () => {
  const text = 'The model `task-risk-key-value` does not exist; see https://host.test/docs/sk?x=1, 5 tokens.'
  expect(redact(text, ['none', null])).toBe(text)
})

test('an answer loses only known keys', () => {
  expect(withoutKeys('sk-example-00000000 and abcdefgh-key', ['abcdefgh-key'])).toBe(
    'sk-example-00000000 and [key]',
  )
})
