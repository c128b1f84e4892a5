import { expect, test } from 'vitest'
import type { Level } from '../../../src/core/plan.ts'
import { createHttp } from '../../../src/http/http.ts'
import { sweepComparison } from '../../../src/http/sweep-comparison.ts'
import { sweepInDetail } from '../../../src/http/sweep-row.ts'
import type { RecordedSweep } from '../../../src/jobs/read-sweep.ts'
import { toLevelInput } from '../../../src/store/plan-codec.ts'
import { noSuchRow, StoreError } from '../../../src/store/store.ts'
import { sweepColumns } from '../../../src/report/describe-sweep.ts'
import { host, httpParts } from '../../support/http-parts.ts'
import { loopRows, poissonLevel, queuedRows, recordedSweep } from '../../support/sweep-rows.ts'

const level = poissonLevel(11, 300)
const more = poissonLevel(20, 40)
const [first, slower, wider, otherSeed, going] = [1, 2, 3, 4, 5].map(
  (n) => `019e5a00-0000-7000-8000-00000000000${n}`,
)
const one = (id = '', rows = queuedRows(level), levels: Level[] = [level]) =>
  recordedSweep(levels, rows, { run: { id } })
const seeded = poissonLevel(11, 300, 8)
const closed = [1, 2, 4].map((concurrency) => ({ ...level, load: { concurrency, staggerMs: 290 } }))
const loop = '019e5a00-0000-7000-8000-000000000006'
const single = '019e5a00-0000-7000-8000-000000000007'
const nobody = '019e5a00-0000-7000-8000-000000000008'
const sweeps: readonly RecordedSweep[] = [
  one(first),
  one(slower, queuedRows(level, { seed: 2, serviceMs: 320 })),
  one(wider, [...queuedRows(level, { seed: 3 }), ...queuedRows(more, {}, 1)], [level, more]),
  one(otherSeed, queuedRows(seeded), [seeded]),
  recordedSweep([level], queuedRows(level), {
    run: { id: going ?? '', status: 'running', finished_at: null },
  }),
  // Two in flight bring twice as much, four no more than that.
  one(
    loop,
    closed.flatMap((each, place) => loopRows(each, { serviceMs: place < 2 ? 290 : 580 }, place)),
    closed,
  ),
]
const sweepOf = (id: string) => {
  const found = sweeps.find(({ run }) => run.id === id)
  if (found === undefined && id !== single)
    throw new StoreError('invalid', `there is no run ${id}`, { code: noSuchRow })
  return found
}

let reads = 0
const { hono } = createHttp(
  httpParts({
    store: {
      readRun: ({ id }) => {
        const { run, levels } = sweepOf(id) ?? { ...one(single), levels: null }
        const settings = levels === null ? {} : { levels: levels.map(toLevelInput) }
        return Promise.resolve({ run: { ...run, late_at: null, skip_reasons: {} }, settings } as never)
      },
      listSweepResults: ({ id }) => {
        reads += 1
        const rows = sweepOf(id)?.rows.map((row) => sweepColumns.map((name) => row[name] ?? null))
        return Promise.resolve({ columns: sweepColumns, rows, next: null } as never)
      },
    },
  }),
)
const get = async (path: string, headers: Record<string, string> = {}) =>
  hono.request(`http://${host}/api/v1/sweeps/${path}`, { headers: { host, ...headers } })
const compared = async (query: string) => sweepComparison.parse(await (await get(`compare?${query}`)).json())

test('two sweeps are compared by level and metric, with what decides, what was left out and why', async () => {
  const found = await compared(
    `a=${first}&b=${slower}&fail_over=latency_p50=50%25,goodput=5%25&slo=latency=1ms`,
  )
  expect(found).toMatchObject({
    before: { id: first },
    after: { id: slower },
    objectives: { latency: 1 },
    refused: null,
    notes: [],
    left_out: [],
    levels: [{ level: { load: { rate: 11, seed: 7 } }, n: { before: 300, after: 300 }, paired: true }],
  })
  const rows = Object.fromEntries(found.levels[0]?.metrics.map((row) => [row.metric, row]) ?? [])
  expect(rows['latency_p50']).toMatchObject({ n: 300, over: 0.5, gates: true, needs: 0 })
  expect(rows['tpot_p50']).toMatchObject({ over: 0.05, verdict: 'worse', gates: false })
  expect(rows['tpot_p50']?.change?.value).toBeCloseTo(320 / 290 - 1, 1)
  expect(rows['ttft_p99']).toMatchObject({ verdict: 'unknown', needs: 700 })
  // Nothing ends within a millisecond.
  expect(rows['goodput']).toMatchObject({ before: 0, after: 0, change: { value: 0 }, gates: true })

  const usual = await compared(`a=${first}&b=${wider}`)
  expect(usual).toMatchObject({
    objectives: {},
    left_out: [{ level: { load: { rate: 20 } }, of: 'before', why: 'missing' }],
    notes: [expect.stringMatching(/^left out: .* 20\/s .*: the first run does not have it$/)],
  })
  expect(usual.levels[0]?.metrics.map(({ metric }) => metric)).not.toContain('goodput')
  expect(await compared(`a=${first}&b=${slower}`)).toMatchObject({
    verdict: 'worse',
    headline: expect.stringMatching(/^Worse: .*tpot_p50/),
  })
})

test.for([
  [first, otherSeed, /seed 8 in the second run.*--seed 7/],
  [first, going, /is running: compare it when it has ended/],
  [first, loop, /the levels differ/],
] as const)(
  'sweeps that cannot be compared are an answer that says why, not a verdict: %#',
  async ([a, b, why]) => {
    expect(await compared(`a=${a}&b=${b}`)).toMatchObject({
      before: { id: a },
      after: { id: b },
      refused: expect.stringMatching(why),
      verdict: null,
      levels: [],
    })
  },
)

test('who has a comparison of closed sweeps is told so before anything is read; of other sweeps or bounds it is another', async () => {
  const path = `compare?a=${first}&b=${slower}`
  const etag = (await get(path)).headers.get('etag') ?? ''
  const before = reads
  const statusOf = async (asked: string) => (await get(asked, { 'if-none-match': etag })).status
  expect([await statusOf(path), reads]).toEqual([304, before])
  expect(await statusOf(`compare?a=${slower}&b=${first}`)).toBe(200)
  expect(await statusOf(`${path}&fail_over=rps=5%25`)).toBe(200)
  expect(await statusOf(`${path}&slo=ttft=1s`)).toBe(200)
})

test.for([
  [`a=${first}`, 400],
  [`a=x&b=${first}`, 400],
  [`a=${first}&b=${slower}&fail_over=speed=5%25`, 400],
  [`a=${first}&b=${slower}&fail_over=goodput=5%25`, 400],
  [`a=${first}&b=${slower}&slo=ttft`, 400],
  [`a=${first}&b=${nobody}`, 404],
  [`a=${first}&b=${single}`, 404],
] as const)('a comparison of %s is refused: %d', async ([query, status]) => {
  expect((await get(`compare?${query}`)).status).toBe(status)
})

test('the knee and the best of a sweep are said of each target, in the order of loads', async () => {
  const { groups, levels } = sweepInDetail.parse(await (await get(loop)).json())
  const rates = levels.map(({ report }) => report?.throughput.requests_per_s ?? 0)
  const ranked = levels.flatMap(({ report, level: place }) =>
    report?.client_limits.length === 0 ? [place] : [],
  )
  expect(groups).toEqual([
    {
      provider: 'a',
      model: 'm',
      context_tokens: null,
      levels: [0, 1, 2],
      ranked,
      knee: 1,
      best: rates.indexOf(Math.max(...rates)),
    },
  ])
})
