import { expect, test } from 'vitest'
import { seededRandom } from '../../../src/core/random.ts'
import { dueTimes } from '../../../src/lab/arrivals.ts'
import { blockLength, correlationWithNext, drawBlocks } from '../../../src/lab/blocks.ts'
import { type Compared, compareSamples } from '../../../src/lab/compare-samples.ts'
import { serve } from '../../support/fifo-queue.ts'

/** TTFT of requests at 11/s to 4 slots of 290 ms, `slower` times as slow, whose service varies by 2 %. */
function ttftOf(arrivalSeed: number, serviceSeed: number, slower = 1): number[] {
  const due = dueTimes({ rate: 11, arrivals: 'poisson' }, 300, seededRandom(arrivalSeed))
  const random = seededRandom(serviceSeed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const services = due.map(() => 290 * slower * (1 + 0.02 * normal()))
  return serve(due, 4, (index) => services[index] ?? 0).map(({ wait }) => wait + 100 * slower)
}

const compare = (compared: Partial<Compared>, p = 0.5, over = 0.02) =>
  compareSamples(
    { before: [], after: [], paired: true, better: 'lower', ...compared },
    { p, over, random: seededRandom(1) },
  )

test('of 15 pairs of runs of one server none is called worse by more than 2 %', () => {
  const verdicts = Array.from(
    { length: 15 },
    (_, seed) => compare({ before: ttftOf(seed, 100 + seed), after: ttftOf(seed, 200 + seed) })?.verdict,
  )
  expect(verdicts.filter((verdict) => verdict === 'worse')).toEqual([])
})

test('a server that is 5 % slower is found by the median and by p95 of 300 requests', () => {
  const seeds = [1, 2, 3, 4, 5]
  for (const p of [0.5, 0.95]) {
    const verdicts = seeds.map(
      (seed) =>
        compare({ before: ttftOf(seed, 100 + seed), after: ttftOf(seed, 200 + seed, 1.05) }, p)?.verdict,
    )
    expect(verdicts).toEqual(seeds.map(() => 'worse'))
  }
})

test('the same values are not worse, and need no more', () => {
  const values = ttftOf(3, 4)
  expect(compare({ before: values, after: values })).toMatchObject({
    n: 300,
    change: 0,
    low: 0,
    high: 0,
    verdict: 'not_worse',
    needs: 0,
  })
})

test('a request that failed in one of two paired runs is left out of both', () => {
  const before = [...Array(30).keys()].map((index) => 100 + index)
  const after = before.map((value, index) => (index === 29 ? null : value * 2))
  const found = compare({ before: [...before, null], after: [...after, 5000] })
  expect(found).toMatchObject({ n: 29, before: 114, after: 228, verdict: 'worse' })
  expect(found?.change).toBeCloseTo(1)
})

test('tokens per second are worse if they are fewer', () => {
  const before = Array.from({ length: 40 }, () => 100)
  const half = { before, after: before.map(() => 50), better: 'higher' } as const
  expect(compare(half)).toMatchObject({ change: 0.5, verdict: 'worse' })
  expect(compare({ ...half, better: 'lower' })).toMatchObject({ change: -0.5, verdict: 'not_worse' })
})

test.each([
  { p: 0.5, n: 19, needs: 1 },
  { p: 0.95, n: 150, needs: 50 },
  { p: 0.99, n: 300, needs: 700 },
])(
  'p$p of $n requests says nothing: $needs more are needed, however much slower they were',
  ({ p, n, needs }) => {
    const before = Array.from({ length: n }, () => 100)
    expect(compare({ before, after: before.map(() => 300) }, p)).toMatchObject({ verdict: 'unknown', needs })
  },
)

test('an interval that holds the threshold decides nothing, and says how many requests more would', () => {
  const random = seededRandom(9)
  const before = Array.from({ length: 50 }, () => 100 + 100 * random())
  // In pairs that differ by -30 to +40 %, independently.
  const after = before.map((value) => value * (0.7 + 0.7 * random()))
  const found = compare({ before, after }, 0.5, 0.05)
  expect(found?.low).toBeLessThan(0.05)
  expect(found?.high).toBeGreaterThan(0.05)
  expect(found?.verdict).toBe('unknown')
  expect(found?.needs).toBeGreaterThan(0)
})

test('without a value on one side there is nothing to compare', () => {
  expect(compare({ before: [1, 2], after: [null, null] })).toBeNull()
})

test('values resemble the next one as they were made to', () => {
  const random = seededRandom(5)
  let value = 0
  const values = Array.from({ length: 20_000 }, () => (value = 0.8 * value + random() - 0.5))
  expect(correlationWithNext(values)).toBeCloseTo(0.8, 1)
  // (1 + 0.8) / (1 - 0.8) = 9
  expect(Math.abs(blockLength(values) - 45)).toBeLessThan(4)
  expect(correlationWithNext([5, 5, 5, 5])).toBe(0)
  expect(blockLength([1, 9, 2, 8, 3, 7, 1, 9, 2, 8])).toBe(2)
})

test('blocks are consecutive places, around the end too, and as many as there are', () => {
  const places = [...drawBlocks(10, 4, seededRandom(2))]
  expect(places).toHaveLength(10)
  expect(places.slice(1, 4)).toEqual(places.slice(0, 3).map((place) => (place + 1) % 10))
  expect(places.every((place) => place >= 0 && place < 10)).toBe(true)
})
