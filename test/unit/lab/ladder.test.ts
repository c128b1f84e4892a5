import { expect, test } from 'vitest'
import { describeLevel, type LevelRequest } from '../../../src/lab/describe-level.ts'
import {
  attainmentOf,
  heaviestOf,
  leastToHold,
  nextLevel,
  nextRung,
  nextTrial,
  type Rung,
  type SearchedLevel,
  type Tried,
} from '../../../src/lab/ladder.ts'

const rung = (concurrency: number, throughput: number, more: Partial<Rung> = {}): Rung => ({
  concurrency,
  throughput,
  errorShare: 0,
  clientBound: false,
  ...more,
})

test.each([
  ['begins with one', [], { concurrency: 1 }],
  ['doubles', [rung(1, 3), rung(2, 6)], { concurrency: 4 }],
  ['goes to what is allowed, and no further', [rung(8, 20)], { concurrency: 12 }],
  ['stops there', [rung(8, 20), rung(12, 30)], { stop: 'limit' }],
  ['stops if twice as many bring less than a tenth more', [rung(4, 12), rung(8, 13)], { stop: 'marginal' }],
  ['stops if more than 5 % fail', [rung(4, 12), rung(8, 24, { errorShare: 0.06 })], { stop: 'errors' }],
  [
    'stops if this machine is the limit',
    [rung(8, 24, { clientBound: true, errorShare: 1 })],
    { stop: 'client_bound' },
  ],
] as const)('the ladder %s', (_, rungs, step) => {
  expect(nextRung(rungs, 12)).toEqual(step)
})

test.each([
  [{ low: 0.95, high: 1 }, 'holds'],
  [{ low: 0.9, high: 0.949 }, 'misses'],
  [{ low: 0.9, high: 0.95 }, 'unresolved'],
] as const)('an interval of %o of a target of 0.95 %s', (interval, attainment) => {
  expect(attainmentOf(interval, 0.95)).toBe(attainment)
})

/** Searches an endpoint that holds up to `limit`, and is unresolved up to `open`. */
function search(limit: number, most: number, open = limit) {
  const tried: Tried[] = []
  for (;;) {
    const step = nextTrial(tried, most)
    if ('found' in step) return { ...step.found, levels: tried.map(({ level }) => level) }
    const { level } = step
    const attainment = level <= limit ? 'holds' : level <= open ? 'unresolved' : 'misses'
    tried.push({ level, attainment })
  }
}

test('the search doubles, then halves the distance until it is within 10 %', () => {
  expect(search(21, 512)).toEqual({
    highest: 20,
    unresolved: [],
    levels: [1, 2, 4, 8, 16, 32, 24, 20, 22],
  })
})

test('every limit is found within 10 %, in few trials', () => {
  for (let limit = 1; limit <= 512; limit++) {
    const { highest, levels } = search(limit, 512)
    expect(highest).toBeLessThanOrEqual(limit)
    expect(highest! * 1.1).toBeGreaterThanOrEqual(limit - 1)
    expect(levels.length).toBeLessThanOrEqual(15)
    expect(new Set(levels).size).toBe(levels.length)
  }
})

test('an endpoint that holds everything is tried up to what is allowed', () => {
  expect(search(10_000, 100)).toEqual({ highest: 100, unresolved: [], levels: [1, 2, 4, 8, 16, 32, 64, 100] })
})

test('if not even one holds, there is none', () => {
  expect(search(0, 100)).toEqual({ highest: null, unresolved: [], levels: [1] })
})

test('levels whose interval holds the target stay open above the highest that holds', () => {
  expect(search(10, 64, 13)).toMatchObject({ highest: 10, unresolved: [11, 12] })
})

const call: LevelRequest = {
  scheduledAt: null,
  sentAt: 0,
  success: true,
  errorKind: null,
  ttftMs: 10,
  ttfaMs: 10,
  tpotMs: 1,
  itlP95Ms: 1,
  totalLatencyMs: 100,
  inputTokens: 5,
  outputTokens: 5,
  costUsd: 0,
  timingQuality: 'ok',
  lagP99Ms: 0,
}

/** A level of one call of `ms`, which another worker took over if it was interrupted. */
const searched = (size: number, ms: number, interruptedMs: number | null = null): SearchedLevel => ({
  size,
  report: describeLevel([{ ...call, totalLatencyMs: ms }], {
    load: { concurrency: size },
    objectives: {},
    cpuShare: null,
    interruptedMs,
  }),
})

test.each([
  ['is made again', [searched(1, 100), searched(2, 50, 0)], { next: 2 }],
  ['is made again if it was the first', [searched(1, 100, 5000)], { next: 1 }],
  ['is then left out', [searched(1, 100), searched(2, 99, 5000), searched(2, 50)], { next: 4 }],
  [
    'is no measure of the next',
    [searched(1, 100), searched(2, 10, 5000), searched(2, 95)],
    { stop: 'marginal' },
  ],
  [
    'is not made a third time',
    [searched(1, 100), searched(2, 50, 0), searched(2, 50, 9)],
    { stop: 'interrupted' },
  ],
] as const)('a level of a search that was interrupted %s', (_, tried, step) => {
  expect(nextLevel({ most: 8, goodput: null }, tried)).toEqual(step)
})

test('the most that a search may come to is that of its heaviest way', () => {
  const size = (level: number) => level
  const one = () => 1
  // The ladder: 1, 2, 4, 8, 12.
  expect(heaviestOf({ most: 12, goodput: null }, 1, size)).toBe(27)
  expect(heaviestOf({ most: 1, goodput: null }, 1, size)).toBe(1)
  const most = 64
  const ways = Array.from({ length: most + 1 }, (_, limit) => search(limit, most).levels)
  const found = { most, goodput: 0.9 }
  const sums = ways.map((levels) => levels.reduce((sum, level) => sum + level, 0))
  expect(heaviestOf(found, 1, size)).toBe(Math.max(...sums))
  expect(heaviestOf(found, 1, one)).toBe(Math.max(...ways.map(({ length }) => length)))
})

test('the calls that can show a share are as few as its interval allows', () => {
  // Wilson's interval of n of n begins at n / (n + 3.84).
  expect([0.5, 0.9, 0.95, 0.999].map(leastToHold)).toEqual([4, 35, 73, 3838])
})
