import { expect, test } from 'vitest'
import { cutWithoutKeys, redact, withoutKeys, withoutKeysIn } from '../../../src/net/redact.ts'

test.for([
  ['Incorrect API key provided: sk-proj-abc123DEF456.', 'Incorrect API key provided: [key].'],
  ['key gsk_0123456789abcdef refused', 'key [key] refused'],
  ['Incorrect API key: sk-inval**************-key. See docs', 'Incorrect API key: [key]. See docs'],
  ['authorization: Bearer abcdefgh12345678', 'authorization: Bearer [key]'],
  ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'token [key]'],
  ['proxy http://user:pass@proxy.test:8080 is down', 'proxy http://[key]proxy.test:8080 is down'],
  ['AIzaSyA-0123456789abcdefghijklmnopqrs', '[key]'],
  ['token ftp_abcdefghijklmnopqrstuvwxyz_-ABCDEFGHIJKLMNO is unknown', 'token [key] is unknown'],
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
  const text =
    'The model `task-risk-key-value` does not exist; see https://host.test/docs/sk?x=1, ftp_mirror_12, 5 tokens.'
  expect(redact(text, ['none', null])).toBe(text)
})

test('an answer loses only known keys', () => {
  expect(withoutKeys('sk-example-00000000 and abcdefgh-key', ['abcdefgh-key'])).toBe(
    'sk-example-00000000 and [key]',
  )
})

const key = `Tulip+Quartz/90<81>=mango"Iris'&\\`
const inJson = (text: string) => JSON.stringify(text).slice(1, -1)
const inHtml = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
const everyByte = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
const everyUnit = (text: string, write: (code: string) => string) =>
  Array.from(text, (char) => write(char.charCodeAt(0).toString(16).padStart(2, '0'))).join('')
/** As Gson and .NET write it. */
const inUnicode = (text: string) =>
  inJson(text).replaceAll(
    /[<>&'=+]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`,
  )

test.for<[string, (text: string) => string]>([
  ['verbatim', (text) => text],
  ['in another case', (text) => text.toUpperCase()],
  ['in a URL', encodeURIComponent],
  ['in a URL, in lower case', (text) => encodeURIComponent(text).toLowerCase()],
  ['in a URL, twice', (text) => encodeURIComponent(encodeURIComponent(text))],
  ['byte by byte', everyByte],
  ['in hexadecimal', (text) => Buffer.from(text).toString('hex')],
  ['in JSON, every character', (text) => everyUnit(text, (code) => `\\u00${code}`)],
  ['in JSON in JSON, every character', (text) => everyUnit(text, (code) => `\\\\u00${code}`)],
  ['in a script, every character', (text) => everyUnit(text, (code) => `\\x${code}`)],
  ['in a script, every code point', (text) => everyUnit(text, (code) => `\\u{${code}}`)],
  ['in HTML, every character', (text) => everyUnit(text, (code) => `&#x${code};`)],
  ['in JSON', inJson],
  ['in JSON in JSON', (text) => inJson(inJson(text))],
  ['in JSON with escapes', inUnicode],
  ['in JSON with escapes, twice', (text) => inJson(inUnicode(text))],
  ['in JSON that escapes slashes', (text) => inJson(text).replaceAll('/', '\\/')],
  ['in HTML', inHtml],
  ['in HTML, twice', (text) => inHtml(inHtml(text))],
  ['in a URL in JSON', (text) => inJson(encodeURIComponent(text))],
])('a key %s is replaced', ([, write]) => {
  expect(withoutKeys(`before ${write(key)} after`, [key])).toBe('before [key] after')
})

test.for(['', 'x', 'xy', 'user:', 'some-user:'])(
  'a key in the base64 of %j and the key is replaced',
  (user) => {
    const bytes = Buffer.from(`${user}${key}`)
    for (const base64 of [bytes.toString('base64'), bytes.toString('base64url')]) {
      const clean = withoutKeys(`Basic ${base64}`, [key])
      expect(clean).toContain('[key]')
      // What is left of it decodes to none of the key, but for a character at its edges.
      const left = clean.slice('Basic '.length).split('[key]')
      for (const part of left)
        expect(key).not.toContain(Buffer.from(part, 'base64').toString('latin1').slice(-3) || '-')
      expect(left.join('').length).toBeLessThan(user.length * 2 + 6)
    }
  },
)

test.for([
  ['Incorrect API key provided: Tulip+Qu************Iris. Look', 'Incorrect API key provided: [key]. Look'],
  ['your api key: ****-key is invalid', 'your api key: [key] is invalid'],
  ['(Tul…)', '([key])'],
  ['Tulip+####-key or Tul██████', '[key] or [key]'],
  ['Tulip+...', '[key]'],
] as const)('what a provider leaves of a key is replaced: %s', ([text, clean]) => {
  expect(withoutKeys(text, ['Tulip+Quartz-key'])).toBe(clean)
})

test('pieces of a key that are too long for chance are replaced, wherever they end', () => {
  const secret = 'Tulip-Quartz-9081-mango-Iris'
  for (let from = 0; from + 12 <= secret.length; from += 1)
    for (let to = from + 12; to <= secret.length; to += 1) {
      const piece = secret.slice(from, to)
      expect(withoutKeysIn({ a: [`İ ${piece.toUpperCase()}!`], [piece]: 1 }, [secret])).toEqual({
        a: ['İ [key]!'],
        '[key]': 1,
      })
    }
  const halves = `${secret.slice(0, 14)}\n${secret.slice(14)} and Tulip-Quart`
  expect(redact(halves, [secret])).toBe('[key]\n[key] and Tulip-Quart')
})

test('a text without a key stays, masks and all', () => {
  const text = 'Tulips... **bold** ****, wait... and …  {"a": "b\\\\c"} 100%25 &amp; Quartz'
  expect(withoutKeys(text, [key])).toBe(text)
})

test('no part of a key is left in front of a cut', () => {
  const secret = 'Tulip-Quartz-9081-mango'
  for (let before = 0; before <= 60; before += 1) {
    const shown = cutWithoutKeys(`${'.'.repeat(before)}${secret} `.repeat(30), 60, [secret])
    expect(shown.length).toBeLessThanOrEqual(60)
    expect(shown.replaceAll('[key]', '')).not.toMatch(/[a-z0-9]{2}/i)
  }
  expect(cutWithoutKeys(`${'x'.repeat(50)}${secret}`, 60, [secret])).toBe(`${'x'.repeat(50)}[key]`)
})

// Each took from seconds to hours with a pattern that tries every place anew; now none is noticed.
test.for([
  'sk-',
  'eyJ-',
  'eyJ.',
  'AIza-',
  'Bearer ',
  'Bearer\t',
  ' ',
  '://',
  ':',
  '*',
  '.',
  '…',
  '%25',
  '\\',
  '&amp;',
  'T',
  'Tul***',
  '<script',
  '1',
] as const)('a text of %j alone, 4 MB long, does not stop us', (piece) => {
  const text = piece.repeat(4_000_000 / piece.length)
  expect(withoutKeys(text, [key]).length).toBeGreaterThan(0)
  expect(redact(text, [key]).length).toBeLessThanOrEqual(8192)
})
