import { expect, test } from 'vitest'
import { limitsIn, retryAfterIn } from '../../../src/probe/limits.ts'
import { retryHintIn } from '../../../src/probe/retry-hint.ts'

test('rate limit headers are kept under their own names, and no others', () => {
  const limits = {
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-reset-tokens': '6m0s',
    'anthropic-ratelimit-tokens-remaining': '5',
    'x-tokenlimit-limit': '9',
    ratelimit: '"api";r=489;t=189',
    'ratelimit-policy': '"fixed window";"api";q=500;w=300',
    'retry-after': '2',
  }
  expect(limitsIn({ ...limits, ratelimited: 'no', 'x-request-id': 'r', 'set-cookie': ['a'] }, [])).toEqual(
    limits,
  )
  expect(limitsIn({ 'content-type': 'x' }, [])).toBeNull()
})

const now = new Date('2026-11-26T12:00:00Z')
test.each([
  [{ 'retry-after': '5' }, 5000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after-ms': '750', 'retry-after': '5' }, 750],
  [{ 'retry-after': 'Thu, 26 Nov 2026 12:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Thu, 26 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': '-1' }, null],
  [{}, null],
])('%j asks for %s ms', (headers, ms) => {
  expect(retryAfterIn(headers, now)).toBe(ms)
})

test.each([
  [[{ error: { details: [{ '@type': 'RetryInfo', retryDelay: '45.5s' }] } }], 45_500],
  [{ error: { details: [{ retryDelay: { seconds: 3, nanos: 0 } }] } }, 3000],
  [{ error: { retry_after: 12 } }, 12_000],
  [{ error: { retry_after: '12' } }, 12_000],
  [{ retry_after_ms: 750 }, 750],
  [{ retryAfterSeconds: 2 }, 2000],
  [{ error: 'Model x is currently loading', estimated_time: 20.5 }, 20_500],
  [{ error: { retry_after: null } }, null],
  [{ retry_after: -1 }, null],
  [{ retried: 5 }, null],
  ['text', null],
  [null, null],
])('the body %j asks for %s ms', (body, ms) => {
  expect(retryHintIn(body, null)).toBe(ms)
})

test.each([
  ['Please try again in 6.5s. Need more tokens?', 6500],
  ['Please try again in 6m0.5s', 360_500],
  ['Please try again in 20ms', 20],
  ['Please try again in 1h2m3s', 3_723_000],
  ['Please retry in 45.837906927s.', 45_837.906927],
  ['Please retry after 30 seconds.', 30_000],
  ['Please wait for 2 minutes before the next call', 120_000],
  ['Please try again later', null],
  ['Retry in 5 requests', null],
])('the words "%s" ask for %s ms', (message, ms) => {
  const wait = retryHintIn({}, message)
  expect(wait === null ? null : Math.round(wait * 1e6) / 1e6).toBe(ms)
})
