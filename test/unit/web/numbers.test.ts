import { expect, test } from 'vitest'
import {
  bytes,
  count,
  delta,
  duration,
  percent,
  pricePerM,
  range,
  ranks,
  tokenRate,
  uptime,
  usd,
} from '../../../web/format/numbers.ts'

test.each([
  [0, '0 ms'],
  [841.6, '842 ms'],
  [999.4, '999 ms'],
  [999.6, '1.00 s'],
  [1840, '1.84 s'],
  [9996, '10.0 s'],
  [99_960, '100 s'],
  [132_400, '132 s'],
  [null, '–'],
  [undefined, '–'],
  [Number.NaN, '–'],
])('%s ms is %s', (ms, text) => expect(duration(ms)).toBe(text))

test.each([
  [0.04, '0.0 tok/s'],
  [9.94, '9.9 tok/s'],
  [9.96, '10 tok/s'],
  [123.5, '124 tok/s'],
  [1234, '1,234 tok/s'],
  [null, '–'],
])('%s tokens a second is %s', (tps, text) => expect(tokenRate(tps)).toBe(text))

test.each([
  [0, '$0'],
  [0.0000041, '$0.0000041'],
  [0.00041, '$0.00041'],
  [0.00999, '$0.010'],
  [0.0123, '$0.0123'],
  [0.5, '$0.5000'],
  [12.345, '$12.35'],
  [1234.5, '$1,234.50'],
  [-0.02, '−$0.0200'],
  [null, '–'],
])('%s dollars are %s', (value, text) => expect(usd(value)).toBe(text))

test('a share is rounded down, and is 100 % only if nothing is missing', () => {
  expect(percent(9999, 10_000)).toBe('99.99 %')
  expect(percent(99_999, 100_000)).toBe('99.99 %')
  expect(percent(100_000, 100_000)).toBe('100 %')
  expect(percent(0, 0)).toBe('–')
  expect(uptime(3, 96)).toBe('96.87 %')
  // 0.29 * 100 is 28.999... in binary.
  expect(percent(29, 100)).toBe('29.00 %')
})

test('prices, counts, intervals, ranks and differences', () => {
  expect(pricePerM(0.15, 0.6)).toBe('$0.15 / $0.60 per M')
  expect(pricePerM(0.0042, null)).toBe('$0.0042 / – per M')
  expect(pricePerM(0.075, 0.0375)).toBe('$0.075 / $0.0375 per M')
  expect(count(12_480)).toBe('12,480')
  expect(range(398.2, 430.7)).toBe('398–431')
  expect(range(null, 2)).toBe('–')
  expect([ranks(2, 2), ranks(2, 4)]).toEqual(['2', '2–4'])
  expect(delta(412, 450, 'ms')).toBe('+38 ms, +9 %')
  expect(delta(450, 412, 'ms')).toBe('−38 ms, −8 %')
  expect(delta(0, 5, 'ms')).toBe('+5 ms')
  expect(delta(null, 5, 'ms')).toBe('–')
})

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [8192, '8.19 kB'],
  [999_400, '999 kB'],
  [999_900, '1.00 MB'],
  [31_457_280, '31.5 MB'],
  [1_000_000_000, '1.00 GB'],
  [2_500_000_000_000_000, '2500 TB'],
  [null, '–'],
])('%s bytes are %s', (size, text) => {
  expect(bytes(size)).toBe(text)
})
