import { expect, test } from 'vitest'
import { limitsIn, retryAfterIn } from '../../../src/probe/limits.ts'

test('rate limit headers are kept under their own names, and no others', () => {
  const limits = {
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-reset-tokens': '6m0s',
    'anthropic-ratelimit-tokens-remaining': '5',
    'x-tokenlimit-limit': '9',
    ratelimit: 'no prefix',
    'retry-after': '2',
  }
  const { ratelimit: _, ...kept } = limits
  expect(limitsIn({ ...limits, 'x-request-id': 'r', 'set-cookie': ['a'] })).toEqual(kept)
  expect(limitsIn({ 'content-type': 'x' })).toBeNull()
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
