import {
  assert,
  asyncProperty,
  boolean,
  constantFrom,
  dictionary,
  integer,
  oneof,
  string,
  tuple,
} from 'fast-check'
import { expect, test } from 'vitest'
import { tries } from '../../support/properties.ts'
import { admitTo, openTestAccess, tokens } from '../../support/proxy-access.ts'

const own = 'sk-its-own-0123456789abcdef'
const ours = 'sk-ours-9876543210fedcba'
const secrets = [...Object.values(tokens), own, ours]

/** A secret, or nearly all of one. */
const secret = tuple(constantFrom(...secrets), integer({ min: 0, max: 6 })).map(([text, missing]) =>
  text.slice(0, text.length - missing),
)
const value = tuple(
  constantFrom('', 'Bearer ', 'bearer  ', 'Basic ', 'Token ', ' '),
  oneof(secret, string()),
  constantFrom('', ' ', ', x'),
).map((parts) => parts.join(''))
const name = constantFrom(
  'authorization',
  'x-firsttoken-token',
  'x-firsttoken-client',
  'x-api-key',
  'user-agent',
)
const provider = constantFrom(
  { baseUrl: 'http://127.0.0.1:1234/v1', key: ours },
  { baseUrl: 'https://api.example/v1', key: ours },
  { baseUrl: 'https://api.example/v1', key: null },
)

/** The secrets of which a text has all but a few characters. */
const givenAway = (text: string) => secrets.filter((each) => text.includes(each.slice(0, -6)))

test('whatever is sent, no refusal, client or call of the store has a secret, and our key is for who may use it', async () => {
  await assert(
    asyncProperty(dictionary(name, value), provider, boolean(), async (headers, upstream, isExposed) => {
      const { access, asked, charged } = openTestAccess({ isExposed })
      const said = await admitTo(access, { headers }, { provider: upstream })
      if ('charge' in said) said.charge(0.5)
      await access.close()
      const { authorization, ...shown } = { authorization: null, ...said }
      expect(givenAway(JSON.stringify([shown, asked, charged]))).toEqual([])
      if (authorization === null) return
      expect(Object.values(tokens).filter((token) => authorization.includes(token))).toEqual([])
      if (!authorization.includes(ours) || 'status' in said || said.mode === 'pass-through') return
      const isOfThisMachine = upstream.baseUrl.includes('127.0.0.1') && !isExposed
      expect(isOfThisMachine || JSON.stringify(headers).includes(tokens.known)).toBe(true)
    }),
    { numRuns: tries(500) },
  )
})
