import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../src/core/clock.ts'
import type { ErrorKind, FaultDomain } from '../../src/core/outcome.ts'
import { faultDomains } from '../../src/core/outcome.ts'
import type { Order, Plan } from '../../src/core/plan.ts'
import type { ConfiguredProvider } from '../../src/core/provider.ts'
import { startLagMonitor } from '../../src/probe/lag.ts'
import { probe } from '../../src/probe/probe.ts'
import { customEntry } from '../../src/registry/custom.ts'
import { execute } from '../../src/run/execute.ts'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'
import { type FaultName, faults } from '../../src/synthetic/faults.ts'
import { startSynthetic, type Synthetic } from '../../src/synthetic/server.ts'
import { openMigratedPglite } from '../support/databases.ts'
import { samplePlan, sampleProbe, sampleTarget } from '../support/samples.ts'

type Outcome = [kind: ErrorKind, domain: FaultDomain] | null

/**
 * What every fault comes to; null where the answer is still good. Written by hand, not taken from the code.
 */
const matrix: Record<FaultName, Outcome> = {
  unauthorized: ['auth', 'account'],
  'model-not-found': ['model_not_found', 'config'],
  'bad-request': ['bad_request', 'config'],
  'context-exceeded': ['context_exceeded', 'config'],
  'rate-limited': ['rate_limited', 'account'],
  'rate-limited-silently': ['rate_limited', 'account'],
  'payment-required': ['quota', 'account'],
  quota: ['quota', 'account'],
  'html-500': ['server_error', 'provider'],
  overloaded: ['overloaded', 'provider'],
  'overloaded-529': ['overloaded', 'provider'],
  'json-error-200': ['error_in_stream', 'provider'],
  'base-resp-200': ['auth', 'account'],
  'zai-code-msg-200': ['auth', 'account'],
  'region-403': ['bad_request', 'config'],
  'challenge-403': ['bad_request', 'config'],
  'apigee-500': ['rate_limited', 'account'],
  'gemini-retry-info': ['rate_limited', 'account'],
  'html-200': ['malformed', 'provider'],
  redirect: ['bad_request', 'config'],
  'hang-headers': ['timeout_first_token', 'provider'],
  'hang-first-token': ['timeout_first_token', 'provider'],
  'hang-mid-stream': ['timeout_idle', 'provider'],
  truncated: ['truncated', 'provider'],
  reset: ['reset', 'provider'],
  'error-event': ['error_in_stream', 'provider'],
  'error-text': ['error_in_stream', 'provider'],
  'error-finish': ['error_in_stream', 'provider'],
  'error-object': ['error_in_stream', 'provider'],
  'error-flat': ['auth', 'account'],
  'base-resp': ['rate_limited', 'account'],
  'cloudflare-errors': ['error_in_stream', 'provider'],
  malformed: ['malformed', 'provider'],
  empty: ['empty', 'provider'],
  'content-filter': ['content_filter', 'excluded'],
  'reasoning-only': ['budget_exhausted', 'config'],
  'finish-abort': ['error_in_stream', 'provider'],
  'finish-malformed': ['error_in_stream', 'provider'],
  'finish-filter-detail': ['content_filter', 'excluded'],
  'finish-null': ['truncated', 'provider'],
  'finish-unknown': null,
  'finish-shouted': null,
  'hidden-length': ['budget_exhausted', 'config'],
  'json-between-events': ['rate_limited', 'account'],
  'error-line': ['rate_limited', 'account'],
  'two-in-one-event': ['error_in_stream', 'provider'],
  'open-after-finish': null,
  refusal: null,
  'tool-call': null,
  'no-blank-line': null,
  'open-after-done': null,
  'no-done': null,
  'no-usage': null,
  gzip: null,
}

/** What can go wrong on our side of the wire. */
const ours: Record<string, { outcome: Outcome; change: Partial<ConfiguredProvider> }> = {
  'a key that no header holds': { outcome: ['self', 'self'], change: { key: 'sk-\u0000' } },
  'a base URL that may not be called': { outcome: ['bad_request', 'config'], change: { trusted: false } },
  'nobody at the port': { outcome: ['connect', 'provider'], change: { baseUrl: 'http://127.0.0.1:9/v1' } },
}

let sql: Sql
let server: Synthetic
beforeAll(async () => {
  server = await startSynthetic()
  sql = await openMigratedPglite()
})
afterAll(async () => {
  await server.close()
  await sql.close()
})

/** One provider for each domain, so that what lowers uptime can be told by provider. */
const idOf = (outcome: Outcome): string => `faults-${outcome?.[1] ?? 'none'}`

/** Makes one probe of each model, at the provider of the outcome that is expected of it. */
async function make(
  models: [string, Outcome][],
  { idle, order, change = {} }: { idle: number; order: Order; change?: Partial<ConfiguredProvider> },
) {
  const ids = [...new Set(models.map(([, outcome]) => idOf(outcome)))]
  const providers = ids.map((id): ConfiguredProvider => {
    const entry = customEntry({ name: id, baseUrl: server.url, model: '' })
    return { entry, baseUrl: server.url, key: null, synthetic: true, trusted: true, ...change }
  })
  const plan: Plan = samplePlan([], {
    providers: ids.map((id) => ({ id, name: id, baseUrl: server.url, logoUrl: null, synthetic: true })),
    probes: models.map(([model, outcome]) => sampleProbe(sampleTarget(model, idOf(outcome)))),
  })
  plan.settings.order = order
  plan.settings.timeouts = { connect: 5000, firstToken: 2 * idle, idle, total: 10_000 }
  const lag = startLagMonitor(systemClock)
  const store = createSqlStore(sql)
  const events = execute(plan, {
    store: {
      ...store,
      // Each fault is on its own here: nobody waits because another was told to.
      recordResult: async (result) => {
        const receipt = await store.recordResult(result)
        await sql.query('update providers set penalty_until = null')
        return receipt
      },
    },
    clock: systemClock,
    random: Math.random,
    providers,
    measure: (call) => probe(call, { clock: systemClock, lag, env: {}, egressAllow: [] }),
    owner: 'test',
    region: 'local',
    budget: null,
    whenUnreachable: 'fail',
    deadline: null,
    startBy: systemClock.now() + 30_000,
    uuid: randomUUID,
    sleep: () => Promise.resolve(),
    stop: new AbortController().signal,
  })
  for await (const event of events) if ('error' in event) throw new Error(event.error.message)
  lag.close()
}

const modelOf = (name: string) => `synthetic/fault/${name}/seed/7/frames/8/ttft_ms/4/delay_ms/2`

test('the table has every fault', () => {
  expect(Object.keys(matrix).toSorted()).toEqual(Object.keys(faults).toSorted())
})

const orders: Order[] = ['sequential', 'by_provider']

test.each(orders)('%s: every fault is recorded as what it is, and as whose fault it is', async (order) => {
  await sql.query('delete from benchmark_results')
  const rows = Object.entries(matrix).map(([name, outcome]): [string, Outcome] => [modelOf(name), outcome])
  const hangs = ([model]: [string, Outcome]) => model.includes('/hang-')
  await make(
    rows.filter((row) => !hangs(row)),
    { idle: 5000, order },
  )
  // On a busy machine the first token of the one that hangs after it takes a while.
  await make(rows.filter(hangs), { idle: 200, order })
  for (const [name, { outcome, change }] of Object.entries(ours))
    await make([[name, outcome]], { idle: 5000, order, change })

  const { rows: recorded } = await sql.query(
    'select model, success, error_kind, fault_domain from benchmark_results order by model',
  )
  const expected = [...rows, ...Object.entries(ours).map(([name, { outcome }]) => [name, outcome] as const)]
  expect(recorded).toHaveLength(expected.length)
  for (const [model, outcome] of expected)
    expect(recorded.find((row) => row['model'] === model)).toEqual({
      model,
      success: outcome === null,
      error_kind: outcome?.[0] ?? null,
      fault_domain: outcome?.[1] ?? null,
    })
})

test('only what is the fault of the provider counts against it', async () => {
  const { rows } = await sql.query(readFileSync('supabase/queries/error-rate.sql', 'utf8'))
  const counted = rows.map((row) => [
    row['provider'],
    Number(row['error_percent_7d']),
    Number(row['provider_error_percent_7d']),
  ])
  expect(new Set(counted.map((row) => JSON.stringify(row)))).toEqual(
    new Set(
      [
        ['faults-provider', 100, 100],
        ['faults-account', 100, 0],
        ['faults-config', 100, 0],
        ['faults-excluded', 100, 0],
        ['faults-self', 100, 0],
        ['faults-none', 0, 0],
      ].map((row) => JSON.stringify(row)),
    ),
  )
  expect(new Set(rows.map((row) => row['provider']))).toEqual(
    new Set(['faults-none', ...Object.values(faultDomains).map((domain) => `faults-${domain}`)]),
  )
})
