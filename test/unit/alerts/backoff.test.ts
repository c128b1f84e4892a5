import { expect, test } from 'vitest'
import { decide, type Outcome } from '../../../src/alerts/backoff.ts'

const retry = (afterMs: number | null = null): Outcome => ({
  kind: 'retry',
  error: 'answered HTTP 500',
  afterMs,
})
const refused: Outcome = { kind: 'refused', error: 'answered HTTP 400' }

test('what was sent is done', () => {
  expect(decide({ kind: 'sent' }, 1, 0)).toEqual({ do: 'sent' })
})

test('what may be taken later is tried again at once, then after 1, 5 and 15 min, 1, 3, 6 and 12 h, then given up', () => {
  const decisions = [1, 2, 3, 4, 5, 6, 7, 8].map((attempts) => decide(retry(), attempts, 0))
  const minutes = decisions.map((each) => (each.do === 'retry' ? each.inMs / 60_000 : null))
  expect(minutes).toEqual([1 / 60, 1, 5, 15, 60, 180, 360, 720])
  expect(decide(retry(), 9, 0)).toEqual({ do: 'dead', error: 'answered HTTP 500', disable: false })
  // About a day.
  expect(minutes.reduce((sum: number, each) => sum + (each ?? 0), 0) / 60).toBeCloseTo(22.35, 2)
})

test('chance lengthens a wait by a tenth at most', () => {
  expect(decide(retry(), 2, 1)).toMatchObject({ inMs: 66_000 })
  expect(decide(retry(), 2, 0.5)).toMatchObject({ inMs: 63_000 })
})

test('a receiver may ask for a longer wait, not for a shorter one, nor for more than half a day', () => {
  expect(decide(retry(120_000), 2, 0)).toMatchObject({ inMs: 120_000 })
  expect(decide(retry(1), 2, 0)).toMatchObject({ inMs: 60_000 })
  expect(decide(retry(10 ** 12), 2, 0)).toMatchObject({ inMs: 12 * 3_600_000 })
})

test('what is refused is tried once more', () => {
  expect(decide(refused, 1, 0)).toEqual({ do: 'retry', inMs: 1000, error: 'answered HTTP 400' })
  expect(decide(refused, 2, 0)).toEqual({ do: 'dead', error: 'answered HTTP 400', disable: false })
})

test('an address that is gone is not tried again, by any message', () => {
  const gone: Outcome = { kind: 'gone', error: 'answered HTTP 410' }
  expect(decide(gone, 1, 0)).toEqual({ do: 'dead', error: 'answered HTTP 410', disable: true })
})
