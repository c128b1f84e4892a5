import { expect, test } from 'vitest'
import { compareRates } from '../../../src/lab/compare-rates.ts'
import { seededRandom } from '../../../src/core/random.ts'

/** Requests one after the other, each of which takes so long and brings so much. */
const inTurn = (n: number, tookMs: number, amount = 1) =>
  Array.from({ length: n }, (_, index) => ({ from: index * tookMs, to: (index + 1) * tookMs, amount }))
const span = (requests: { to: number }[]) => ({ from: 0, to: requests.at(-1)?.to ?? 0 })

const of = (before: ReturnType<typeof inTurn>, after: ReturnType<typeof inTurn>, over = 0.05) =>
  compareRates(
    { before, after, spans: { before: span(before), after: span(after) }, paired: false },
    { over, random: seededRandom(1) },
  )

test('what a request brought is spread over its time, so that answers at an even pace are an even rate', () => {
  const found = of(inTurn(33, 100), inTurn(33, 110))
  expect(found).toMatchObject({ n: 33, before: expect.closeTo(10), after: expect.closeTo(1000 / 110) })
  // Each stretch is alike: nothing is left to chance.
  expect(found?.low).toBeCloseTo(1 / 11)
  expect(found?.high).toBeCloseTo(1 / 11)
  expect(found).toMatchObject({ verdict: 'worse', needs: 0 })
  expect(of(inTurn(33, 110), inTurn(33, 100))).toMatchObject({ verdict: 'not_worse' })
})

test('tokens count as many as they are, failures for nothing', () => {
  expect(of(inTurn(30, 100, 20), inTurn(30, 100, 10))).toMatchObject({ before: 200, after: 100 })
  const failed = inTurn(30, 100, 0)
  expect(of(inTurn(30, 100), failed)).toMatchObject({ after: 0, change: 1, low: 1, verdict: 'worse' })
  expect(of(failed, inTurn(30, 100))).toBeNull()
})

test('what a request brought outside of the span does not count', () => {
  const requests = inTurn(40, 100)
  const inner = { from: 1050, to: 3050 }
  const found = compareRates(
    { before: requests, after: requests, spans: { before: inner, after: inner }, paired: true },
    { over: 0.05, random: seededRandom(1) },
  )
  expect(found).toMatchObject({ before: expect.closeTo(10), after: expect.closeTo(10), verdict: 'not_worse' })
})

test('fewer than 20 requests say nothing', () => {
  expect(of(inTurn(19, 100), inTurn(25, 300))).toMatchObject({ verdict: 'unknown', needs: 1 })
})
