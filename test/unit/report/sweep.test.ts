import { expect, test } from 'vitest'
import type { Level, OpenLoad } from '../../../src/core/plan.ts'
import type { Work } from '../../../src/core/work.ts'
import { describeSweep, type SweepRow } from '../../../src/report/describe-sweep.ts'
import { sweepCsv, toLevelRow, toWorkRow } from '../../../src/report/sweep-document.ts'
import { toGroupRows } from '../../../src/report/sweep-groups.ts'
import { sweepNotes, sweepTables } from '../../../src/report/sweep.ts'
import { sampleTrace } from '../../support/samples.ts'
import { momentAt, sweepRow } from '../../support/sweep-rows.ts'

const of = { provider: 'a', model: 'm', contextTokens: null, warmups: 1, total: 40 }
const load: OpenLoad = { rate: 10, arrivals: 'poisson', seed: 7, slots: 256 }
const open: Level = { ...of, load }
const closed: Level = { ...of, load: { concurrency: 1, staggerMs: 100 } }

const row = (level: number, index: number, more: Partial<SweepRow> = {}): SweepRow =>
  sweepRow({ level, iteration: index, warmup: index === 0, started_at: momentAt(index * 200), ...more })
const rowsOf = (level: number, more: (index: number) => Partial<SweepRow> = () => ({})) =>
  Array.from({ length: 41 }, (_, index) => row(level, index, more(index)))
/** Each is sent `late` ms after it was due, its socket having been open for a while. */
const due = (late: number) => (index: number) => ({
  scheduled_at: momentAt(index * 100),
  started_at: momentAt(index * 100 - 250),
  late_ms: late,
})
const describe = (levels: Level[], rows: SweepRow[]) =>
  describeSweep(levels, rows, { objectives: { ttft: 500 }, cpuShares: new Map([[0, 0.5]]) })
const plain = { paint: (_: unknown, text: string) => text, judged: true }

test('a closed loop counts from when requests were sent, leaves warm-ups out and says that it is blind', () => {
  const levels = describe([closed], rowsOf(0))
  expect(levels[0]).toMatchObject({ warmedUp: 1, notMade: 0, wallMs: 8000 })
  expect(toLevelRow(levels[0]!, 0)).toMatchObject({
    level: 0,
    wall: 8000,
    rps: expect.closeTo(5),
    tps: expect.closeTo(50),
    ttft_p50: 100,
    dur_p95: 200,
    report: { n: 40, from_scheduled: null, cost_usd: expect.closeTo(0.04), goodput: { good: 40, n: 40 } },
  })
  expect(sweepTables(levels, plain)).toMatch(
    /concurrency 1 +40 +1\.0 in flight +5\.00 +50\.0 +100 ms \[100 ms\.\.100 ms\]/,
  )
  expect(sweepTables(levels, plain)).toContain('100 % [91..100]')
  expect(sweepTables(levels, { ...plain, judged: false })).not.toContain('100 %')
  expect(sweepTables(levels, plain)).not.toContain('!')
  expect(sweepNotes(levels)).toContain('A closed loop is blind')
})

test('an open loop counts from when requests were due, and beside it from when they were sent', () => {
  const levels = describe([open], rowsOf(0, due(3)))
  expect(levels[0]?.report?.fromScheduled?.ttftMs.p50?.value).toBeCloseTo(103)
  expect(levels[0]?.report?.fromSent.ttftMs.p50?.value).toBeCloseTo(100)
  expect(levels[0]?.report).toMatchObject({ offeredRate: 10, clientLimits: [] })
  const { columns, rows } = sweepCsv(levels)
  expect(Object.fromEntries(columns.map((name, index) => [name, rows[0]?.[index]]))).toMatchObject({
    rate: 10,
    seed: 7,
    ttft_p50: expect.closeTo(103),
    sent_ttft_p50: expect.closeTo(100),
    late_p99: expect.closeTo(3),
    client_limits: '',
  })
  expect(sweepTables(levels, plain)).toMatch(/\n {2}from sent +100 ms/)
})

test('a level that this machine limits is said in words and is not ranked', () => {
  const levels = describe(
    [open, { ...open, load: { ...load, rate: 5 } }],
    [...rowsOf(0, due(400)), ...rowsOf(1, (index) => ({ ...due(1)(index * 2), warmup: index === 0 }))],
  )
  expect(sweepTables(levels, plain)).toContain(
    '! 10/s poisson (seed 7): this machine was the limit, requests were sent late: not ranked',
  )
  expect(sweepNotes(levels)).toContain('Most requests/s: 5/s poisson (seed 7) of a / m with')
})

test('a level that another process took over says for how long nobody worked on it, and is not ranked', () => {
  const taken = (index: number) =>
    index < 20 ? {} : { started_at: momentAt(60_000 + index * 200), worker: 'b' }
  const rows = rowsOf(0, (index) => ({ worker: 'a', ...taken(index) }))
  const levels = describe([closed, closed], [...rows, ...rowsOf(1)])
  // The 20th ended at 4 s, the 21st began at 64 s.
  expect(levels[0]?.report).toMatchObject({ interruptedMs: 60_000, clientLimits: ['interrupted'] })
  const text = sweepTables(levels, plain)
  expect(text).toContain('! concurrency 1: interrupted for 60.00 s: another process took it over; not ranked')
  expect(text).not.toContain('this machine was the limit')
  const groups = toGroupRows(levels)
  expect(groups).toMatchObject([{ levels: [0, 1], ranked: [1] }])
})

test('a level without a steady window, with failures or with calls that were not made says so', () => {
  const rows = [
    row(0, 0),
    row(0, 1),
    row(0, 9, { success: false, error_kind: 'rate_limited', ttft_ms: null, cost_usd: null }),
  ]
  const text = sweepTables(describe([closed, closed], rows), plain)
  expect(text).toContain('! concurrency 1: 38 of 41 calls were not made')
  expect(text).toContain('no steady window: rates are of the whole level')
  expect(text).toContain('1 failed: rate_limited')
  expect(text).toContain('41 of 41 calls were not made')
})

const sized = (index: number): Partial<SweepRow> => ({
  context_tokens: 100,
  context_tokens_counted: 90,
  input_tokens: 110,
  cached_tokens: index === 1 ? 55 : 0,
  parameters: { max_tokens: 20 },
})

test('sizes are shown as asked, counted, billed and cached, and those of a trace are compared', () => {
  const traced: Level = { ...open, load: { ...load, arrivals: 'trace', seed: null } }
  const text = sweepTables(
    describe(
      [closed, traced],
      [...rowsOf(0, sized), ...rowsOf(1, (index) => ({ ...due(0)(index), ...sized(index) }))],
    ),
    plain,
  )
  expect(text).toContain(
    'concurrency 1: input tokens: context asked 4000, counted 3600 (-10.0 %), billed 4400, cached 55 (1 % of billed); output: limits 800, got 400',
  )
  expect(text).toContain(
    '10/s trace: input tokens: asked 4000, counted 3600 (-10.0 %), billed 4400 (+10.0 %)',
  )
  expect(sweepTables(describe([closed], rowsOf(0)), plain)).not.toContain('input tokens')
})

test('an unknown size is none, and a request that failed has none', () => {
  const [level] = describe(
    [closed],
    rowsOf(0, (index) => ({ ...sized(index), ...(index === 3 && { success: false, input_tokens: null }) })),
  )
  expect(level?.sizes).toMatchObject({ asked: 3900, billed: 4290, outputLimit: 780 })
  const [partly] = describe(
    [closed],
    rowsOf(0, (index) => ({ cached_tokens: index === 3 ? null : 5 })),
  )
  expect(partly?.sizes).toMatchObject({ cached: null, asked: null, billed: 1200 })
})

test('what requests said is told, without the texts of prompts', () => {
  const work: Work = {
    cache: 'shared',
    sharedTokens: 500,
    seed: 's',
    outputs: { least: 64, most: 256 },
    prompts: ['a.txt', 'b\u001b[2J.txt'].map((name) => ({ name, hash: 'c3', text: 'secret plan' })),
    trace: { ...sampleTrace, speed: 2 },
  }
  const notes = sweepNotes(describe([closed], rowsOf(0)), work)
  for (const part of [
    'Trace trace.jsonl (mooncake, sha256 c3c3c3c3c3c3): 3 requests, 1 left out that had failed, at 2 times its speed',
    'Cache shared: every context begins with the same 500 tokens.',
    'Output limits: 64 to 256 tokens. A model may end before.',
    'Prompts in turn: a.txt, b.txt.',
  ])
    expect(notes).toContain(part)
  const document = JSON.stringify(toWorkRow(work))
  expect(document).toContain('"shared_tokens":500')
  expect(document).not.toContain('secret plan')
})
