import { expect, test } from 'vitest'
import { admitWithoutTokens } from '../../../src/proxy/admit.ts'
import { heldKey, upstreamAt } from '../../support/proxied.ts'

/** What becomes of a request with these headers to this base URL. */
const admit = (
  headers: Record<string, string>,
  baseUrl = 'https://llm.example/v1',
  key: string | null = heldKey,
) =>
  admitWithoutTokens(
    { headers, remoteAddress: '127.0.0.1' },
    { provider: { ...upstreamAt(baseUrl), key }, model: 'm' },
  )

test('a key of the client’s own goes on as it is, and only a hash of it is kept', () => {
  expect(admit({ authorization: 'Bearer sk-1' })).toEqual({
    // The first four bytes of the SHA-256 of sk-1, as sha256sum has them.
    client: 'key 0f2c10bf',
    authorization: 'Bearer sk-1',
    mode: 'pass-through',
  })
})

test('a client names itself by a label that can be shown', () => {
  expect(admit({ authorization: 'Bearer sk-1', 'x-firsttoken-client': 'ci' })).toMatchObject({ client: 'ci' })
  for (const label of ['', 'x'.repeat(65), 'a\u0007b', 'é'])
    expect(admit({ authorization: 'Bearer sk-1', 'x-firsttoken-client': label })).toMatchObject({
      client: expect.stringMatching(/^key /) as string,
    })
})

test.each(['Bearer ftp_abc', 'bearer  ftp_abc', 'ftp_abc', 'Bearer ftp_'])(
  'a proxy token (%s) is unknown, whatever the upstream is: it never goes there, and no key of ours does',
  (authorization) => {
    for (const baseUrl of ['https://llm.example/v1', 'http://127.0.0.1:1234/v1'])
      expect(admit({ authorization }, baseUrl)).toMatchObject({ status: 401, code: 'unknown_token' })
  },
)

test('without a key ours is used for an upstream of this machine, and none for one that needs none', () => {
  const ours = { client: null, authorization: `Bearer ${heldKey}`, mode: 'held' }
  for (const host of ['localhost:1234', '127.0.0.1:1', '127.9.9.9', '[::1]:5'])
    expect(admit({}, `http://${host}/v1`)).toEqual(ours)
  for (const host of ['llm.example', '10.0.0.5', '128.0.0.1', 'localhost.example', '127.0.0.1.example'])
    expect(admit({}, `https://${host}/v1`)).toMatchObject({ status: 401, code: 'missing_key' })
  expect(admit({}, 'https://llm.example/v1', null)).toEqual({ ...ours, authorization: null })
})
