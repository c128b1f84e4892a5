import { expect, test } from 'vitest'
import { type AskedSweep, sweepOf, usualTotal } from '../../../src/jobs/asked-sweep.ts'
import { brokenRules, type SweepField, type SweepWords } from '../../../src/jobs/sweep-rules.ts'

const nothing: AskedSweep = {
  concurrency: null,
  rates: null,
  isTraced: false,
  find: null,
  most: null,
  arrivals: null,
  seed: null,
  slots: null,
  total: null,
  durationS: null,
  thinkMs: null,
  thinkSpread: null,
  objectives: {},
  cache: null,
  outputs: null,
  promptCategory: null,
  maxTokens: null,
  contextTiers: null,
  maxCostUsd: null,
  maxErrors: null,
  reuseConnections: false,
  ownEndpoint: false,
}
/** Words that are told apart from any other. */
const words = new Proxy({} as SweepWords, { get: (_, field) => `<${String(field)}>` })
const broken = (asked: Partial<AskedSweep>) => brokenRules({ ...nothing, ...asked }, words)

const closed = { concurrency: [1] }
const open = { rates: [1] }
const find = { find: 0.95, objectives: { ttft: 500 } }

test.each<Partial<AskedSweep>>([
  closed,
  open,
  find,
  { isTraced: true, slots: 3, total: 4 },
  { ...open, arrivals: 'poisson', slots: 2, seed: 1, durationS: 5 },
  { ...closed, thinkMs: 5, thinkSpread: 'exponential', total: 9 },
  { concurrency: 'auto', most: 9 },
  { ...find, concurrency: 'auto', most: 9, total: 73 },
  { ...find, rates: 'auto', durationS: 1 },
  { ...closed, cache: { cache: 'shared', sharedTokens: 50 }, contextTiers: [50, 200] },
  { ...closed, cache: { cache: 'warm' }, outputs: { list: [5] } },
  { ...closed, promptCategory: 'qa', maxTokens: 5 },
])('nothing is wrong with %j', (asked) => {
  expect(broken(asked)).toEqual([])
})

test.each<[Partial<AskedSweep>, SweepField | null, string]>([
  [{}, null, 'give one of <loads>'],
  [{ ...closed, ...open }, null, 'give one of <loads>'],
  [{ ...closed, isTraced: true }, null, 'give one of <loads>'],
  [{ ...find, ...closed }, 'find', 'say <concurrency> auto or <rates> auto'],
  [{ ...find, isTraced: true }, 'find', 'a trace has its own'],
  [{ find: 0.95 }, 'find', 'needs <slo>'],
  [{ rates: 'auto' }, 'rates', 'auto needs <find>'],
  [{ ...closed, most: 9 }, 'most', 'is for <concurrency> auto and <find>'],
  [{ ...closed, arrivals: 'constant' }, 'arrivals', 'is for <rates>'],
  [{ ...closed, slots: 9 }, 'slots', 'is for <open>'],
  [{ isTraced: true, durationS: 9 }, 'duration', 'is not for <trace>'],
  [{ ...closed, total: 9, durationS: 9 }, 'total', 'and <duration> exclude each other'],
  [{ ...find, total: 72 }, 'total', 'must be at least 73'],
  [{ ...open, thinkMs: 9 }, 'think', 'is for <concurrency>'],
  [{ isTraced: true, thinkMs: 9 }, 'think', 'is for <concurrency>'],
  [{ ...closed, thinkSpread: 'fixed' }, 'thinkSpread', 'needs <think>'],
  [{ ...closed, maxTokens: 9, outputs: { list: [9] } }, 'maxTokens', 'and <outputs> exclude'],
  [{ isTraced: true, maxTokens: 9 }, 'trace', 'leave out <cache>, <contextTiers>, <maxTokens> and <outputs>'],
  [{ ...closed, cache: { cache: 'shared', sharedTokens: 9 } }, 'cache', 'give <contextTiers> of 9 at least'],
  [{ ...closed, cache: { cache: 'warm' }, promptCategory: 'qa' }, 'cache', '<promptCategory> has several'],
])('%j is refused by %s in the words of whoever asks', (asked, field, message) => {
  expect(broken(asked)[0]).toEqual({ field, message: expect.stringContaining(message) as string })
})

test('a search for goodput has three times the calls that can show it unless somebody says', () => {
  // Wilson's interval of n of n begins at n / (n + 3.84).
  expect([usualTotal(null), usualTotal(0.95), usualTotal(0.99)]).toEqual([50, 3 * 73, 3 * 381])
  const made = (asked: Partial<AskedSweep>) => sweepOf({ ...nothing, ...asked }, { drawSeed: () => 7 })
  expect(made({ ...find, rates: 'auto', arrivals: 'poisson' })).toMatchObject({
    loads: [{ rate: 1, arrivals: 'poisson', seed: 7, slots: 256 }],
    total: 219,
    search: { most: 256, goodput: 0.95, objectives: { ttft: 500 }, callsPerClient: 10 },
  })
  expect(made({ concurrency: 'auto', most: 9, total: 20 })).toMatchObject({
    loads: [{ concurrency: 1 }],
    total: 20,
    search: { most: 9, goodput: null, callsPerClient: 0 },
  })
  expect(made({ ...closed, thinkMs: 5, thinkSpread: 'exponential' }).loads).toEqual([
    { concurrency: 1, thinkMs: 5, thinkSeed: 7 },
  ])
  expect(made({ ...closed, thinkMs: 5, thinkSpread: 'fixed', seed: 3 }).loads).toEqual([
    { concurrency: 1, thinkMs: 5 },
  ])
  expect(made(closed)).not.toHaveProperty('search')
})
