import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, test } from 'vitest'
import { StoreError } from '../../../src/store/store.ts'
import { admitTo, openTestAccess, sayings, tokens } from '../../support/proxy-access.ts'

const upstreams = {
  'this machine': { baseUrl: 'http://localhost:1234/v1', key: 'lm-studio' },
  'a keyless provider': { baseUrl: 'https://open.example/v1', key: null },
  'a provider with a key': { baseUrl: 'https://api.example/v1', key: 'sk-ours-0123456789' },
} as const
type UpstreamName = keyof typeof upstreams

const sent = {
  nothing: {},
  'an empty bearer': { authorization: 'Bearer ' },
  'its own key': { authorization: 'Bearer sk-its-own-98765' },
} as const

const admit = (headers: IncomingHttpHeaders, to: UpstreamName, isExposed = false) =>
  admitTo(openTestAccess({ isExposed }).access, { headers }, { provider: upstreams[to] })

/** What is said, without what is a function. */
function shown(said: Awaited<ReturnType<typeof admitTo>>) {
  if ('status' in said) return { status: said.status, code: said.code }
  const { charge: _, client, ...rest } = said
  return { ...rest, client: client() }
}
const shownOf = async (...asked: Parameters<typeof admit>) => shown(await admit(...asked))

const ownKey = {
  client: expect.stringMatching(/^key [0-9a-f]{12}$/),
  authorization: 'Bearer sk-its-own-98765',
  mode: 'pass-through',
}
const held = (authorization: string | null, client: string | null = null) => ({
  client,
  authorization,
  mode: 'held',
})
const ours = {
  'this machine': 'Bearer lm-studio',
  'a keyless provider': null,
  'a provider with a key': 'Bearer sk-ours-0123456789',
} as const
const needed = { status: 401, code: 'credential_needed' }

test.for<[keyof typeof sent, UpstreamName, object]>([
  ['nothing', 'this machine', held(ours['this machine'])],
  ['nothing', 'a keyless provider', held(null)],
  ['nothing', 'a provider with a key', needed],
  ['an empty bearer', 'this machine', held(ours['this machine'])],
  ['an empty bearer', 'a keyless provider', held(null)],
  ['an empty bearer', 'a provider with a key', needed],
  ['its own key', 'this machine', ownKey],
  ['its own key', 'a keyless provider', ownKey],
  ['its own key', 'a provider with a key', ownKey],
])('without a token, with %s, to %s', async ([what, to, expected]) => {
  expect(await shownOf(sent[what], to)).toEqual(expected)
  // Where others can call, nothing goes without a token.
  expect(await shownOf(sent[what], to, true)).toEqual({ status: 401, code: 'token_needed' })
})

const names = Object.keys(upstreams) as UpstreamName[]
const everywhere = names.flatMap((to) => [false, true].map((isExposed) => [to, isExposed] as const))

const ways: [string, (token: string) => IncomingHttpHeaders][] = [
  ['as a bearer', (token) => ({ authorization: `Bearer ${token}` })],
  ['as a bearer in another case', (token) => ({ authorization: `bearer  ${token}` })],
  ['bare', (token) => ({ authorization: token })],
  ['in its own header', (token) => ({ 'x-firsttoken-token': token })],
  [
    'in its own header beside an empty bearer',
    (token) => ({ authorization: 'Bearer', 'x-firsttoken-token': token }),
  ],
]

describe.each(everywhere)('to %s, reached by others: %s', (to, isExposed) => {
  test.each(ways)('a token %s opens it for our key', async (_, headersOf) => {
    expect(await shownOf(headersOf(tokens.known), to, isExposed)).toEqual(held(ours[to], 'token alice'))
  })

  test('a token beside a key of the client passes that on', async () => {
    const headers = { ...sent['its own key'], 'x-firsttoken-token': tokens.known }
    expect(await shownOf(headers, to, isExposed)).toEqual({ ...ownKey, client: 'token alice' })
  })

  test.for<[keyof typeof sayings, object]>([
    ['unknown', { status: 401, code: 'token_unknown' }],
    ['revoked', { status: 401, code: 'token_revoked' }],
    ['out of requests', { status: 429, code: 'requests_per_day' }],
    ['out of USD', { status: 429, code: 'usd_per_day' }],
  ])('one that is %s opens nothing, whatever else is sent', async ([which, expected]) => {
    const headers = [
      ...ways.map(([, headersOf]) => headersOf(tokens[which])),
      { ...sent['its own key'], 'x-firsttoken-token': tokens[which] },
      // That of the Authorization counts.
      { authorization: `Bearer ${tokens[which]}`, 'x-firsttoken-token': tokens.known },
    ]
    for (const each of headers) expect(await shownOf(each, to, isExposed)).toEqual(expected)
  })

  test.each(['ftp_', 'ftp_short', `${tokens.known}x`, `ftp_${'!'.repeat(43)}`])(
    'what only begins as a token opens nothing, and the store is not asked: %s',
    async (wrong) => {
      for (const [, headersOf] of ways) {
        const { access, asked } = openTestAccess({ isExposed })
        expect(
          await admitTo(access, { headers: headersOf(wrong) }, { provider: upstreams[to] }),
        ).toMatchObject({
          status: 401,
          code: expect.stringMatching(/^token_(unknown|misplaced)$/),
        })
        expect(asked).toEqual([])
      }
    },
  )

  test('a token in a header that would go on is refused', async () => {
    for (const headers of [
      { 'x-api-key': tokens.known },
      { authorization: `Token ${tokens.known}` },
      { authorization: `Bearer ${tokens.known}`, 'api-key': tokens.known },
    ])
      expect(await shownOf(headers, to, isExposed)).toEqual({ status: 401, code: 'token_misplaced' })
  })
})

test('a token in the URL, which would go on, is refused', async () => {
  const query = `key=${tokens.known}`
  const headers = { authorization: `Bearer ${tokens.known}` }
  const to = { provider: upstreams['this machine'] }
  expect(await admitTo(openTestAccess().access, { headers, query }, to)).toMatchObject({
    status: 401,
    code: 'token_misplaced',
  })
})

test('a limit says what it is, and when the next day begins', async () => {
  const to = 'this machine'
  expect(await admit({ authorization: tokens['out of requests'] }, to)).toEqual({
    status: 429,
    code: 'requests_per_day',
    message: 'This proxy token is for 100 requests a day, which are used up until 2026-12-01T00:00:00.000Z.',
    retryAfterS: 1800,
  })
  expect(await admit({ authorization: tokens['out of USD'] }, to)).toMatchObject({
    message:
      'This proxy token is for requests for 2.5 USD a day, which are used up until 2026-12-01T00:00:00.000Z.',
    retryAfterS: 1800,
  })
})

test('without a database tokens open nothing, and a key of the client goes on', async () => {
  const openStore = () => Promise.reject(new StoreError('unavailable', 'it is away'))
  const { access } = openTestAccess({ openStore })
  const to = { provider: upstreams['a provider with a key'] }
  const refused = { status: 503, code: 'tokens_unreadable', retryAfterS: 5 }
  expect(await admitTo(access, { headers: { authorization: tokens.known } }, to)).toMatchObject(refused)
  expect(shown(await admitTo(access, { headers: sent['its own key'] }, to))).toEqual(ownKey)
})

test('a bug of the store is none of its failures', async () => {
  const openStore = () => Promise.reject(new TypeError('a bug'))
  const asked = openTestAccess({ openStore }).access.admitReader({ headers: { authorization: tokens.known } })
  await expect(asked).rejects.toThrow('a bug')
})

test('the list of models is read as what spends nothing', async () => {
  const read = (headers: IncomingHttpHeaders, isExposed: boolean) =>
    openTestAccess({ isExposed }).access.admitReader({ headers })
  expect(await read({}, false)).toBeNull()
  expect(await read(sent['its own key'], false)).toBeNull()
  expect(await read({ authorization: tokens.revoked }, false)).toMatchObject({ code: 'token_revoked' })
  expect(await read(sent['its own key'], true)).toMatchObject({ code: 'token_needed' })
  expect(await read({ authorization: tokens.known }, true)).toBeNull()
})

describe('the client', () => {
  const clientOf = async (headers: IncomingHttpHeaders) => {
    const said = await admit(headers, 'this machine')
    return 'client' in said ? said.client() : said
  }

  test('is what it calls itself, before its token and its key', async () => {
    const label = { 'x-firsttoken-client': ' billing v2 ' }
    expect(await clientOf(label)).toBe('billing v2')
    expect(await clientOf({ ...label, ...sent['its own key'] })).toBe('billing v2')
    expect(await clientOf({ ...label, authorization: tokens.known })).toBe('billing v2')
  })

  test.each(['', ' ', 'ä', 'a\tb', 'c'.repeat(65), 'sk-proj-abc123DEF456', tokens.known.slice(0, 30)])(
    'does not call itself %j',
    async (label) => {
      expect(await clientOf({ 'x-firsttoken-client': label })).toBeNull()
      expect(await clientOf({ 'x-firsttoken-client': label, authorization: tokens.known })).toBe(
        'token alice',
      )
    },
  )

  test('is told by its key, however that is sent, and from clients with other keys', async () => {
    const [one, same, other] = await Promise.all(
      ['Bearer sk-one', 'bearer   sk-one', 'Bearer sk-other'].map((authorization) =>
        clientOf({ authorization }),
      ),
    )
    expect(one).toBe(same)
    expect(one).not.toBe(other)
    // printf 'firsttoken client sk-one' | sha256sum
    expect(one).toBe('key 8faf5b769604')
  })
})

describe('what requests cost', () => {
  const provider = upstreams['a provider with a key']
  const spend = async (headers: IncomingHttpHeaders, ...costs: (number | null)[]) => {
    const { access, charged } = openTestAccess()
    for (const usd of costs) {
      const said = await admitTo(access, { headers }, { provider })
      if ('charge' in said) said.charge(usd)
    }
    await access.close()
    return charged
  }

  test('is charged to the token, on the day of its admission', async () => {
    const { token, day } = sayings.known
    expect(await spend({ authorization: tokens.known }, 0.25, null, 0.5)).toEqual([
      { tokenId: token.id, day, usd: 0.75 },
    ])
  })

  test('is not charged if the key of the client pays it', async () => {
    expect(await spend({ ...sent['its own key'], 'x-firsttoken-token': tokens.known }, 0.25)).toEqual([])
    expect(await spend(sent['its own key'], 0.25)).toEqual([])
  })
})
