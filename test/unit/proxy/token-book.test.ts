import { expect, test } from 'vitest'
import { hashOf } from '../../../src/proxy/token.ts'
import type { Admission } from '../../../src/proxy/token-book.ts'
import { StoreError } from '../../../src/store/store.ts'
import { admitTo, openTestAccess, sayings, tokens } from '../../support/proxy-access.ts'

const provider = { baseUrl: 'https://api.example/v1', key: 'sk-ours-0123456789' }

/** Access with a deadline that `expire` ends, and a request with a token that is known there. */
function open() {
  const late = new AbortController()
  const opened = openTestAccess({ deadline: () => late.signal })
  const request = async () => {
    const said = await admitTo(opened.access, { headers: { authorization: tokens.known } }, { provider })
    return 'status' in said ? said.code : 'admitted'
  }
  return { ...opened, request, expire: () => late.abort() }
}
const never = () => new Promise<never>(() => undefined)

test('every request is counted, each under an id of its own, and the store gets the hash alone', async () => {
  const { request, asked } = open()
  for (let n = 0; n < 3; n += 1) expect(await request()).toBe('admitted')
  expect(asked.map(({ hash }) => hash)).toEqual(Array(3).fill(hashOf(tokens.known)))
  expect(new Set(asked.map(({ requestId }) => requestId)).size).toBe(3)
})

test('after a yes nobody waits for the database, for four seconds from when it was asked', async () => {
  const { request, answerBy, pass, expire, asked } = open()
  await request()
  answerBy(never)
  pass(3999)
  expect(await request()).toBe('admitted')
  pass(1)
  const waiting = request()
  expire()
  expect(await waiting).toBe('tokens_unreadable')
  expect(asked).toHaveLength(3)
})

test('each answer renews a yes', async () => {
  const { request, pass, answerBy } = open()
  await request()
  pass(3000)
  await request()
  answerBy(never)
  pass(3000)
  expect(await request()).toBe('admitted')
})

test('the first no ends it, for the request after the one that asked', async () => {
  const { request, answerBy } = open()
  await request()
  const { promise, resolve } = Promise.withResolvers<Admission>()
  answerBy(() => promise)
  expect(await request()).toBe('admitted')
  resolve(sayings.revoked)
  await promise
  expect(await request()).toBe('token_revoked')
})

test('a yes that comes after four seconds opens one request, and no more', async () => {
  const { request, answerBy, pass } = open()
  const { promise, resolve } = Promise.withResolvers<Admission>()
  answerBy(() => promise)
  const slow = request()
  pass(4000)
  resolve(sayings.known)
  expect(await slow).toBe('admitted')
  answerBy(() => Promise.resolve(sayings.revoked))
  expect(await request()).toBe('token_revoked')
})

test('a no is asked again each time', async () => {
  const { request, answerBy } = open()
  answerBy(() => Promise.resolve(sayings['out of requests']))
  expect(await request()).toBe('requests_per_day')
  answerBy(() => Promise.resolve(sayings.known))
  expect(await request()).toBe('admitted')
})

test('a database that fails behind a yes fails the requests after it', async () => {
  const { request, answerBy, pass } = open()
  await request()
  answerBy(() => Promise.reject(new StoreError('unavailable', 'it is away')))
  expect(await request()).toBe('admitted')
  pass(4000)
  expect(await request()).toBe('tokens_unreadable')
})
