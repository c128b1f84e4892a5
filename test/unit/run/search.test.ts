import { expect, test } from 'vitest'
import type { ClosedLoad, OpenLoad, Plan, Search } from '../../../src/core/plan.ts'
import { seededRandom } from '../../../src/core/random.ts'
import type { Work } from '../../../src/core/work.ts'
import { resume } from '../../../src/run/execute.ts'
import type { RunParts } from '../../../src/run/parts.ts'
import { describeSweep, sweepColumns, type SweepRow } from '../../../src/report/describe-sweep.ts'
import { searchNotes, searchOutcomes } from '../../../src/report/search.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import type { SpooledCall } from '../../../src/store/spool.ts'
import type { RunStore } from '../../../src/store/store.ts'
import { unreachable } from '../../support/run-parts.ts'
import { sweepRow } from '../../support/sweep-rows.ts'
import { carryOut, sweepPlan } from '../../support/sweep-plan.ts'

const climb: Search = { most: 64, goodput: null, objectives: {}, callsPerClient: 10 }
const closed: ClosedLoad = { concurrency: 1, staggerMs: 0 }
const open: OpenLoad = { rate: 10, arrivals: 'constant', seed: null, slots: 64 }
const warm: Work = { cache: 'warm', seed: 'of the sweep' }
const good: Search = { most: 64, goodput: 0.95, objectives: { latency: 110 }, callsPerClient: 0 }

type Carried = Awaited<ReturnType<typeof carryOut>>
function outcomesOf({ settings: { levels = [], search = climb } }: Plan, { results, added }: Carried) {
  const context = { rows: results, cpuShares: new Map<number, number>(), isOver: true }
  return searchOutcomes(search, [...levels, ...added], context)
}

test('the ladder climbs while throughput grows: min(N, slots) / S stops growing at the slots', async () => {
  const plan = sweepPlan(closed, { search: climb })
  const carried = await carryOut(plan, { slots: 4 })
  const { added, sizes, events, last, results } = carried
  expect(sizes).toEqual([2, 4, 8])
  // 20 were asked for, and are more if that is less than ten a client.
  expect(added.map(({ warmups, total }) => [warmups, total])).toEqual([
    [2, 20],
    [4, 40],
    [8, 80],
  ])
  const levels = describeSweep([...(plan.settings.levels ?? []), ...added], results, {
    objectives: {},
    cpuShares: new Map(),
  })
  const rates = levels.map(({ report }) => report?.throughput.requestsPerS ?? 0)
  for (const [index, rate] of [10, 20, 40, 40].entries()) expect(rates[index]).toBeCloseTo(rate)
  const places = results.map(({ level }) => level ?? -1)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
  expect(last).toMatchObject({
    type: 'run_finished',
    run: { status: 'finished', n_probes: 174 + 1, n_succeeded: 175, n_skipped: 0 },
  })
  const totals = events.flatMap((event) => (event.type === 'run_extended' ? [event.n_probes] : []))
  expect(totals).toEqual([43, 87, 175])
  const outcomes = outcomesOf(plan, carried)
  expect(outcomes).toMatchObject([{ highest: 4, stop: 'marginal', by: 'concurrency' }])
  expect(searchNotes(outcomes)[0]).toMatch(/after concurrency 4: twice as much brought less/)
})

test('it goes no further than it is allowed, and does so for each target in turn', async () => {
  const plan = sweepPlan(closed, { search: { ...climb, most: 3 }, models: ['a', 'b'] })
  const carried = await carryOut(plan, { slots: 8 })
  expect(carried.added.map(({ model, load }) => [model, load])).toMatchObject([
    ['a', { concurrency: 2 }],
    ['a', { concurrency: 3 }],
    ['b', { concurrency: 2 }],
    ['b', { concurrency: 3 }],
  ])
  expect(outcomesOf(plan, carried)).toMatchObject([
    { model: 'a', highest: 3, stop: 'limit' },
    { model: 'b', highest: 3, stop: 'limit' },
  ])
})

test.each([
  // Beyond four a fourth of the calls and more wait for a slot.
  { by: 'concurrency', load: closed, tried: [2, 4, 8, 6, 5], highest: 4 },
  // Four slots of 100 ms serve 40 a second.
  { by: 'rate', load: open, tried: [20, 40, 64, 52, 46, 43], highest: 40 },
])(
  'a search for goodput by $by doubles, then halves what is between',
  async ({ by, load, tried, highest }) => {
    const plan = sweepPlan(load, { search: good, total: 80 })
    const carried = await carryOut(plan, { slots: 4 })
    expect(carried.sizes).toEqual(tried)
    const outcomes = outcomesOf(plan, carried)
    expect(outcomes).toEqual([
      {
        provider: 'openai',
        model: 'a',
        contextTokens: null,
        by,
        most: 64,
        goodput: 0.95,
        highest,
        unresolved: [],
        stop: 'found',
      },
    ])
    expect(searchNotes(outcomes)[0]).toMatch(/goodput>=0.95 holds up to (concurrency 4|40 requests\/s)\.$/)
  },
)

test('a level whose interval contains the share is unresolved, and is said to be', async () => {
  // At 5 a fourth of the calls is late.
  const plan = sweepPlan(closed, { search: { ...good, goodput: 0.75 }, total: 80 })
  const outcomes = outcomesOf(plan, await carryOut(plan, { slots: 4 }))
  expect(outcomes).toMatchObject([{ highest: 4, unresolved: [5], stop: 'found' }])
  expect(searchNotes(outcomes)[0]).toMatch(/unresolved at concurrency 5, where the interval contains 0.75/)
})

test('whoever stops it closes it, and its search has no end', async () => {
  const plan = sweepPlan(closed, { search: climb })
  const stop = new AbortController()
  let claims = 0
  const memory = createMemoryStore()
  const store: RunStore = {
    ...memory,
    claimProbe: async (input) => {
      if ((claims += 1) === 30) stop.abort()
      return memory.claimProbe(input)
    },
  }
  const carried = await carryOut(plan, { slots: 4, store, stop: stop.signal })
  expect(carried.sizes).toEqual([2])
  expect(carried.last).toMatchObject({ type: 'run_finished', run: { status: 'cancelled', n_probes: 43 } })
  expect(outcomesOf(plan, carried)).toMatchObject([{ highest: null, stop: 'unfinished' }])
})

test.each([false, true])(
  'what it may cost holds for what is added, also for who joins: %s',
  async (isJoined) => {
    const plan = sweepPlan(closed, { search: climb })
    const most = plan.settings.mostCallUsd ?? 0
    plan.settings = { ...plan.settings, maxCostUsd: 2 * most }
    const joining = isJoined ? await joined(plan, 0) : {}
    const { last, results, sizes } = await carryOut(plan, { slots: 4, ...joining })
    expect(sizes).toEqual([2])
    const spent = results.reduce((sum, { cost_usd }) => sum + (cost_usd ?? NaN), 0)
    // It ends when a call of the highest cost would no longer fit, as one of these no longer does.
    expect(spent).toBeGreaterThan(most)
    expect(spent).toBeLessThan(1.1 * most)
    const nSkipped = 43 - results.length
    expect(last).toMatchObject({ type: 'run_finished', run: { status: 'finished', n_skipped: nSkipped } })
  },
)

test('a sweep grows to no more calls than it may come to', async () => {
  // 21 calls, then 22 at two in flight; 44 more at four would be 87.
  const sought = sweepPlan(closed, { search: climb, mostCalls: 86 })
  const searched = await carryOut(sought, { slots: 4 })
  expect(searched.sizes).toEqual([2])
  expect(searched.last).toMatchObject({ type: 'run_finished', run: { status: 'finished', n_probes: 43 } })
  expect(outcomesOf(sought, searched)).toMatchObject([{ highest: null, stop: 'unfinished' }])
  // A minute is enough for 599 calls; 101 were planned.
  const lasting = sweepPlan(closed, { durationMs: 60_000, mostCalls: 150 })
  const { results, last } = await carryOut(lasting, { slots: 4 })
  expect(results).toHaveLength(150)
  expect(last).toMatchObject({ type: 'run_finished', run: { status: 'finished', n_skipped: 0 } })
})

test('a run that another worker took over is not added to, and ends', async () => {
  const plan = sweepPlan(closed, { search: climb })
  const store: RunStore = { ...createMemoryStore(), extendRun: async () => ({ extended: false }) }
  const { sizes, last } = await carryOut(plan, { slots: 4, store })
  expect(sizes).toEqual([])
  expect(last).toMatchObject({ type: 'run_finished', run: { n_succeeded: 21, n_skipped: 0 } })
})

test('a database that goes away meanwhile is told later, what is added before its results', async () => {
  const plan = sweepPlan(closed, { search: climb })
  const memory = createMemoryStore()
  const known = new Set(plan.probes.map(({ id }) => id))
  let recorded = 0
  const away = () => recorded > 30
  const store: RunStore = {
    ...memory,
    claimProbe: (input) => (away() ? unreachable() : memory.claimProbe(input)),
    extendRun: (input) => {
      if (away()) return unreachable()
      for (const { id } of input.probes) known.add(id)
      return memory.extendRun(input)
    },
    finishRun: (input) => (away() ? unreachable() : memory.finishRun(input)),
    recordResult: (input) => {
      recorded += 1
      return away() ? unreachable() : memory.recordResult(input)
    },
  }
  const calls: SpooledCall[] = []
  const spool = { dir: 'spool', add: (_: string, call: SpooledCall) => void calls.push(call) }
  const { sizes, last, results } = await carryOut(plan, { slots: 4, store, whenUnreachable: { spool } })
  expect(sizes).toEqual([2, 4, 8])
  expect(results).toHaveLength(175)
  expect(last).toMatchObject({
    type: 'run_finished',
    spooled: true,
    run: { n_probes: 175, n_succeeded: 175 },
  })
  const unknown = calls.filter(({ name, input }) => {
    if (name === 'extend_run') for (const { id } of input['probes'] as { id: string }[]) known.add(id)
    return name === 'record_result' && !known.has((input['result'] as { probe_id: string }).probe_id)
  })
  expect(unknown).toEqual([])
  expect(calls.at(-1)?.name).toBe('finish_run')
  expect(calls.filter(({ name }) => name === 'extend_run')).toHaveLength(2)
})

test.each([
  { what: 'levels that a search adds', plan: sweepPlan(closed, { search: climb, work: warm }), levels: 4 },
  {
    what: 'calls that are added to levels which last',
    plan: sweepPlan(
      [1, 2, 3].map((concurrency) => ({ ...closed, concurrency })),
      {
        durationMs: 30_000,
        work: warm,
      },
    ),
    levels: 3,
  },
])('where a cache is to be warm, $what are the text of their own level', async ({ plan, levels }) => {
  const memory = createMemoryStore()
  const said: { level: number | null; nonce: string | undefined }[] = []
  const store: RunStore = {
    ...memory,
    claimProbe: async (input) => {
      const claimed = await memory.claimProbe(input)
      if (claimed !== null) said.push({ level: claimed.probe.level, nonce: claimed.probe.asks?.nonce })
      return claimed
    },
  }
  const { events } = await carryOut(plan, { slots: 4, store, random: seededRandom(5) })
  expect(events.some(({ type }) => type === 'run_extended')).toBe(true)
  const byLevel = Map.groupBy(said, ({ level }) => level)
  const texts = [...byLevel.values()].map((calls) => [...new Set(calls.map(({ nonce }) => nonce))])
  expect(texts.map(({ length }) => length)).toEqual(Array(levels).fill(1))
  expect(new Set(texts.flat()).size).toBe(levels)
})

/** A run that is planned here and made by whoever joins it, with what is left once another has made so many. */
async function joined(plan: Plan, made: number) {
  const memory = createMemoryStore()
  const { run } = await memory.startRun(plan, 'local')
  const rows: SweepRow[] = []
  let at = -60_000
  for (let n = 0; n < made; n++) {
    const asked = { runId: plan.id, owner: 'before', leaseMs: 1, region: 'local' }
    const claimed = await memory.claimProbe(asked)
    if (claimed === null) throw new Error('the plan is shorter')
    const { level, warmup, iteration } = claimed.probe
    const { load } = plan.settings.levels?.[level ?? 0] ?? { load: closed }
    at += 100 / ('rate' in load ? 1 : load.concurrency)
    const startedAt = new Date(at).toISOString()
    rows.push(
      sweepRow({ level, warmup, iteration, started_at: startedAt, total_latency_ms: 100, worker: 'before' }),
    )
  }
  const { settings } = plan
  const store: RunStore = {
    ...memory,
    joinRun: async () => ({ joined: true, run, settings }),
    // Page after page.
    listSweepResults: async ({ after }) => ({
      columns: [...sweepColumns],
      rows: rows
        .slice(after ? 10 : 0, after ? undefined : 10)
        .map((row) => sweepColumns.map((name) => row[name] ?? null)),
      next: after || rows.length <= 10 ? null : 'the rest',
    }),
  }
  return { store, eventsOf: (parts: RunParts) => resume(plan.id, parts), rows }
}

test('a run that waited in a queue is searched by whoever makes it', async () => {
  for (const load of [closed, open]) {
    const plan = sweepPlan(load, { search: { ...good, most: 20 }, total: 80 })
    const { sizes, last } = await carryOut(plan, { slots: 4, ...(await joined(plan, 0)) })
    expect(sizes).toEqual(load === open ? [20] : [2, 4, 8, 6, 5])
    expect(last).toMatchObject({ type: 'run_finished', run: { status: 'finished', n_skipped: 0 } })
  }
})

test.each([
  { by: 'concurrency', load: closed, tried: [1, 2, 4] },
  { by: 'rate', load: open, tried: [10, 20, 40] },
])(
  'who takes it over in the middle of a level makes the rest, that level again by $by, and goes on',
  async ({ load, tried }) => {
    const plan = sweepPlan(load, { search: { ...good, most: tried.at(-1) ?? 0 }, total: 80 })
    const { rows, ...more } = await joined(plan, 15)
    const carried = await carryOut(plan, { slots: 4, ...more })
    expect(carried.results.filter(({ level }) => level === 0)).toHaveLength(plan.probes.length - 15)
    expect(carried.sizes).toEqual(tried)
    expect(carried.last).toMatchObject({ type: 'run_finished', run: { status: 'finished' } })
    const results = [...rows, ...carried.results.map((row) => ({ ...row, worker: 'after' }))]
    const levels = [...(plan.settings.levels ?? []), ...carried.added]
    const context = { rows: results, cpuShares: new Map<number, number>(), isOver: true }
    expect(searchOutcomes(plan.settings.search ?? null, levels, context)).toMatchObject([
      { highest: tried.at(-1), stop: 'limit' },
    ])
  },
)

test('who takes it over when a target was made as far as it was planned goes on with the next, and says so', async () => {
  const plan = sweepPlan([closed, { ...closed, concurrency: 2 }], {
    search: { ...climb, most: 4 },
    models: ['a', 'b'],
    total: 20,
  })
  // Both levels of the first target, which are 1 and 2 warm-ups more.
  const { rows, ...more } = await joined(plan, 43)
  const carried = await carryOut(plan, { slots: 8, ...more })
  const { added, results, last } = carried
  expect(rows.map(({ level }) => level)).not.toContain(2)
  expect(results.map(({ level }) => level)).not.toContain(0)
  expect(added.map(({ model, load }) => [model, load])).toMatchObject([['b', { concurrency: 4 }]])
  expect(last).toMatchObject({ type: 'run_finished' })
  const outcomes = outcomesOf(plan, { ...carried, results: [...rows, ...results] as Carried['results'] })
  expect(outcomes).toMatchObject([
    { model: 'a', highest: null, stop: 'unfinished' },
    { model: 'b', highest: 4, stop: 'limit' },
  ])
  expect(searchNotes(outcomes)[0]).toContain('give the next levels with --concurrency or --rate')
})
