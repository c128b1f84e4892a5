import { expect, test } from 'vitest'
import { type ErrorKind, errorKinds } from '../../../src/core/outcome.ts'
import { explain } from '../../../src/probe/message.ts'
import { callTo } from '../../support/loopback.ts'

const call = callTo('http://10.0.0.5:8000/v1')
const messageOf = (kind: ErrorKind) =>
  explain({ kind, error: null }, { call, status: null, headers: {}, failure: null }).message

test.each(Object.keys(errorKinds) as ErrorKind[])(
  'the message of %s has every placeholder filled in',
  (kind) => {
    expect(messageOf(kind)).toMatch(/^Test tiny: [^{}]+\. [A-Z][^{}]+\.$/)
  },
)

test('a message names the host, the deadline and the variables of its call', () => {
  expect(messageOf('timeout_connect')).toContain('no usable connection to 10.0.0.5:8000 within 5 s.')
  expect(messageOf('dns')).toContain('Check TEST_BASE_URL and the network.')
  expect(messageOf('auth')).toContain('Check TEST_API_KEY.')
})
