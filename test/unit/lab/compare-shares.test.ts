import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/core/random.ts'
import { compareShares } from '../../../src/lab/compare-shares.ts'

/** So many of so many, spread evenly. */
const spread = (k: number, n: number): boolean[] =>
  Array.from({ length: n }, (_, index) => Math.floor(((index + 1) * k) / n) > Math.floor((index * k) / n))

const of = (
  before: boolean[],
  after: boolean[],
  { over = 0.01, better = 'lower' }: { over?: number; better?: 'lower' | 'higher' } = {},
) => compareShares({ before, after, better }, { over })

test("the difference of two shares has Newcombe's interval", () => {
  // Newcombe (1998), table II: 56/70 and 48/80 differ by 0.2, 0.0524 to 0.3339 by his method 10.
  const found = of(spread(48, 80), spread(56, 70))
  expect(found).toMatchObject({ before: 0.6, after: 0.8, n: 70, verdict: 'worse' })
  expect(found?.change).toBeCloseTo(0.2)
  expect(found?.low).toBeCloseTo(0.0524, 3)
  expect(found?.high).toBeCloseTo(0.3339, 3)
})

test('a share that is better if higher is worse by what it falls', () => {
  expect(of(spread(56, 70), spread(48, 80), { over: 0.05, better: 'higher' })).toMatchObject({
    verdict: 'worse',
    low: expect.closeTo(0.0524, 3),
  })
  expect(of(spread(48, 80), spread(56, 70), { over: 0.05, better: 'higher' })).toMatchObject({
    verdict: 'not_worse',
  })
})

test('no failures of few requests say little, of many that there is no more', () => {
  const none = (n: number) => Array.from({ length: n }, () => false)
  expect(of(none(50), none(50))).toMatchObject({ change: 0, verdict: 'unknown' })
  // Wilson's upper end of none of n, 3.84 / (n + 3.84), is 0.01 at n = 380.
  expect(Math.abs((of(none(50), none(50))?.needs ?? 0) - 330)).toBeLessThan(20)
  expect(of(none(1000), none(1000))).toMatchObject({ change: 0, verdict: 'not_worse', needs: 0 })
  expect(of([], none(5))).toBeNull()
})

test('failures in one burst say less than as many that are spread', () => {
  const burst = Array.from({ length: 300 }, (_, index) => index >= 100 && index < 115)
  const none = Array.from({ length: 300 }, () => false)
  expect(of(none, spread(15, 300))).toMatchObject({ change: 0.05, verdict: 'worse' })
  expect(of(none, burst)).toMatchObject({ change: 0.05, verdict: 'unknown' })
})

test('of 200 pairs of runs with 5 % of failures at most 3 % are called worse by more than 2 points', () => {
  const random = seededRandom(1)
  const failures = () => Array.from({ length: 300 }, () => random() < 0.05)
  const verdicts = Array.from({ length: 200 }, () => of(failures(), failures(), { over: 0.02 })?.verdict)
  expect(verdicts.filter((verdict) => verdict === 'worse').length).toBeLessThanOrEqual(6)
})
