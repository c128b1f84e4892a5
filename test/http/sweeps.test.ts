import { afterAll, beforeAll, expect, test } from 'vitest'
import { dueTimes } from '../../src/lab/arrivals.ts'
import { seededRandom } from '../../src/core/random.ts'
import { createHttp } from '../../src/http/http.ts'
import { startedJob } from '../../src/http/job-row.ts'
import { sweepInDetail } from '../../src/http/sweep-row.ts'
import { sweepPage } from '../../src/store/sweep-codec.ts'
import { host, httpParts } from '../support/http-parts.ts'
import { collect, eventsOf } from '../support/http-server.ts'
import { type JobServer, jobToken, startJobServer } from '../support/job-server.ts'

let maker: JobServer
beforeAll(async () => {
  maker = await startJobServer({ options: { ttftMs: 20, frames: 4, delayMs: 2 } })
})
afterAll(() => maker.close())

const custom = { provider_id: 'custom', model: 'synthetic-1', prompt: 'short', max_tokens: 32 }
const answerOf = async (response: Response) => (await response.json()) as Record<string, unknown>
const asEvents = { accept: 'text/event-stream' }

/** The results of a run in order of their iterations, by level. */
async function resultsOf(runId: string) {
  const { rows } = await maker.store.listResults({ runId, after: null, limit: 1000, withTexts: false })
  const ordered = rows.toSorted((a, b) => Number(a['iteration']) - Number(b['iteration']))
  return Map.groupBy(ordered, (row) => Number(row['level']))
}

test('a sweep over HTTP is followed by its events to its end, level by level, and its report can be read', async () => {
  const body = { ...custom, concurrency: [1, 3], total: 6, slo: { ttft_ms: 10_000 } }
  const response = await maker.post('/benchmarks/sweep', body, asEvents)
  expect(response.status).toBe(200)
  const events = await collect(response)
  expect(events.at(-1)).toMatchObject({ event: 'run_finished', data: { progress: { done: 16, total: 16 } } })
  const recorded = events.filter(({ event }) => event === 'probe_recorded')
  const levels = recorded.map(({ data }) => (data['probe'] as { level: number }).level)
  expect(levels).toEqual([...Array<number>(7).fill(0), ...Array<number>(9).fill(1)])
  const id = String(events[0]?.data['run_id'])

  const answer = await maker.get(`/sweeps/${id}`)
  const found = sweepInDetail.parse(await answer.json())
  expect(found).toMatchObject({
    run: { id, mode: 'sweep', status: 'finished', n_succeeded: 16 },
    objectives: { ttft: 10_000 },
    levels: [
      {
        level: 0,
        load: { concurrency: 1 },
        warmed_up: 1,
        not_made: 0,
        report: { n: 6, goodput: { good: 6 } },
      },
      {
        level: 1,
        load: { concurrency: 3 },
        warmed_up: 3,
        not_made: 0,
        report: { n: 6, goodput: { good: 6 } },
      },
    ],
  })
  expect(found.settings['prompt']).toBeUndefined()
  // Fewer than three levels have no knee.
  expect(found.groups).toMatchObject([{ provider: 'custom', levels: [0, 1], knee: null }])
  const other = await answerOf(await maker.get(`/sweeps/${id}?slo=latency=1ms,ttft=10s`))
  expect(other).toMatchObject({
    objectives: { latency: 1, ttft: 10_000 },
    levels: [{ report: { goodput: { good: 0, n: 6, share: 0 } } }, { report: { goodput: { share: 0 } } }],
  })

  const etag = answer.headers.get('etag') ?? ''
  expect((await maker.get(`/sweeps/${id}`, { 'if-none-match': etag })).status).toBe(304)
  expect((await maker.get(`/sweeps/${id}?slo=ttft=1s`, { 'if-none-match': etag })).status).toBe(200)

  const document = await maker.get(`/sweeps/${id}/report?slo=latency=1ms`)
  expect(document.headers.get('content-type')).toBe('text/html; charset=utf-8')
  // Its own style, and nothing else: no script, nothing loaded, nobody frames it.
  expect(document.headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  const html = await document.text()
  expect(html).toMatch(/^<!doctype html>[^]*synthetic-1 under load[^]*<\/html>\s*$/)
  expect(html).not.toMatch(/<script/i)
  const shown = { 'if-none-match': document.headers.get('etag') ?? '' }
  expect((await maker.get(`/sweeps/${id}/report?slo=latency=1ms`, shown)).status).toBe(304)
  expect((await maker.get(`/sweeps/${id}?slo=latency=1ms`, shown)).status).toBe(200)

  const page = sweepPage.parse(await (await maker.get('/sweeps?provider=custom&limit=1')).json())
  expect(page.rows[0]).toMatchObject({
    run: { id },
    providers: ['custom'],
    models: ['synthetic-1'],
    objectives: { ttft: 10_000 },
    levels: [{ load: { concurrency: 1 } }, { load: { concurrency: 3 } }],
  })
  const best = page.rows[0]?.best
  const whole = found.levels.map(({ report }) => report?.whole.requests_per_s ?? 0)
  expect(best?.level).toBe(whole.indexOf(Math.max(...whole)))
  expect(best?.requests_per_s).toBeCloseTo(Math.max(...whole), 0)
})

test('an open loop sends on the arrivals of its seed, though another process made its plan', async () => {
  const body = { ...custom, rates: [40], arrivals: 'poisson', seed: 7, total: 20 }
  const [queued] = await collect(await maker.post('/benchmarks/sweep', body, asEvents))
  const id = String(queued?.data['run_id'])
  const results = (await resultsOf(id)).get(0) ?? []
  expect(results.length).toBe(30)
  const scheduled = results.map((row) => Date.parse(String(row['scheduled_at']))).toSorted((a, b) => a - b)
  const due = dueTimes({ rate: 40, arrivals: 'poisson' }, 30, seededRandom(7))
  const [first = 0] = due
  const gaps = scheduled.map((at, index) => Math.abs(at - (scheduled[0] ?? 0) - ((due[index] ?? 0) - first)))
  // Moments are recorded to the millisecond.
  expect(Math.max(...gaps)).toBeLessThanOrEqual(1)
  expect(await answerOf(await maker.get(`/sweeps/${id}`))).toMatchObject({
    levels: [{ load: { rate: 40, arrivals: 'poisson', seed: 7, slots: 256 }, report: { n: 20 } }],
  })
})

test('a sweep that is cancelled in the middle of a level keeps what it measured, and its report says what was not made', async () => {
  const body = { ...custom, model: 'synthetic/ttft_ms/200', concurrency: [2, 4], total: 100 }
  const job = startedJob.parse(await answerOf(await maker.post('/benchmarks/sweep', body)))
  const stream = await maker.get(`/benchmarks/${job.job_id}/events`)
  let made = 0
  for await (const { event } of eventsOf(stream)) if (event === 'probe_recorded' && (made += 1) === 5) break
  expect((await maker.get(`/sweeps/${job.job_id}`)).status).toBe(200)
  await maker.post(`/benchmarks/${job.job_id}/cancel`, null)
  const rest = await collect(await maker.get(`/benchmarks/${job.job_id}/events`))
  expect(rest.at(-1)).toMatchObject({ event: 'run_finished', data: { data: { status: 'cancelled' } } })
  const found = sweepInDetail.parse(await answerOf(await maker.get(`/sweeps/${job.job_id}`)))
  const [first, second] = found.levels
  expect(found.run.status).toBe('cancelled')
  expect((first?.report?.n ?? 0) + (first?.warmed_up ?? 0) + (first?.not_made ?? 0)).toBe(102)
  expect(first?.not_made).toBeLessThan(100)
  expect(second).toMatchObject({ report: null, not_made: 104 })
})

test('calls that fail end a sweep once there are as many as it may have', async () => {
  const body = { ...custom, model: 'synthetic/fault/status_503', concurrency: [1], total: 20, max_errors: 3 }
  const events = await collect(await maker.post('/benchmarks/sweep', body, asEvents))
  expect(events.at(-1)?.event).toBe('run_finished')
  const { run } = sweepInDetail.parse(
    await answerOf(await maker.get(`/sweeps/${String(events[0]?.data['run_id'])}`)),
  )
  expect(run).toMatchObject({ n_succeeded: 0, skip_reasons: { 'max errors': run.n_skipped } })
  expect(run.n_skipped).toBeGreaterThan(10)
})

test('what a sweep may cost ends it before the call that could exceed it', async () => {
  const model = 'synthetic-priced'
  const price = { provider: 'custom', model, price: { input_per_m: 0, output_per_m: 1000 } }
  expect((await maker.put('/prices', price)).status).toBe(200)
  // A call of 32 tokens may cost 0.032 USD, and the synthetic answer has fewer.
  const body = { ...custom, model, concurrency: [2], total: 50, max_cost_usd: 0.2 }
  const events = await collect(await maker.post('/benchmarks/sweep', body, asEvents))
  const found = sweepInDetail.parse(
    await answerOf(await maker.get(`/sweeps/${String(events[0]?.data['run_id'])}`)),
  )
  expect(found.run.skip_reasons).toEqual({ 'max cost': found.run.n_skipped })
  const results = await resultsOf(found.run.id)
  const spent = (results.get(0) ?? []).reduce((sum, { cost_usd: usd }) => sum + Number(usd), 0)
  expect(spent).toBeGreaterThan(0.1)
  expect(spent).toBeLessThanOrEqual(0.2)
})

test('an estimate says what a sweep takes, and the same key and body get the same one', async () => {
  const body = { ...custom, concurrency: [1, 4], total: 40, context_tiers: [0, 1000] }
  const { estimate } = (await answerOf(await maker.post('/benchmarks/sweep/estimate', body))) as {
    estimate: Record<string, number>
  }
  // Each tier: 40 + 1 in turn, and 40 + 4 of four clients; no call takes more than two minutes.
  expect(estimate).toMatchObject({ probes: 2 * (41 + 44), cost_usd: 0, longest_seconds: 2 * (41 + 11) * 120 })
  const open = { ...custom, rates: [2], total: 11 }
  // 21 calls are due within 10 s, and the last is answered in two minutes.
  expect(await answerOf(await maker.post('/benchmarks/sweep/estimate', open))).toMatchObject({
    estimate: { probes: 21, longest_seconds: 130 },
  })
  const key = { 'idempotency-key': 'a-key-of-a-sweep' }
  const small = { ...custom, rates: [100], arrivals: 'poisson', total: 1 }
  const first = await answerOf(await maker.post('/benchmarks/sweep', small, key))
  expect(first).toMatchObject({ created: true, estimate: { probes: 2 } })
  expect(await answerOf(await maker.post('/benchmarks/sweep', small, key))).toMatchObject({
    job_id: first['job_id'],
    created: false,
  })
  expect((await maker.post('/benchmarks/sweep', { ...small, total: 2 }, key)).status).toBe(409)
})

const load = { concurrency: [1] }
const foreign = { endpoint: { base_url: 'https://a.example/v1', model: 'm' } }
test.each([
  [{ ...custom }, 'invalid_request', /^\/concurrency: give one of concurrency, rates and find$/],
  [{ ...custom, ...load, rates: [1] }, 'invalid_request', /^\/concurrency: give one of/],
  [{ ...custom, concurrency: [] }, 'invalid_request', /^\/concurrency/],
  [{ ...custom, concurrency: [2, 2] }, 'invalid_request', /each load once/],
  [{ ...custom, concurrency: [1001] }, 'invalid_request', /^\/concurrency\/0/],
  [{ ...custom, concurrency: [1.5] }, 'invalid_request', /^\/concurrency\/0/],
  [{ ...custom, rates: [0] }, 'invalid_request', /^\/rates\/0/],
  [{ ...custom, rates: [5e-324] }, 'invalid_request', /^\/rates\/0/],
  [{ ...custom, rates: [1001] }, 'invalid_request', /^\/rates\/0/],
  [{ ...custom, rates: Array.from({ length: 21 }, (_, n) => n + 1) }, 'invalid_request', /^\/rates/],
  [{ ...custom, ...load, arrivals: 'poisson' }, 'invalid_request', /^\/arrivals/],
  [{ ...custom, rates: [1], arrivals: 'burst' }, 'invalid_request', /^\/arrivals/],
  [{ ...custom, ...load, slots: 5 }, 'invalid_request', /^\/slots/],
  [{ ...custom, rates: [1], slots: 0 }, 'invalid_request', /^\/slots/],
  [{ ...custom, rates: [1], seed: 1 }, 'invalid_request', /^\/seed/],
  [{ ...custom, rates: [1], arrivals: 'poisson', seed: 2 ** 32 }, 'invalid_request', /^\/seed/],
  [{ ...custom, ...load, total: 0 }, 'invalid_request', /^\/total/],
  [{ ...custom, ...load, total: 10_001 }, 'invalid_request', /^\/total/],
  [{ ...custom, concurrency: [1, 2, 3], total: 7000 }, 'invalid_request', /^\/total.*21006/],
  [{ ...custom, ...load, slo: { ttft: 1 } }, 'invalid_request', /^\/slo\/ttft/],
  [{ ...custom, ...load, slo: { ttft_ms: 0 } }, 'invalid_request', /^\/slo\/ttft_ms/],
  [{ ...custom, ...load, max_errors: 0 }, 'invalid_request', /^\/max_errors/],
  [{ ...custom, ...load, max_cost_usd: -1 }, 'invalid_request', /^\/max_cost_usd/],
  [{ ...custom, ...load, num_runs: 3 }, 'invalid_request', /^\/num_runs/],
  [{ ...custom, ...load, warmup: true }, 'invalid_request', /^\/warmup/],
  [{ ...custom, ...load, targets: [{ provider_id: 'custom' }] }, 'invalid_request', /targets/],
  [{ ...load, prompt: 'short' }, 'invalid_request', /provider_id/],
  [{ ...load, targets: [] }, 'invalid_request', /^\/targets/],
  [{ ...load, targets: [{ model: 'm' }] }, 'invalid_request', /^\/targets\/0/],
  [{ ...load, targets: [{ provider_id: 'nobody' }] }, 'bad_selection', /nobody/],
  [{ ...foreign, concurrency: [9], max_cost_usd: 1 }, 'bad_selection', /i_own_this_endpoint/],
  [{ ...foreign, rates: [2.5], max_cost_usd: 1 }, 'bad_selection', /i_own_this_endpoint/],
  [{ ...foreign, ...load, max_cost_usd: 1 }, 'bad_selection', /price/],
  [{ ...foreign, ...load }, 'cost_unknown', /max_cost_usd/],
  [
    { ...load, endpoint: { base_url: 'http://127.0.0.1:1/v1', model: 'm' }, i_own_this_endpoint: true },
    'endpoint_refused',
    /EGRESS_ALLOW/,
  ],
])('a sweep of %j is refused: %s', async (body, kind, detail) => {
  const before = maker.kicks()
  const response = await maker.post('/benchmarks/sweep', body)
  const problem = await answerOf(response)
  expect(problem).toMatchObject({ type: `urn:firsttoken:problem:${kind}` })
  expect(problem['detail']).toMatch(detail)
  expect(maker.kicks()).toBe(before)
})

const nobody = '0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a'
test.each([
  ['/sweeps/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a', 404],
  ['/sweeps/x', 400],
  ['/sweeps/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a?slo=ttft', 400],
  ['/sweeps/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a?slo=speed=1s', 400],
  ['/sweeps/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a/report', 404],
  [`/sweeps/compare?a=${nobody}`, 400],
  [`/sweeps/compare?a=x&b=${nobody}`, 400],
  [`/sweeps/compare?a=${nobody}&b=${nobody}&fail_over=speed=5%25`, 400],
  [`/sweeps/compare?a=${nobody}&b=${nobody}&slo=ttft`, 400],
  [`/sweeps/compare?a=${nobody}&b=${nobody}`, 404],
  ['/sweeps?limit=51', 400],
  ['/sweeps?after=x', 400],
  ['/sweeps?mode=single', 400],
])('a read of %s is refused: %d', async (path, status) => {
  expect((await maker.get(path)).status).toBe(status)
})

test('a run that is no sweep has no report of one', async () => {
  const [queued] = await collect(await maker.post('/benchmarks/single', custom, asEvents))
  const response = await maker.get(`/sweeps/${String(queued?.data['run_id'])}`)
  expect(response.status).toBe(404)
  expect(await answerOf(response)).toMatchObject({ detail: expect.stringContaining('no sweep') as string })
  const id = String(queued?.data['run_id'])
  expect((await maker.get(`/sweeps/compare?a=${id}&b=${id}`)).status).toBe(404)
})

test('a function refuses a sweep and says where it can be made', async () => {
  const parts = httpParts({ env: { ADMIN_TOKEN: jobToken }, hosting: 'function' })
  const { hono } = createHttp(parts)
  for (const path of ['sweep', 'sweep/estimate']) {
    const response = await hono.request(`https://${host}/api/v1/benchmarks/${path}`, {
      method: 'POST',
      headers: { host, authorization: `Bearer ${jobToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...custom, ...load }),
    })
    expect(response.status).toBe(400)
    expect(await answerOf(response)).toMatchObject({
      detail: expect.stringContaining('scripts/sweep.ts') as string,
    })
  }
})
