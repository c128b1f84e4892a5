import { expect, test } from 'vitest'
import { countFailures } from '../../../src/http/failures.ts'

test.each([
  ['203.0.113.5', '::ffff:203.0.113.5', true],
  ['203.0.113.5', '203.0.113.6', false],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['fe80::1%eth0', 'fe80::2%eth1', true],
  ['::1', '::2', true],
  ['::1', '2001:db8::1', false],
])('%s and %s are one: %s', (one, other, isSame) => {
  const failures = countFailures(() => 0)
  for (let index = 0; index < 5; index += 1) failures.add(one)
  expect(failures.waitS(one)).toBe(60)
  expect(failures.waitS(other) > 0).toBe(isSame)
})

test('failures are forgotten after a minute, one by one', () => {
  let now = 0
  const failures = countFailures(() => now)
  for (now = 0; now < 50_000; now += 10_000) failures.add('a')
  expect(failures.waitS('a')).toBe(10)
  now = 60_000
  expect(failures.waitS('a')).toBe(0)
  failures.add('a')
  expect(failures.waitS('a')).toBe(10)
})

test('cookies that browsers keep sending since the token changed count once each', () => {
  let now = 0
  const failures = countFailures(() => now)
  for (now = 0; now < 50_000; now += 1000)
    for (const browser of ['one', 'another', 'a third']) failures.add('a', browser)
  expect(failures.waitS('a')).toBe(0)
  failures.add('a')
  failures.add('a')
  expect(failures.waitS('a')).toBe(10)
})

test('whoever has many addresses makes only older ones forgotten, never the memory grow', () => {
  const failures = countFailures(() => 0)
  const fail = (address: string) => {
    for (let index = 0; index < 5; index += 1) failures.add(address)
  }
  fail('first')
  fail('second')
  for (let index = 0; index < 9999; index += 1) failures.add(`address ${index}`)
  expect(failures.waitS('first')).toBe(0)
  expect(failures.waitS('second')).toBe(60)
})
