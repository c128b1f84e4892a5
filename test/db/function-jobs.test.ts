import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { functionJobs } from '../../src/http/function-jobs.ts'
import type { App } from '../../src/jobs/app.ts'
import type { JobRequest } from '../../src/jobs/job-request.ts'
import { queueBenchmark } from '../../src/jobs/queue-benchmark.ts'
import { nextJob } from '../../src/jobs/run-job.ts'
import type { Sql } from '../../src/store/connection.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import type { Store } from '../../src/store/store.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { createDatabase } from '../support/databases.ts'
import { collect } from '../support/http-server.ts'
import { fresh } from '../support/scheduled-runs.ts'
import { deploy } from '../support/serverless.ts'

let provider: Synthetic
let base: Record<string, string>
let sql: Sql
let store: Store
beforeAll(async () => {
  provider = await startSynthetic({ options: { ttftMs: 10, frames: 3, delayMs: 1 } })
  const DATABASE_URL = await createDatabase('migrated')
  sql = await openPostgres(DATABASE_URL)
  base = {
    VERCEL: '1',
    CRON_SECRET: 'a secret that only functions know',
    ADMIN_TOKEN: 'the-token-of-the-admin',
    DATABASE_URL,
    LOG_LEVEL: 'silent',
    OFFICIAL_STATUS: 'off',
    LLM_BASE_URL: provider.url,
    LLM_MODEL: 'synthetic-1',
    GROQ_BASE_URL: provider.url,
    // One slot for every call.
    BENCHMARK_SCHEDULE: '0 0 1 1 *',
  }
  store = await appOf(base).store.open()
})
afterAll(() => Promise.all([store.close(), sql.close(), provider.close()]))

function appOf(env: Record<string, string>): App {
  const app = buildApp(env)
  if ('problems' in app) throw new Error(app.problems.join('\n'))
  return app
}

const oneCall: JobRequest = {
  mode: 'single',
  targets: [{ provider: 'custom', model: 'synthetic-1' }],
  prompt: 'Say hello.',
  maxTokens: 64,
  temperature: 0.7,
  runs: 1,
  concurrency: 1,
  contextTiers: [0],
  warmup: false,
  order: 'sequential',
  maxCostUsd: 1,
}

/** A deployment with a queue of its own. */
async function deployed({
  budgetMs = 20_000,
  timeoutS = 4.5,
  ...deploying
}: Partial<Parameters<typeof deploy>[1]> & { timeoutS?: number } = {}) {
  const env = { ...base, BENCHMARK_REGION: fresh('region'), TIMEOUT_TOTAL_S: String(timeoutS) }
  const app = appOf(env)
  const { calls, url, origin, close } = await deploy(env, { budgetMs, ...deploying })
  const queue = async (more: Partial<JobRequest> = {}) => {
    const asker = { client: fresh('client'), idempotencyKey: null }
    const queued = await queueBenchmark({ ...oneCall, ...asker, ...more }, app, { store })
    if ('refusal' in queued) throw new Error(queued.refusal.message)
    return queued.run.id
  }
  const { kick } = functionJobs(app, () => Promise.resolve(store))
  return {
    app,
    close,
    queue,
    /** What a request that has queued a run does. */
    kick: () => kick(new Request(new URL('/api/v1/benchmarks/single', url))),
    /** What the platform's cron sends. */
    cron: () => fetch(url, { headers: { authorization: `Bearer ${base['CRON_SECRET']}` } }),
    /** Asks the API, as the admin does. */
    ask: (path: string, { body, ...init }: { body?: object; headers?: Record<string, string> } = {}) =>
      fetch(`${origin}/api/v1${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          authorization: `Bearer ${base['ADMIN_TOKEN']}`,
          'content-type': 'application/json',
          ...init.headers,
        },
        ...(body && { body: JSON.stringify(body) }),
      }),
    /** For which runs the endpoint was called, in turn. */
    called: () =>
      calls.flatMap(({ body }) => (body === '' ? [] : [(JSON.parse(body) as { run: string }).run])),
  }
}

async function until<Found>(look: () => Promise<Found | null>): Promise<Found> {
  for (;;) {
    const found = await look()
    if (found !== null) return found
    await pause(20)
  }
}
const closed = (runId: string) =>
  until(async () => {
    const { run } = await store.readJob({ runId })
    return run.finishedAt === null ? null : run
  })
const slowly = (ms: number) => ({ targets: [{ provider: 'custom', model: `synthetic/ttft_ms/${ms}` }] })
const rowsOf = async (text: string, values: unknown[]) => (await sql.query(text, values)).rows

test('a run that is out of time is handed over, twice, until all is made', async () => {
  // Probes begin in the first 1.5 s of a call: two of 0.8 s, or one on a busy machine.
  const { queue, kick, called, close } = await deployed({ budgetMs: 6000 })
  const runId = await queue({ mode: 'multi', runs: 5, ...slowly(800) })
  await kick()
  expect(await closed(runId)).toMatchObject({ status: 'finished', nSucceeded: 5, nSkipped: 0 })
  expect(called().length).toBeGreaterThanOrEqual(3)
  expect(new Set(called())).toEqual(new Set([runId]))
  const ends = await rowsOf(
    `select event, count(*)::int as n from run_events
      where run_id = $1 and event in ('run_handed_over', 'run_finished') group by event order by event`,
    [runId],
  )
  expect(ends).toEqual([
    { event: 'run_finished', n: 1 },
    { event: 'run_handed_over', n: expect.toSatisfy((n: number) => n >= 2) as number },
  ])
  close()
})

test('three wait and are started in order, each by the call that closes the one before, also without a key', async () => {
  const { queue, kick, called, close } = await deployed()
  const keyless = { targets: [{ provider: 'groq', model: 'synthetic-1' }] }
  const ids = [await queue(), await queue(keyless), await queue({ mode: 'multi', runs: 2 })]
  await kick()
  for (const id of ids)
    expect(await closed(id)).toMatchObject({ status: 'finished', nFailed: 0, nSkipped: 0 })
  expect(called()).toEqual(ids)
  const sooner = await rowsOf(
    `select id from (select id, started_at < lag(finished_at) over (order by started_at) as is_sooner
      from runs where id = any ($1)) r where is_sooner`,
    [ids],
  )
  expect(sooner).toEqual([])
  close()
})

test('a scheduled call starts what nobody started, and what has lost its worker, also if its slot is done', async () => {
  const { app, queue, cron, called, close } = await deployed()
  const forgotten = await queue()
  expect(await (await cron()).json()).toMatchObject({ skipped: false, run: { triggered_by: 'cron' } })
  expect(await closed(forgotten)).toMatchObject({ status: 'finished', nSucceeded: 1 })
  const lost = await queue()
  expect(await nextJob(app, store)).toBe(lost)
  expect(await (await cron()).json()).toMatchObject({ skipped: true })
  // It is kept for whoever took it.
  expect(called()).toEqual([forgotten])
  await rowsOf(`update run_workers set lease_until = now() - interval '1 second' where run_id = $1`, [lost])
  await cron()
  expect(await closed(lost)).toMatchObject({ status: 'finished', nSucceeded: 1 })
  expect(called()).toEqual([forgotten, lost])
  close()
})

test('a run whose call was refused is the first that the next start takes, at once', async () => {
  let refusals = [503]
  const { queue, kick, called, close } = await deployed({ refuse: () => refusals.shift() ?? null })
  const first = await queue()
  await kick()
  expect(await store.readJob({ runId: first })).toMatchObject({ run: { status: 'running' }, place: null })
  const second = await queue()
  refusals = [401]
  await kick()
  expect(called()).toEqual([])
  await kick()
  for (const id of [first, second]) expect(await closed(id)).toMatchObject({ status: 'finished' })
  expect(called()).toEqual([first, second])
  close()
})

test('a run whose rest nobody took over is finished by the next start', async () => {
  let left = 1
  const refuse = () => {
    left -= 1
    return left < 0 ? 503 : null
  }
  const { queue, kick, close } = await deployed({ budgetMs: 6000, refuse })
  const runId = await queue({ mode: 'multi', runs: 3, ...slowly(800) })
  await kick()
  await until(async () => {
    const [row] = await rowsOf(`select id from run_events where run_id = $1 and event = 'run_handed_over'`, [
      runId,
    ])
    return row ?? null
  })
  expect(await store.readJob({ runId })).toMatchObject({ run: { status: 'running' } })
  left = Infinity
  await kick()
  expect(await closed(runId)).toMatchObject({ status: 'finished', nSucceeded: 3 })
  close()
})

test('a run is started by one function, made by another and followed in a third', async () => {
  const { ask, called, close } = await deployed()
  const body = { provider_id: 'custom', model: 'synthetic-1', num_runs: 3 }
  const started = await ask('/benchmarks/multi', { body })
  expect(started.status).toBe(202)
  const { job_id: runId } = (await started.json()) as { job_id: string }
  const events = await collect(await ask(`/benchmarks/${runId}/events`))
  expect(events.map(({ event }) => event)).toEqual([
    'run_queued',
    'run_started',
    'run_joined',
    ...Array.from({ length: 3 }, () => ['probe_started', 'probe_recorded']).flat(),
    'run_finished',
  ])
  expect(called()).toEqual([runId])
  close()
})

test('a stream ends with the time of its function and goes on in the next; a cancel ends the call in hand of another', async () => {
  const { ask, close } = await deployed({ apiMs: 1000, timeoutS: 15 })
  const body = { provider_id: 'custom', model: 'synthetic/ttft_ms/60000', num_runs: 3 }
  // The call works for longer than anybody waits, and so is accepted.
  const started = await ask('/benchmarks/multi', { body })
  expect(started.status).toBe(202)
  const { job_id: runId } = (await started.json()) as { job_id: string }
  const path = `/benchmarks/${runId}`
  const first = await collect(await ask(`${path}/events`))
  expect(first.map(({ event }) => event)).not.toContain('run_finished')
  expect((await ask(`${path}/cancel`, { body: {} })).status).toBe(200)
  let last = first.at(-1)
  while (last?.event !== 'run_finished') {
    const rest = await collect(await ask(`${path}/events`, { headers: { 'last-event-id': last?.id ?? '' } }))
    last = rest.at(-1) ?? last
  }
  expect(last).toMatchObject({ data: { data: { status: 'cancelled' } } })
  expect(await closed(runId)).toMatchObject({ status: 'cancelled', nFailed: 1, nSkipped: 2 })
  expect(await rowsOf('select error_kind from benchmark_results where run_id = $1', [runId])).toEqual([
    { error_kind: 'aborted' },
  ])
  close()
})

test('a run that cannot be made here is closed, so that it holds nobody up', async () => {
  // No call of 4.5 s fits.
  const { queue, kick, close } = await deployed({ budgetMs: 5000 })
  const runId = await queue()
  await kick()
  expect(await closed(runId)).toMatchObject({ status: 'abandoned', nSkipped: 1 })
  close()
})
