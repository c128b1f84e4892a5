import { afterAll, beforeAll, expect, test } from 'vitest'
import { startedJob } from '../../src/http/job-row.ts'
import { sweepInDetail } from '../../src/http/sweep-row.ts'
import { collect, eventsOf } from '../support/http-server.ts'
import { type JobServer, startJobServer } from '../support/job-server.ts'

let maker: JobServer
beforeAll(async () => {
  maker = await startJobServer({ options: { ttftMs: 5, frames: 4, delayMs: 1 }, allow: [] })
})
afterAll(() => maker.close())

const custom = { provider_id: 'custom', model: 'synthetic-1', prompt: 'short', max_tokens: 32 }
const asEvents = { accept: 'text/event-stream' }
const answerOf = async (response: Response) => (await response.json()) as Record<string, unknown>

/** A sweep that is made to its end, and its events. */
async function made(body: object) {
  const events = await collect(await maker.post('/benchmarks/sweep', { ...custom, ...body }, asEvents))
  const id = String(events[0]?.data['run_id'])
  return { events, sweep: sweepInDetail.parse(await answerOf(await maker.get(`/sweeps/${id}`))) }
}

const sizesOf = ({ levels }: { levels: { load: object }[] }) =>
  levels.map(({ load }) => ('rate' in load ? load.rate : 'concurrency' in load ? load.concurrency : null))

test('a search adds levels while it goes, and says what it found', async () => {
  const find = { find: { goodput: 0.5 }, slo: { latency_ms: 60_000 }, total: 8, most: 3 }
  const { events, sweep } = await made(find)
  expect(sizesOf(sweep)).toEqual([1, 2, 3])
  expect(sweep.found).toEqual([
    {
      provider: 'custom',
      model: 'synthetic-1',
      context_tokens: null,
      by: 'concurrency',
      most: 3,
      goodput: 0.5,
      highest: 3,
      unresolved: [],
      stop: 'limit',
    },
  ])
  expect(events.filter(({ event }) => event === 'run_extended').map(({ data }) => data['data'])).toEqual([
    { levels: 1, probes: 10, n_probes: 19 },
    { levels: 1, probes: 11, n_probes: 30 },
  ])
  expect(events.at(-1)).toMatchObject({ event: 'run_finished', data: { progress: { done: 30, total: 30 } } })
  const { rows } = (await answerOf(await maker.get('/sweeps?limit=1'))) as { rows: { levels: object[] }[] }
  expect(rows[0]?.levels).toHaveLength(3)
})

test('a search by rate goes between the levels that hold and that do not', async () => {
  // Within a microsecond no answer comes, so that not even one request a second holds.
  const none = await made({
    find: { goodput: 0.5 },
    rates: 'auto',
    slo: { ttft_ms: 0.001 },
    total: 4,
    most: 50,
  })
  expect(none.sweep.found).toMatchObject([{ by: 'rate', highest: null, stop: 'found' }])
  expect(sizesOf(none.sweep)).toEqual([1])
})

test('a search ends before the call that could cost too much', async () => {
  const model = 'synthetic-priced'
  const price = { provider: 'custom', model, price: { input_per_m: 0, output_per_m: 1000 } }
  expect((await maker.put('/prices', price)).status).toBe(200)
  // A call of 32 tokens may cost 0.032 USD: level by level 51, 52, 54 and so on are more than a dollar's worth.
  const body = { model, concurrency: 'auto', most: 16 }
  const estimated = async (more: object) =>
    answerOf(await maker.post('/benchmarks/sweep/estimate', { ...custom, ...body, ...more }))
  // 1, 2, 4, 8 and 16 clients, which warm up, with 50, or ten calls each.
  const calls = 51 + 52 + 54 + 88 + 176
  expect(await estimated({})).toMatchObject({
    estimate: {
      probes: calls,
      begins_with: 51,
      cost_usd: expect.closeTo(calls * 0.032, 6) as number,
      seconds: null,
    },
    would_refuse: { kind: 'too_costly' },
  })
  expect(await estimated({ max_cost_usd: 0.5 })).toMatchObject({
    estimate: { probes: calls, cost_usd: 0.5 },
    would_refuse: null,
  })
  expect(await answerOf(await maker.post('/benchmarks/sweep', { ...custom, ...body }))).toMatchObject({
    type: 'urn:firsttoken:problem:too_costly',
  })
  // Every level holds: 9 calls, then 10, 12 and so on, until a call could be one too many.
  const find = { find: { goodput: 0.5 }, slo: { latency_ms: 60_000 }, total: 8 }
  const { sweep } = await made({ model, ...find, max_cost_usd: 0.15 })
  expect(sizesOf(sweep).length).toBeGreaterThan(1)
  expect(sweep.run.n_skipped).toBeGreaterThan(0)
  expect(sweep.run.skip_reasons).toEqual({ 'max cost': sweep.run.n_skipped })
  const { rows } = await maker.store.listResults({
    runId: sweep.run.id,
    after: null,
    limit: 100,
    withTexts: false,
  })
  expect(rows.reduce((sum, { cost_usd: usd }) => sum + Number(usd), 0)).toBeLessThanOrEqual(0.15)
  expect(sweep.found).toMatchObject([{ stop: 'unfinished', highest: null }])
})

test('failures end a search, and so does whoever cancels it', async () => {
  const failing = { model: 'synthetic/fault/status_503', concurrency: 'auto', most: 8, max_errors: 3 }
  const { sweep: failed } = await made(failing)
  expect(sizesOf(failed)).toEqual([1])
  expect(failed.run).toMatchObject({ n_succeeded: 0, skip_reasons: { 'max errors': failed.run.n_skipped } })

  // Every level holds, and takes more than a second: ten calls for each client, in turn.
  const find = { find: { goodput: 0.5 }, slo: { latency_ms: 60_000 }, most: 64 }
  const slow = { ...custom, ...find, model: 'synthetic/ttft_ms/100' }
  const job = startedJob.parse(await answerOf(await maker.post('/benchmarks/sweep', slow)))
  const stream = await maker.get(`/benchmarks/${job.job_id}/events`)
  for await (const { event } of eventsOf(stream)) if (event === 'run_extended') break
  await maker.post(`/benchmarks/${job.job_id}/cancel`, null)
  const rest = await collect(await maker.get(`/benchmarks/${job.job_id}/events`))
  expect(rest.at(-1)).toMatchObject({ event: 'run_finished', data: { data: { status: 'cancelled' } } })
  const cancelled = sweepInDetail.parse(await answerOf(await maker.get(`/sweeps/${job.job_id}`)))
  expect(cancelled.found).toMatchObject([{ stop: 'unfinished' }])
  expect(sizesOf(cancelled).length).toBeLessThan(7)
})

test('a search of what is of somebody else goes no further than one may load it', async () => {
  const foreign = { endpoint: { base_url: 'https://a.example/v1', model: 'm' }, prompt: 'short' }
  const estimated = async (body: object) =>
    answerOf(await maker.post('/benchmarks/sweep/estimate', { ...foreign, ...body }))
  const closed = { concurrency: 'auto', most: 500 }
  const polite = [expect.stringMatching(/^The search ends at concurrency 8, .*i_own_this_endpoint/) as string]
  expect(await estimated(closed)).toMatchObject({
    notes: polite,
    estimate: { probes: 51 + 52 + 54 + 88, begins_with: 51 },
  })
  expect(await estimated({ ...closed, i_own_this_endpoint: true })).toMatchObject({
    notes: [],
    estimate: { probes: 51 + 52 + 54 + 11 * (8 + 16 + 32 + 64 + 128 + 256 + 500), begins_with: 51 },
  })
  const byRate = { rates: 'auto', find: { goodput: 0.9 }, slo: { ttft_ms: 500 }, most: 50 }
  expect(await estimated(byRate)).toMatchObject({
    notes: [expect.stringMatching(/^The search ends at 2 requests\/s/) as string],
    // Three times the 35 calls of which all may be good, and ten to warm up, at 1 and at 2 a second.
    estimate: { probes: 2 * (3 * 35 + 10) },
  })
})

test('a level lasts as long as it is to, and its clients pause', async () => {
  const body = { concurrency: [2], duration_s: 1, think_ms: 20, think_spread: 'exponential', seed: 5 }
  const { estimate } = (await answerOf(
    await maker.post('/benchmarks/sweep/estimate', { ...custom, ...body }),
  )) as { estimate: object }
  expect(estimate).toMatchObject({ probes: 20_000, begins_with: 102, longest_seconds: 241.02 })
  const { sweep } = await made(body)
  expect(sweep.levels).toMatchObject([
    { load: { concurrency: 2, think_ms: 20, think_seed: 5 }, duration_ms: 1000 },
  ])
  // Both clients have gone on after a pause, or one has.
  expect(sweep.levels[0]?.report?.n).toBeGreaterThan(2)
  expect(sweep.settings).toMatchObject({ most_calls: 20_000 })
  expect(sweep.settings['runs']).toBeUndefined()
  const open = await made({ rates: [20], duration_s: 1 })
  expect(open.sweep.levels).toMatchObject([{ total: 20, report: { n: 20 } }])
})

test('requests say what was asked: one text or several, alike or not, with limits of their own', async () => {
  const warm = await made({
    concurrency: [1],
    total: 2,
    cache: 'warm',
    max_tokens: undefined,
    output_tokens: [5, 9],
  })
  expect(warm.sweep.settings['work']).toMatchObject({ cache: 'warm', outputs: { list: [5, 9] } })
  const { rows } = await maker.store.listResults({
    runId: warm.sweep.run.id,
    after: null,
    limit: 10,
    withTexts: false,
  })
  const limits = rows.map(({ parameters }) => (parameters as { max_tokens?: number }).max_tokens)
  expect(new Set(limits)).toEqual(new Set([5, 9]))
  const shared = await made({
    prompt: undefined,
    prompt_category: 'creative',
    concurrency: [1],
    total: 3,
    cache: { shared_tokens: 40 },
    context_tiers: [60],
    output_tokens: { least: 4, most: 8 },
    max_tokens: undefined,
  })
  expect(shared.sweep.settings['work']).toMatchObject({
    cache: 'shared',
    shared_tokens: 40,
    outputs: { least: 4, most: 8 },
    prompts: [{ name: 'story' }, { name: 'letter-home' }, { name: 'two-voices' }],
  })
})

const load = { concurrency: [1] }
const search = { find: { goodput: 0.9 }, slo: { ttft_ms: 100 }, most: 8 }
test.each([
  [{ concurrency: 'all' }, /^\/concurrency: must be a list of numbers, or "auto"$/],
  [{ concurrency: ['1'] }, /^\/concurrency\/0: /],
  [{ concurrency: [1e308] }, /^\/concurrency\/0: /],
  [{ concurrency: ['auto', 2] }, /^\/concurrency\/0: /],
  [{ rates: 'auto', most: 8 }, /^\/rates: auto needs find/],
  [{ concurrency: 'auto' }, /^\/most: or max_cost_usd is needed: how far a search goes/],
  [{ concurrency: 'auto', most: 0 }, /^\/most: /],
  [{ concurrency: 'auto', most: 1001 }, /^\/most: /],
  [{ concurrency: 'auto', most: 2.5 }, /^\/most: /],
  [{ ...load, most: 8 }, /^\/most: is for concurrency auto and find/],
  [{ ...search, find: 0.9 }, /^\/find: /],
  [{ ...search, find: { goodput: 1 } }, /^\/find\/goodput: /],
  [{ ...search, find: { goodput: 0.999999999 } }, /^\/find\/goodput: /],
  [{ ...search, find: { goodput: 5e-324 } }, /^\/find\/goodput: /],
  [{ ...search, find: { goodput: '0.9' } }, /^\/find\/goodput: /],
  [{ ...search, find: { goodput: 0.9, of: 'x' } }, /^\/find\/of: there is no such field/],
  [{ ...search, slo: {} }, /^\/find: needs slo: what a good request keeps$/],
  [{ ...search, ...load }, /^\/find: chooses the levels: leave concurrency out/],
  [{ ...search, total: 34 }, /^\/total: must be at least 35/],
  [{ ...load, duration_s: 0 }, /^\/duration_s: /],
  [{ ...load, duration_s: 86_401 }, /^\/duration_s: /],
  [{ ...load, duration_s: 5, total: 5 }, /^\/total: and duration_s exclude each other$/],
  [
    { rates: [1000], duration_s: 86_400 },
    /^\/duration_s: begins with \d+ calls in all levels: at most 20000/,
  ],
  [{ concurrency: [1000, 999], duration_s: 5 }, /^\/duration_s: begins with 21989 calls/],
  [{ ...load, think_ms: 60_001 }, /^\/think_ms: /],
  [{ ...load, think_ms: 0.5 }, /^\/think_ms: /],
  [{ rates: [1], think_ms: 5 }, /^\/think_ms: is for concurrency/],
  [{ ...load, think_spread: 'fixed' }, /^\/think_spread: needs think_ms/],
  [{ ...load, think_ms: 5, think_spread: 'normal' }, /^\/think_spread: /],
  [{ ...load, think_ms: 5, seed: 5 }, /^\/seed: is for arrivals that are poisson and for pauses/],
  [{ ...load, cache: 'hot' }, /^\/cache: must be "cold", "warm" or/],
  [{ ...load, cache: { shared_tokens: 0 }, context_tiers: [100] }, /^\/cache\/shared_tokens: /],
  [{ ...load, cache: { shared_tokens: 10 } }, /^\/cache: shares 10 tokens of the context, and that of 0/],
  [{ ...load, cache: 'warm', prompt_category: 'qa', prompt: undefined }, /^\/cache: warm sends one prompt/],
  [{ ...load, prompt_category: 'qa' }, /^\/prompt: and prompt_category exclude each other$/],
  [{ ...load, prompt_category: 'poetry', prompt: undefined }, /^\/prompt_category: /],
  [{ ...load, output_tokens: 5 }, /^\/max_tokens: and output_tokens exclude each other$/],
  [{ ...load, output_tokens: '5..9' }, /^\/output_tokens: must be a limit, a list of limits or/],
  [{ ...load, output_tokens: 16_385 }, /^\/output_tokens: /],
  [{ ...load, output_tokens: [5, 0] }, /^\/output_tokens\/1: /],
  [{ ...load, output_tokens: Array(101).fill(5) }, /^\/output_tokens: Too big/],
  [{ ...load, output_tokens: { least: 9, most: 8 } }, /^\/output_tokens\/least: must not be above most$/],
  [{ ...load, trace: [] }, /^\/trace: there is no such field/],
])('a sweep of %j is refused with the field that is wrong', async (body, detail) => {
  const before = maker.kicks()
  const problem = await answerOf(await maker.post('/benchmarks/sweep', { ...custom, ...body }))
  expect(problem).toMatchObject({ type: 'urn:firsttoken:problem:invalid_request', status: 400 })
  expect(problem['detail']).toMatch(detail)
  expect(maker.kicks()).toBe(before)
})
