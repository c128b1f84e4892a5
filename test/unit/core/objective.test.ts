import { expect, test } from 'vitest'
import { burnRate, checksToProve, slo, sloChange } from '../../../src/core/objective.ts'

test('a budget burns by the share that is bad over the one that may be', () => {
  expect(burnRate({ n: 96, bad: 0 }, 0.99)).toBe(0)
  expect(burnRate({ n: 0, bad: 0 }, 0.99)).toBe(0)
  // A hundredth may be bad; a tenth was.
  expect(burnRate({ n: 100, bad: 10 }, 0.99)).toBe(10)
  // In binary 0.15 / 0.05 is below 3.
  expect(burnRate({ n: 100, bad: 15 }, 0.95)).toBe(3)
  expect(burnRate({ n: 1000, bad: 3 }, 0.999)).toBe(3)
  expect(burnRate({ n: 96, bad: 1 }, 0.999)).toBeCloseTo(10.416_667, 6)
})

test.each([
  // n / (n + 3.8415), worked out on paper: 3838 / 3841.8415 = 0.99900009, 3837 / 3840.8415 = 0.99899983.
  [0.999, 3838],
  // 381 / 384.8415 = 0.990018, 380 / 383.8415 = 0.989992.
  [0.99, 381],
  // 73 / 76.8415 = 0.950007, 72 / 75.8415 = 0.949349.
  [0.95, 73],
])('%f is proven by %i checks without a failure at least', (share, n) => {
  expect(checksToProve(share)).toBe(n)
})

test('objectives may have each part or none; a change may take each away', () => {
  const whole = { days: 30, availability: 0.99, ttft: { within_ms: 800, share: 0.95 } }
  expect(slo.parse(whole)).toEqual(whole)
  expect(slo.parse({})).toEqual({})
  expect(sloChange.parse({ ...whole, latency: null })).toEqual({ ...whole, latency: null })
  for (const wrong of [
    { days: 6 },
    { days: 91 },
    { availability: 0.5 },
    { availability: 1 },
    { availability: Number.NaN },
    { ttft: null },
    { ttft: { within_ms: 0.5, share: 0.95 } },
    { latency: { within_ms: 3_600_001, share: 0.95 } },
    { latency: { within_ms: 800 } },
    { uptime: 0.99 },
  ])
    expect(slo.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false)
})
