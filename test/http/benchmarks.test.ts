import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { configuredHere } from '../../src/http/configured.ts'
import { createHttp } from '../../src/http/http.ts'
import { jobRow, listedJob, startedJob } from '../../src/http/job-row.ts'
import type { App } from '../../src/jobs/app.ts'
import type { Store } from '../../src/store/store.ts'
import { host, httpParts } from '../support/http-parts.ts'
import { collect, eventsOf } from '../support/http-server.ts'
import { type JobServer, jobToken, startJobServer } from '../support/job-server.ts'
import { listening } from '../support/loopback.ts'

const token = jobToken

/** An endpoint of somebody else, and the headers by which it was called. */
let stranger: Server
let strangerUrl: string
const strangerSaw: IncomingHttpHeaders[] = []
let maker: JobServer
let app: App
let store: Store

beforeAll(async () => {
  stranger = createServer(({ headers }, response) => {
    strangerSaw.push(headers)
    response.writeHead(401).end()
  })
  strangerUrl = await listening(stranger)
  maker = await startJobServer({ allow: [new URL(strangerUrl).host] })
  ;({ app, store } = maker)
})
afterAll(async () => {
  await maker.close()
  stranger.close()
})

const post: JobServer['post'] = (...asked) => maker.post(...asked)
const get: JobServer['get'] = (...asked) => maker.get(...asked)
const custom = { provider_id: 'custom', model: 'synthetic-1', prompt: 'Say hello.', max_tokens: 32 }
const answerOf = async (response: Response) => (await response.json()) as Record<string, unknown>

test('a run is accepted at once with its place, estimate and links, and followed to its end', async () => {
  const response = await post('/benchmarks/multi', { ...custom, num_runs: 3, warmup: true })
  expect(response.status).toBe(202)
  const job = await answerOf(response)
  expect(startedJob.safeParse(job).error).toBeUndefined()
  const self = `/api/v1/benchmarks/${String(job['job_id'])}`
  expect(job).toMatchObject({
    created: true,
    links: { self, events: `${self}/events`, cancel: `${self}/cancel` },
    estimate: {
      probes: 4,
      cost_usd: 0,
      unpriced: [{ provider: 'custom', is_free: true, n: 4 }],
      skipped: [],
    },
  })
  expect(response.headers.get('location')).toBe(self)
  expect(response.headers.get('ratelimit-limit')).toBe('1000')
  expect(response.headers.get('ratelimit')).toMatch(/^"starts";r=\d+;t=\d+$/)
  const events = await collect(await get(`/benchmarks/${String(job['job_id'])}/events`))
  expect(events.map(({ event }) => event)).toEqual([
    'run_queued',
    'run_started',
    'run_joined',
    ...Array.from({ length: 4 }, () => ['probe_started', 'probe_recorded']).flat(),
    'run_finished',
  ])
  expect(events.every(({ id, data }) => data['id'] === id)).toBe(true)
  const recorded = events[6]?.data ?? {}
  expect(recorded).toMatchObject({
    probe: { provider: 'custom', model: 'synthetic-1' },
    progress: { done: 2, total: 4, percent: 50, detail: 'Custom synthetic-1, run 1/3' },
  })
  expect((recorded['progress'] as { eta_s: number }).eta_s).toBeGreaterThanOrEqual(0)
  const over = await answerOf(await get(`/benchmarks/${String(job['job_id'])}`))
  expect(jobRow.safeParse(over).error).toBeUndefined()
  expect(over).toMatchObject({
    status: 'finished',
    place: null,
    n_succeeded: 4,
    is_cancelling: false,
    progress: { done: 4, total: 4, percent: 100, eta_s: 0 },
  })
})

test('who drops goes on after the last event, misses none and gets none twice, and does not come again for ever', async () => {
  const { job_id: id } = await answerOf(await post('/benchmarks/concurrent', { ...custom, num_runs: 6 }))
  const path = `/benchmarks/${String(id)}/events`
  const all = await collect(await get(path))
  expect(all.at(-1)?.event).toBe('run_finished')
  for (const at of [0, 1, 5, all.length - 2]) {
    const last = all[at]?.id ?? ''
    const rest = all.slice(at + 1).map((event) => event.id)
    const byHeader = await collect(await get(path, { 'last-event-id': last }))
    expect(byHeader.map((event) => event.id)).toEqual(rest)
    const byQuery = await collect(await get(`${path}?after=${last}`))
    expect(byQuery.map((event) => event.id)).toEqual(rest)
  }
  const ofAll = await collect(await get(`/events?jobs=${String(id)}&after=${all[0]?.id}`), all.length - 1)
  expect(ofAll.map((event) => event.id)).toEqual(all.slice(1).map((event) => event.id))
  expect((await get('/events?jobs=x')).status).toBe(400)
  const over = await get(path, { 'last-event-id': all.at(-1)?.id ?? '' })
  expect(over.status).toBe(204)
  expect((await get(path, { 'last-event-id': 'x' })).status).toBe(400)
  expect((await get(`${path}?after=x`)).status).toBe(400)
  // A stream from there would never say anything.
  for (const each of [path, '/events']) expect((await get(`${each}?after=999999999-1`)).status).toBe(400)
  expect((await get('/benchmarks/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a/events')).status).toBe(404)
})

test('started with Accept: text/event-stream it answers with its events, under the names that are asked for', async () => {
  const accept = { accept: 'text/event-stream' }
  const response = await post('/benchmarks/single?names=suite', custom, accept)
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    location: expect.stringMatching(/^\/api\/v1\/benchmarks\/[\w-]{36}$/) as string,
  })
  const suite = await collect(response)
  expect(suite.map(({ event }) => event)).toEqual(['run_metric', 'suite_complete'])
  expect(suite[0]?.data).toMatchObject({ run_number: 1, provider_id: 'custom', status: 'success' })
  expect(suite[1]?.data).toMatchObject({
    status: 'completed',
    total_runs: 1,
    successful_runs: 1,
    error_count: 0,
  })
  const jobs = await collect(await post('/benchmarks/single?names=jobs', custom, accept))
  expect(jobs.map(({ event, id }) => [event, id !== undefined])).toEqual([
    ['job_created', true],
    ['benchmark_init', true],
    ['benchmark_progress', true],
    ['benchmark_result', false],
    ['job_progress', true],
    ['job_completed', true],
  ])
})

test('a comparison calls the default model of a provider and an endpoint that is named', async () => {
  const endpoint = {
    base_url: `http://127.0.0.1:${maker.provider.port}/v1`,
    model: 'synthetic-1',
    name: 'Mine',
  }
  const body = { providers: [{ provider_id: 'custom' }, { endpoint }], prompt: 'short', num_runs: 1 }
  const jobs = await collect(
    await post('/benchmarks/comparison?names=jobs', body, { accept: 'text/event-stream' }),
  )
  const init = jobs.find(({ event }) => event === 'benchmark_init')?.data
  expect(init).toMatchObject({ mode: 'comparison', runs: 1, context_tiers: [0], max_tokens: 512, total: 2 })
  const targets = init?.['targets'] as { provider: string; model: string }[]
  expect(targets.map(({ model }) => model)).toEqual(['synthetic-1', 'synthetic-1'])
  expect(targets.map((each) => each.provider).toSorted()).toEqual([
    'custom',
    expect.stringMatching(/^endpoint-[0-9a-f]{12}$/) as string,
  ])
  const results = jobs.filter(({ event }) => event === 'benchmark_result')
  expect(results.map(({ data }) => data['success'])).toEqual([true, true])
  const { rows } = await store.listProviders({})
  const ours = targets.map((each) => each.provider).find((id) => id !== 'custom')
  expect(rows.find(({ id }) => id === ours)).toMatchObject({ name: 'Mine' })
})

test('an endpoint that is named gets no key, also at the address of a provider that has one', async () => {
  const accept = { accept: 'text/event-stream' }
  const endpoint = { base_url: `${strangerUrl}/v1`, model: 'm' }
  const [, , , result] = await collect(await post('/benchmarks/single?names=jobs', { endpoint }, accept))
  expect(result).toMatchObject({
    event: 'benchmark_result',
    data: { success: false, error: 'auth (HTTP 401)' },
  })
  expect(strangerSaw.map(({ authorization }) => authorization)).toEqual([undefined])
  const { rows } = await store.listProviders({})
  expect(rows.find(({ id }) => id === 'custom')).toMatchObject({
    base_url: `http://127.0.0.1:${maker.provider.port}/v1`,
  })
})

test('a prompt has the name of a template, or of one of our own, or is the text itself', async () => {
  await store.savePrompt({ name: 'mine', category: 'qa', text: 'What is mine?' })
  const promptFor = async (prompt: string | undefined) => {
    const { job_id: id } = await answerOf(await post('/benchmarks/single', { ...custom, prompt }))
    const { settings } = await store.readRun({ id: String(id), withTexts: true })
    return settings['prompt']
  }
  expect(await promptFor('short')).toMatch(/^Name the three states of water/)
  expect(await promptFor('mine')).toBe('What is mine?')
  expect(await promptFor('Mine')).toBe('Mine')
  expect(await promptFor(undefined)).toBe(app.config.defaults.prompt)
})

test.each([400, 500])('a model with a name of %d characters is called or refused', async (length) => {
  const { status } = await post('/benchmarks/single', { ...custom, model: 'm'.repeat(length) })
  expect([202, 400]).toContain(status)
})

test('where runs cannot be started, the reason is given', async () => {
  const env = { ADMIN_TOKEN: token }
  const { hono } = createHttp(httpParts({ env, jobs: { unavailable: 'set CRON_SECRET' } }))
  const response = await hono.request(`http://${host}/api/v1/benchmarks/single`, {
    method: 'POST',
    headers: { host, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(custom),
  })
  expect(response.status).toBe(503)
  expect(await answerOf(response)).toMatchObject({ detail: 'set CRON_SECRET' })
})

test.each([
  ['single', { ...custom, modell: 'x' }, 400, 'invalid_request', /modell/],
  ['single', { ...custom, warmup: true }, 400, 'invalid_request', /warmup/],
  ['single', { ...custom, num_runs: 1 }, 400, 'invalid_request', /num_runs/],
  ['single', { ...custom, context_tiers: [0, 100] }, 400, 'invalid_request', /context_tiers/],
  ['single', { ...custom, max_tokens: 16_385 }, 400, 'invalid_request', /max_tokens/],
  ['single', { ...custom, temperature: 2.1 }, 400, 'invalid_request', /temperature/],
  ['single', { ...custom, prompt: ' ' }, 400, 'invalid_request', /prompt/],
  ['single', { ...custom, prompt: 'a\u0000b' }, 400, 'invalid_request', /prompt/],
  ['single', { ...custom, model: '\u0000' }, 400, 'invalid_request', /model/],
  ['single', { ...custom, model: 'a\ud800' }, 400, 'invalid_request', /model/],
  ['single', { ...custom, model: ' ' }, 400, 'invalid_request', /model/],
  ['single', { prompt: 'short' }, 400, 'invalid_request', /provider_id/],
  ['multi', { ...custom, num_runs: 51 }, 400, 'invalid_request', /num_runs/],
  ['multi', { ...custom, context_tiers: [5, 5] }, 400, 'invalid_request', /context_tiers/],
  ['concurrent', { ...custom, num_runs: 101 }, 400, 'invalid_request', /num_runs/],
  ['concurrent', { ...custom, concurrency: 21 }, 400, 'invalid_request', /concurrency/],
  ['comparison', { providers: [], prompt: 'short' }, 400, 'invalid_request', /providers/],
  ['comparison', { providers: [{ provider_id: 'custom', x: 1 }] }, 400, 'invalid_request', /providers\/0\/x/],
  ['single', { ...custom, provider_id: 'nobody' }, 400, 'bad_selection', /nobody/],
  [
    'single',
    { endpoint: { base_url: 'http://127.0.0.1:1/v1', model: 'm' } },
    400,
    'endpoint_refused',
    /EGRESS_ALLOW/,
  ],
  [
    'single',
    { endpoint: { base_url: 'https://10.0.0.1/v1', model: 'm' } },
    400,
    'endpoint_refused',
    /public/,
  ],
  ['single', { endpoint: { base_url: 'file:///etc', model: 'm' } }, 400, 'endpoint_refused', /http/],
  [
    'single',
    { endpoint: { base_url: 'https://a.example/v1', model: 'm' } },
    422,
    'cost_unknown',
    /max_cost_usd/,
  ],
] as const)('%s of %j is refused: %d %s', async (...given) => {
  const [mode, body, status, kind, detail] = given
  const before = maker.kicks()
  const response = await post(`/benchmarks/${mode}`, body)
  expect(response.status).toBe(status)
  const problem = await answerOf(response)
  expect(problem).toMatchObject({ type: `urn:firsttoken:problem:${kind}`, status })
  expect(problem['detail']).toMatch(detail)
  expect(maker.kicks()).toBe(before)
})

test('an estimate costs nothing, needs no token, and says why the run would be refused', async () => {
  const ask = async (body: unknown) => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(body) }
    return answerOf(await fetch(`${maker.url}/benchmarks/multi/estimate`, init))
  }
  expect(await ask({ ...custom, num_runs: 2, context_tiers: [0, 1000] })).toMatchObject({
    estimate: { probes: 4, longest_seconds: 480 },
    would_refuse: null,
  })
  const endpoint = { base_url: 'https://a.example/v1', model: 'm' }
  expect(await ask({ endpoint })).toMatchObject({ would_refuse: { kind: 'cost_unknown' } })
})

test('the same key and body get the same run, another body does not', async () => {
  const key = { 'idempotency-key': 'a-key-of-a-client' }
  const first = await post('/benchmarks/single', custom, key)
  const again = await post('/benchmarks/single', { ...custom, temperature: 0.7 }, key)
  expect([first.status, again.status]).toEqual([202, 202])
  const [one, other] = [await answerOf(first), await answerOf(again)]
  expect(other).toMatchObject({ job_id: one['job_id'], created: false })
  for (const [mode, body] of [
    ['single', { ...custom, temperature: 0.8 }],
    ['multi', custom],
  ] as const) {
    const refused = await post(`/benchmarks/${mode}`, body, key)
    expect(refused.status).toBe(409)
    expect(await answerOf(refused)).toMatchObject({ type: 'urn:firsttoken:problem:key_reused' })
  }
  expect((await post('/benchmarks/single', custom, { 'idempotency-key': 'two words' })).status).toBe(400)
  await collect(await get(`/benchmarks/${String(one['job_id'])}/events`))
})

test('what waits has its place, and a cancelled run ends with what it measured', async () => {
  const slow = { ...custom, model: 'synthetic/ttft_ms/60000' }
  const ids: string[] = []
  for (let n = 0; n < 3; n += 1)
    ids.push(String((await answerOf(await post('/benchmarks/multi', { ...slow, num_runs: 2 })))['job_id']))
  const [first = '', second = '', third = ''] = ids
  const stream = await get(`/benchmarks/${first}/events`)
  for await (const { event } of eventsOf(stream)) if (event === 'probe_started') break
  const listed = (await answerOf(await get('/benchmarks'))) as Record<string, Record<string, unknown>[]>
  expect(listed['queued']?.map((job) => [job['job_id'], job['place']])).toEqual([
    [second, 1],
    [third, 2],
  ])
  for (const each of Object.values(listed).flat()) expect(listedJob.safeParse(each).error).toBeUndefined()
  expect(listed['running']?.map((job) => job['job_id'])).toEqual([first])
  expect(listed['recent']?.every((job) => job['finished_at'] !== null)).toBe(true)
  for (const id of [third, second]) {
    expect(await answerOf(await post(`/benchmarks/${id}/cancel`, null))).toMatchObject({
      status: 'cancelled',
    })
  }
  await post(`/benchmarks/${first}/cancel`, null)
  const jobs = await collect(await get(`/benchmarks/${first}/events?names=jobs`))
  expect(jobs.at(-1)).toMatchObject({ event: 'job_cancelled', data: { job_id: first } })
  expect(await answerOf(await get(`/benchmarks/${first}`))).toMatchObject({
    status: 'cancelled',
    is_cancelling: false,
    n_failed: 1,
    n_skipped: 1,
  })
  const none = await post('/benchmarks/0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a/cancel', null)
  expect(none.status).toBe(404)
})

test('who starts too many is told when to come again, by hours of its own', async () => {
  const another = 'another-token-of-the-admin'
  const config = { ...app.config, onDemand: { ...app.config.onDemand, startsPerHour: 2 } }
  const { hono } = createHttp({
    ...httpParts({ env: { ADMIN_TOKEN: another } }),
    app: { ...app, config },
    configured: () => configuredHere(app),
    openStore: () => Promise.resolve(store),
  })
  const start = () =>
    hono.request(`http://${host}/api/v1/benchmarks/single`, {
      method: 'POST',
      headers: { host, authorization: `Bearer ${another}`, 'content-type': 'application/json' },
      body: JSON.stringify(custom),
    })
  const started = [await start(), await start()]
  expect(started.map(({ status, headers }) => [status, headers.get('ratelimit-remaining')])).toEqual([
    [202, '1'],
    [202, '0'],
  ])
  const refused = await start()
  expect(refused.status).toBe(429)
  expect(await answerOf(refused)).toMatchObject({ type: 'urn:firsttoken:problem:rate_limited' })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000)
  expect(refused.headers.get('ratelimit-policy')).toBe('"starts";q=2;w=3600')
})
