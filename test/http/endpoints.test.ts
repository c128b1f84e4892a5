import { afterAll, beforeAll, expect, test } from 'vitest'
import { benchmarkAnswer } from '../../src/http/benchmark-answer.ts'
import { healthAnswer } from '../../src/http/health.ts'
import { healthPath } from '../../src/http/cron.ts'
import { leaderboardsAnswer } from '../../src/http/leaderboards.ts'
import { problemBody } from '../../src/http/problem.ts'
import { pruneAnswer } from '../../src/http/prune.ts'
import { syncAnswer } from '../../src/http/sync.ts'
import { scheduleOf } from '../../src/jobs/schedule.ts'
import { createMemoryStore } from '../../src/store/memory.ts'
import { type Store, StoreError } from '../../src/store/store.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { testApp } from '../support/app.ts'
import { cronOf } from '../support/cron.ts'
import { type Listings, serveListings } from '../support/listings.ts'
import { stubStore } from '../support/stub-store.ts'

const secret = 'a secret that only the cron knows'
const authorized = { headers: { authorization: `Bearer ${secret}` } }
const budgetMs = 60_000

let provider: Synthetic
let listings: Listings
beforeAll(async () => {
  provider = await startSynthetic({ options: { ttftMs: 1, frames: 3, delayMs: 1 } })
  listings = await serveListings({ '/openai/models': { body: { data: [{ id: 'gpt-5.4-nano' }] } } })
})
afterAll(() => Promise.all([provider.close(), listings.close()]))

const environment = () => ({
  CRON_SECRET: secret,
  LLM_BASE_URL: provider.url,
  LLM_MODEL: 'synthetic-1',
  TIMEOUT_TOTAL_S: '10',
})

/** The API on a store that can do what is given, and otherwise what one in memory can. */
const api = (store: Partial<Store> = {}, env: Record<string, string> = environment()) =>
  cronOf(testApp(env, stubStore({ ...createMemoryStore(), ...store })), budgetMs)

const now = new Date('2026-11-29T10:00:00Z')
const health = { lastFinishedAt: now, lastStatus: 'finished', now } as const
const unreachable = () => Promise.reject(new StoreError('unavailable', 'no database'))

test('the benchmark endpoint answers what its schema says', async () => {
  const response = await api().request('/api/cron/benchmark', authorized)
  expect(response.status).toBe(200)
  const { run, ...answer } = benchmarkAnswer.parse(await response.json())
  expect(run).toMatchObject({ status: 'finished', n_probes: 1, n_succeeded: 1 })
  expect(answer).toMatchObject({
    skipped: false,
    handed_over: false,
    results: [
      { model: 'synthetic-1', success: true, error_kind: null, ttft_ms: expect.any(Number) as number },
    ],
  })
})

test('the sync endpoint answers what its schema says', async () => {
  const env = {
    CRON_SECRET: secret,
    OPENAI_API_KEY: 'sk-a-key-of-ours',
    OPENAI_BASE_URL: `${listings.url}/openai`,
    GENAI_PRICES_URL: 'off',
    MODELS_DEV_URL: 'off',
    OFFICIAL_STATUS: 'off',
  }
  const store = {
    listModels: () => Promise.resolve({ rows: [], next: null }),
    saveSync: () => Promise.resolve({ recorded: true }),
  }
  const response = await api(store, env).request('/api/cron/sync-models', authorized)
  expect(response.status).toBe(200)
  expect(syncAnswer.parse(await response.json())).toMatchObject({
    syncs: [{ provider: 'openai', status: 'saved', n_added: 1 }],
    stopped_before: [],
  })
})

test('the prune endpoint answers what its schema says', async () => {
  const batches = [
    { texts: 3, results: 0, proxyRequests: 5, proxyTexts: 2, closed: null, prunedUntil: null, done: false },
    { texts: 0, results: 2, proxyRequests: 0, proxyTexts: 1, closed: now, prunedUntil: now, done: true },
  ]
  const prune: Store['prune'] = () => Promise.resolve(batches.shift() ?? unexpected())
  const response = await api({ prune }).request('/api/cron/prune', { method: 'POST', ...authorized })
  expect(pruneAnswer.parse(await response.json())).toEqual({
    texts: 3,
    results: 2,
    proxy_requests: 5,
    proxy_texts: 3,
    days: 1,
    pruned_until: now.toISOString(),
    done: true,
  })
})

test('the leaderboards endpoint takes every step, and answers what its schema says', async () => {
  const inputs: unknown[] = []
  const steps = [
    { refreshed: [], next: { step: 1 } },
    { refreshed: ['24h'], next: { step: 2 } },
    { refreshed: ['7d'], next: null },
  ]
  const refreshSummaries: Store['refreshSummaries'] = (input) => {
    inputs.push(input.after)
    return Promise.resolve(steps.shift() ?? unexpected())
  }
  const response = await api({ refreshSummaries }).request('/api/cron/leaderboards', authorized)
  expect(leaderboardsAnswer.parse(await response.json())).toEqual({ refreshed: ['24h', '7d'], done: true })
  expect(inputs).toEqual([null, { step: 1 }, { step: 2 }])
})

const unexpected = (): never => {
  throw new Error('one batch too many')
}

test('the health endpoint answers what its schema says, without a secret', async () => {
  const response = await api({ readHealth: () => Promise.resolve(health) }).request(healthPath)
  expect(response.status).toBe(200)
  expect(healthAnswer.parse(await response.json())).toMatchObject({ status: 'ok', interval_s: 900 })
  const failing = await api({ readHealth: unreachable }).request(healthPath)
  expect(failing.status).toBe(503)
  expect(healthAnswer.parse(await failing.json())).toMatchObject({ reason: 'database unreachable' })
})

test('the health endpoint names a run whose worker was lost, without calling that a failure', async () => {
  const abandoned = { runName: 'model sync', slot: now }
  const response = await api({ readHealth: () => Promise.resolve({ ...health, abandoned }) }).request(
    healthPath,
  )
  expect(response.status).toBe(200)
  expect(healthAnswer.parse(await response.json())).toMatchObject({
    status: 'ok',
    abandoned: { run_name: 'model sync', slot: now.toISOString() },
  })
})

const paths = scheduleOf(testApp({}, stubStore({})).config).map(({ job }) => `/api/cron/${job}`)

test.each(paths)(
  '%s is closed to whoever does not know the secret, and takes GET and POST alone',
  async (path) => {
    const refused = await api().request(path)
    expect(refused.status).toBe(401)
    expect(problemBody.parse(await refused.json()).error.kind).toBe('unauthorized')
    expect((await api({}, {}).request(path, authorized)).status).toBe(500)
    expect((await api().request(path, { method: 'PUT', ...authorized })).status).toBe(405)
  },
)

test.each(['/api/cron/benchmark', '/api/cron/prune'])(
  '%s answers 503 while the database is unreachable',
  async (path) => {
    const http = cronOf(
      testApp(environment(), stubStore({}), {
        store: { name: 'gone', embedded: false, open: unreachable, listen: null },
      }),
      // An eighth of it, less than the first pause between two tries, is what a run waits for its database.
      13_000,
    )
    const response = await http.request(path, authorized)
    expect(response.status).toBe(503)
    expect(problemBody.parse(await response.json()).error).toEqual({
      kind: 'store_unavailable',
      message: expect.stringContaining('no database') as string,
    })
  },
)

test('a body that is too long is refused before it is read, whatever its header says', async () => {
  let sent = 0
  const body = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 1
        controller.enqueue(new Uint8Array(1024).fill(32))
      },
    })
  const post = (headers: Record<string, string>) => {
    const init = { method: 'POST', headers, body: body(), duplex: 'half' } as const
    return api().request('/api/cron/benchmark', init)
  }
  const refused = await post({ ...authorized.headers, 'content-length': '2' })
  expect(refused.status).toBe(413)
  expect(problemBody.parse(await refused.json()).error.kind).toBe('too_large')
  expect(sent).toBeLessThan(20)
  sent = 0
  expect((await post({})).status).toBe(401)
  expect(sent).toBeLessThan(5)
})

test('a bug is a 500 that tells nothing, and anything else is not found', async () => {
  const buggy = api({ prune: () => Promise.reject(new TypeError('a secret detail')) })
  const response = await buggy.request('/api/cron/prune', authorized)
  expect(response.status).toBe(500)
  const text = await response.text()
  expect(problemBody.parse(JSON.parse(text)).error.kind).toBe('bug')
  expect(text).not.toContain('detail')
  expect((await api().request('/api/elsewhere')).status).toBe(404)
})
