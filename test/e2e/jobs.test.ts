import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import type { ConfiguredProvider } from '../../src/core/provider.ts'
import type { App } from '../../src/jobs/app.ts'
import { type JobRequest, onDemandProviders } from '../../src/jobs/job-request.ts'
import { keepJobs } from '../../src/jobs/keep-jobs.ts'
import { readSweep } from '../../src/jobs/read-sweep.ts'
import { queueBenchmark } from '../../src/jobs/queue-benchmark.ts'
import { openPool, type Pool } from '../../src/probe/pool.ts'
import { configuredProviders } from '../../src/registry/configure.ts'
import { customEntry } from '../../src/registry/custom.ts'
import { describeSweep } from '../../src/report/describe-sweep.ts'
import { toGroupRows } from '../../src/report/sweep-groups.ts'
import type { Sql } from '../../src/store/connection.ts'
import type { Store } from '../../src/store/store.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { makeFolder, removeFolder } from '../support/command.ts'
import { type Front, startFront } from '../support/front.ts'
import { copyDatabase } from '../support/held-database.ts'
import { listening } from '../support/loopback.ts'

let cwd: string
let provider: Synthetic
let front: Front
/** A provider that wants a key, and what it was sent as one. */
let locked: Server
const keyless: (string | undefined)[] = []
let env: Record<string, string>
let app: App
let store: Store
let sql: Sql
let pool: Pool
let configured: ConfiguredProvider[]

/** Who is told that something was queued. */
const lookers = new Set<() => void>()

beforeAll(async () => {
  cwd = makeFolder()
  copyDatabase(cwd)
  provider = await startSynthetic({ options: { ttftMs: 20, frames: 5, delayMs: 2 } })
  front = await startFront(provider.port)
  locked = createServer(({ headers }, response) => {
    keyless.push(headers.authorization)
    const body = { error: { message: 'You did not provide an API key.', type: 'invalid_request_error' } }
    response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  env = {
    DATA_DIR: join(cwd, '.data'),
    LOG_DIR: join(cwd, 'logs'),
    LOG_LEVEL: 'error',
    OFFICIAL_STATUS: 'off',
    LLM_BASE_URL: `${front.url}/v1`,
    LLM_MODEL: 'synthetic-1',
    OPENAI_BASE_URL: `${await listening(locked)}/v1`,
    BENCHMARK_RATE_LIMIT: '1000',
  }
  const built = buildApp(env)
  if ('problems' in built) throw new Error(built.problems.join('\n'))
  app = built
  store = await app.store.open()
  const database = await app.openDatabase?.()
  if (database === undefined) throw new Error('there is no database')
  sql = database.sql
  pool = await openPool(1, { sdks: ['openai'], env: {}, egressAllow: [] })
  const other = customEntry({ name: 'Other', baseUrl: env['LLM_BASE_URL'] ?? '', model: 'synthetic-1' })
  const [custom] = configuredProviders(env).providers
  if (custom === undefined) throw new Error('nothing is configured')
  configured = [custom, { ...custom, entry: other }]
})
afterAll(async () => {
  await pool.close()
  await sql.close()
  await store.close()
  front.close()
  locked.close()
  await provider.close()
  removeFolder(cwd)
})

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
  maxCostUsd: null,
}

async function queue(more: Partial<JobRequest> = {}): Promise<string> {
  const asker = { client: 'someone', idempotencyKey: null }
  const queued = await queueBenchmark({ ...oneCall, ...asker, ...more }, app, {
    store,
    configured: onDemandProviders(env, configured),
  })
  if ('refusal' in queued) throw new Error(queued.refusal.message)
  for (const look of lookers) look()
  return queued.run.id
}

/** Keeps making runs on demand meanwhile. */
async function keeping<Output>(use: () => Promise<Output>): Promise<Output> {
  const [stop, abort] = [new AbortController(), new AbortController()]
  const wake = (look: () => void) => {
    lookers.add(look)
    return () => void lookers.delete(look)
  }
  const kept = keepJobs(app, { configured, pool, stop: stop.signal, abort: abort.signal, wake })
  try {
    return await use()
  } finally {
    stop.abort()
    await kept
  }
}

const rowsOf = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows

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
const recorded = (runId: string, n: number) =>
  until(async () => {
    const rows = await rowsOf('select id from benchmark_results where run_id = $1', [runId])
    return rows.length >= n ? rows : null
  })
const inOwnProcess = (...args: string[]) =>
  fork(new URL('../support/jobs-process.ts', import.meta.url), args, {
    execArgv: [],
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })

test('every mode makes the calls that were asked for, and concurrent ones no more than so many at once', async () => {
  await keeping(async () => {
    expect(await closed(await queue())).toMatchObject({ mode: 'single', status: 'finished', nSucceeded: 1 })
    expect(await closed(await queue({ mode: 'multi', runs: 3, warmup: true }))).toMatchObject({
      mode: 'multi',
      nSucceeded: 4,
    })
    const targets = ['custom', 'other'].map((name) => ({ provider: name, model: 'synthetic-1' }))
    const comparison = await queue({ mode: 'comparison', targets, runs: 2, order: 'by_provider' })
    expect(await closed(comparison)).toMatchObject({ mode: 'comparison', nSucceeded: 4 })
    front.seen.most = 0
    const { arrived, release } = front.hold(3)
    const concurrent = await queue({ mode: 'concurrent', runs: 9, concurrency: 3 })
    await arrived
    release()
    expect(await closed(concurrent)).toMatchObject({ mode: 'concurrent', nSucceeded: 9 })
    expect(front.seen.most).toBe(3)
    expect(
      await rowsOf(
        `select r.mode, count(*) filter (where b.own_load)::int as loaded, count(*) filter (where b.warmup)::int as warm
          from runs r join benchmark_results b on b.run_id = r.id group by r.mode order by r.mode`,
      ),
    ).toEqual([
      { mode: 'comparison', loaded: 0, warm: 0 },
      { mode: 'concurrent', loaded: 9, warm: 0 },
      { mode: 'multi', loaded: 0, warm: 1 },
      { mode: 'single', loaded: 0, warm: 0 },
    ])
  })
})

test('five wait and are made one after another, in the order in which they came', async () => {
  const ids: string[] = []
  for (let n = 0; n < 5; n += 1) ids.push(await queue())
  await keeping(async () => {
    for (const id of ids) expect(await closed(id)).toMatchObject({ status: 'finished' })
  })
  const runs = await rowsOf(
    `select id, started_at < lag(finished_at) over (order by started_at) as overlaps
      from runs where id = any ($1) order by started_at`,
    [ids],
  )
  expect(runs.map(({ id }) => id)).toEqual(ids)
  expect(runs.filter(({ overlaps }) => overlaps === true)).toEqual([])
})

test('a run that another process cancels ends the call in hand, keeps what was measured and skips the rest', async () => {
  await keeping(async () => {
    // Far from over when another process has started.
    const long = { targets: [{ provider: 'custom', model: 'synthetic/ttft_ms/100' }] }
    const quick = await queue({ mode: 'multi', runs: 300, ...long })
    await recorded(quick, 2)
    const slow = { targets: [{ provider: 'custom', model: 'synthetic/ttft_ms/60000' }] }
    await closed((await once(inOwnProcess('cancel', quick), 'exit'), quick))
    const runId = await queue({ mode: 'multi', runs: 5, ...slow })
    await until(async () => {
      const [row] = await rowsOf(`select id from probes where run_id = $1 and status = 'claimed'`, [runId])
      return row ?? null
    })
    await once(inOwnProcess('cancel', runId), 'exit')
    expect(await closed(runId)).toMatchObject({ status: 'cancelled', nSucceeded: 0, nFailed: 1, nSkipped: 4 })
    expect(
      await rowsOf('select error_kind, fault_domain from benchmark_results where run_id = $1', [runId]),
    ).toEqual([{ error_kind: 'aborted', fault_domain: 'self' }])
    expect(
      await rowsOf(`select distinct skip_reason from probes where run_id = $1 and status = 'skipped'`, [
        runId,
      ]),
    ).toEqual([{ skip_reason: 'cancelled' }])
    const [counted] = await rowsOf(
      `select n_succeeded >= 2 as has_some, n_succeeded + n_failed + n_skipped as n, status from runs where id = $1`,
      [quick],
    )
    expect(counted).toEqual({ has_some: true, n: 300, status: 'cancelled' })
  })
})

test('what a killed server was making is resumed at once by the next, and made once', async () => {
  const runId = await queue({
    mode: 'multi',
    runs: 12,
    targets: [{ provider: 'custom', model: 'synthetic/ttft_ms/150' }],
  })
  const killed = inOwnProcess('keep')
  await recorded(runId, 2)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  expect(await store.readJob({ runId })).toMatchObject({ run: { status: 'running' } })
  await keeping(async () => {
    expect(await closed(runId)).toMatchObject({ status: 'finished', nSucceeded: 12 })
  })
  expect(
    await rowsOf(
      'select count(*)::int as n, count(distinct probe_id)::int as probes from benchmark_results where run_id = $1',
      [runId],
    ),
  ).toEqual([{ n: 12, probes: 12 }])
})

test('a search whose server was killed says for how long its level was interrupted, and makes that level again', async () => {
  const runId = await queue({
    mode: 'sweep',
    sweep: {
      loads: [{ concurrency: 1 }],
      search: { most: 2, goodput: null, objectives: {}, callsPerClient: 10 },
      total: 20,
      maxCostUsd: null,
      maxErrors: null,
      ownEndpoint: false,
    },
    targets: [{ provider: 'custom', model: 'synthetic/ttft_ms/100' }],
  })
  const killed = inOwnProcess('keep')
  await recorded(runId, 4)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  await keeping(async () => expect(await closed(runId)).toMatchObject({ status: 'finished', nFailed: 0 }))
  const sweep = await readSweep(runId, store)
  if ('problem' in sweep) throw new Error(sweep.problem)
  const levels = describeSweep(sweep.levels, sweep.rows, { objectives: {}, cpuShares: new Map() })
  // A machine that is too busy to time an answer ends the search there.
  expect(levels.slice(0, 2)).toMatchObject([
    { load: { concurrency: 1 }, report: { n: 20 } },
    { load: { concurrency: 1 }, report: { n: 20, interruptedMs: null } },
  ])
  expect(levels[0]?.report?.clientLimits).toContain('interrupted')
  expect(levels[0]?.report?.interruptedMs).toBeGreaterThan(0)
  expect(toGroupRows(levels)[0]?.ranked).not.toContain(0)
})

test('a server that stops leaves its run after the probe in hand, and the next makes the rest', async () => {
  const { arrived, release } = front.hold(1)
  const runId = await queue({ mode: 'multi', runs: 6 })
  await keeping(async () => {
    await arrived
    // When it was told to stop.
    setImmediate(release)
  })
  expect(await store.readJob({ runId })).toMatchObject({ run: { status: 'running' } })
  expect(await recorded(runId, 1)).toHaveLength(1)
  await keeping(async () => expect(await closed(runId)).toMatchObject({ status: 'finished', nSucceeded: 6 }))
})

test('a provider without its key is called once, without a key, and its refusal names the variable to set', async () => {
  const runId = await keeping(async () => {
    const id = await queue({ mode: 'multi', runs: 3, targets: [{ provider: 'openai', model: 'gpt-5' }] })
    expect(await closed(id)).toMatchObject({ status: 'finished', nFailed: 1, nSkipped: 2 })
    return id
  })
  expect(keyless).toEqual([undefined])
  const [row] = await rowsOf(
    'select error_kind, fault_domain, status_code, error_message from benchmark_results where run_id = $1',
    [runId],
  )
  expect(row).toMatchObject({ error_kind: 'auth', fault_domain: 'account', status_code: 401 })
  expect(row?.['error_message']).toContain('OPENAI_API_KEY')
  expect(
    await rowsOf(`select distinct skip_reason from probes where run_id = $1 and status = 'skipped'`, [runId]),
  ).toEqual([{ skip_reason: 'no_key' }])
})
