import { expect, test } from 'vitest'
import type { ClosedLoad, OpenLoad } from '../../../src/core/plan.ts'
import { seededRandom } from '../../../src/core/random.ts'
import { dueTimes } from '../../../src/lab/arrivals.ts'
import { describeSweep } from '../../../src/report/describe-sweep.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import type { RunStore } from '../../../src/store/store.ts'
import { unreachable } from '../../support/run-parts.ts'
import { carryOut, sweepPlan } from '../../support/sweep-plan.ts'

const closed: ClosedLoad = { concurrency: 1, staggerMs: 0 }
const atEnd = (events: Awaited<ReturnType<typeof carryOut>>) => {
  const { last } = events
  return last?.type === 'run_finished' ? last.run : null
}

test.each([
  // It begins with a hundred that count; 149 begin within 14.85 s after the warm-up of 100 ms.
  [1, 14_850, 149],
  [3, 950, 30],
])(
  'clients, %i of them, begin calls for %i ms after the first that counts',
  async (concurrency, durationMs, n) => {
    const plan = sweepPlan({ ...closed, concurrency }, { durationMs })
    const carried = await carryOut(plan, { slots: 8 })
    const { begins, results, events } = carried
    expect(results.filter(({ warmup }) => !warmup)).toHaveLength(n)
    // Without a pause where calls were planned.
    const expected = Array.from(
      { length: n + concurrency },
      (_, call) => Math.floor(call / concurrency) * 100,
    )
    expect(begins).toEqual(expected)
    expect(results.map(({ iteration }) => iteration).toSorted((a, b) => a - b)).toEqual([
      ...Array(concurrency).fill(0),
      ...Array.from({ length: n }, (_, index) => index + 1),
    ])
    const run = atEnd(carried)
    expect(run).toMatchObject({ status: 'finished', n_succeeded: n + concurrency })
    expect(run?.n_skipped).toBe((run?.n_probes ?? 0) - n - concurrency)
    expect(events.some(({ type }) => type === 'run_extended')).toBe(n > 100)
    const [level] = describeSweep(plan.settings.levels ?? [], results, {
      objectives: {},
      cpuShares: new Map(),
    })
    expect(level).toMatchObject({ report: { n }, notMade: 0, warmedUp: concurrency })
  },
)

test.each(['constant', 'poisson'] as const)(
  'an open loop has all %s arrivals within its duration',
  async (arrivals) => {
    const load: OpenLoad = { rate: 20, arrivals, seed: arrivals === 'poisson' ? 3 : null, slots: 64 }
    const plan = sweepPlan(load, { durationMs: 2000 })
    const { begins, results } = await carryOut(plan, { slots: 64 })
    const due = dueTimes({ rate: 20, arrivals }, 200, seededRandom(3))
    const from = due[10] ?? NaN
    const within = due.slice(10).filter((at) => at - from < 2000)
    expect(results.filter(({ warmup }) => !warmup)).toHaveLength(within.length)
    expect(within.length).toBe(arrivals === 'constant' ? 40 : within.length)
    expect(begins.at(-1)).toBeCloseTo(1000 + (within.at(-1) ?? NaN))
  },
)

test('what is in flight when the time is up ends, and counts', async () => {
  const plan = sweepPlan({ ...closed, concurrency: 4 }, { durationMs: 150 })
  // Two slots: the others wait.
  const { results, last } = await carryOut(plan, { slots: 2 })
  expect(results.every(({ success }) => success)).toBe(true)
  expect(last).toMatchObject({ run: { status: 'finished' } })
  expect(results.some(({ total_latency_ms }) => total_latency_ms === 200)).toBe(true)
})

test('a level after one that lasted begins with its own plan', async () => {
  const plan = sweepPlan(closed, { durationMs: 500, models: ['a', 'b'] })
  const { results } = await carryOut(plan, { slots: 2 })
  expect(results.map(({ level }) => level)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
})

test('if nothing of what was added may be called, no more is added', async () => {
  const plan = sweepPlan(closed, { durationMs: 60_000 })
  const memory = createMemoryStore()
  let extended = 0
  const store: RunStore = {
    ...memory,
    claimProbe: async (input) => (extended > 0 ? null : memory.claimProbe(input)),
    extendRun: (input) => {
      extended += 1
      return memory.extendRun(input)
    },
  }
  const { last } = await carryOut(plan, { slots: 1, store })
  expect(extended).toBe(1)
  expect(last).toMatchObject({ type: 'run_finished' })
})

test('without a disk a database that goes away ends the run, and says so', async () => {
  const plan = sweepPlan(closed, { durationMs: 60_000 })
  const store: RunStore = { ...createMemoryStore(), extendRun: () => unreachable() }
  const { last } = await carryOut(plan, { slots: 1, store })
  expect(last).toMatchObject({ type: 'store_failed', error: { kind: 'unavailable' } })
})

test('a client thinks after each answer, as long as it is told', async () => {
  const plan = sweepPlan({ ...closed, thinkMs: 50 }, { total: 4 })
  const { begins } = await carryOut(plan, { slots: 1 })
  expect(begins).toEqual([0, 150, 300, 450, 600])
})

test('exponential pauses are made again by their seed', async () => {
  const plan = sweepPlan({ ...closed, thinkMs: 50, thinkSeed: 7 }, { total: 3 })
  const { begins } = await carryOut(plan, { slots: 1 })
  const random = seededRandom(7)
  const pauses = [1, 2, 3].map(() => -50 * Math.log(1 - random()))
  let at = 0
  const expected = [0, ...pauses.map((pause) => (at += 100 + pause))]
  for (const [call, begin] of expected.entries()) expect(begins[call]).toBeCloseTo(begin)
})

test('clients that think have a steady window: their throughput is N / (S + think)', async () => {
  const load: ClosedLoad = { concurrency: 4, staggerMs: 150, thinkMs: 50 }
  const plan = sweepPlan(load, { total: 80 })
  const { results } = await carryOut(plan, { slots: 4 })
  const [level] = describeSweep(plan.settings.levels ?? [], results, { objectives: {}, cpuShares: new Map() })
  expect(level?.report?.window).not.toBeNull()
  expect(level?.report?.throughput.requestsPerS).toBeCloseTo(4 / 0.15, 0)
})

test('who thinks when the time is up sends nothing more', async () => {
  const plan = sweepPlan({ ...closed, thinkMs: 1000 }, { durationMs: 1500 })
  const { begins, last } = await carryOut(plan, { slots: 1 })
  expect(begins).toEqual([0, 1100, 2200])
  expect(last).toMatchObject({ run: { status: 'finished' } })
})
