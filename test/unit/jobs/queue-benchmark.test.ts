import { expect, test } from 'vitest'
import { type Price, priceOf } from '../../../src/core/price.ts'
import type { JobRequest } from '../../../src/jobs/job-request.ts'
import { cancelBenchmark, estimateBenchmark, queueBenchmark } from '../../../src/jobs/queue-benchmark.ts'
import type { Sweep } from '../../../src/jobs/sweep.ts'
import { newRun } from '../../../src/store/memory.ts'
import type { QueuedRun, QueueInput } from '../../../src/store/job-codec.ts'
import type { Catalog } from '../../../src/store/catalog-codec.ts'
import { StoreError } from '../../../src/store/store.ts'
import { testApp } from '../../support/app.ts'
import { stubStore } from '../../support/stub-store.ts'

const rate = { limit: 20, remaining: 19, resetS: 3600 }
/** 1 USD per million tokens of input, 100 of output. */
const price = priceOf({ inputPerM: 1, outputPerM: 100, source: 'manual' })

/** An app whose database knows a model of OpenAI, Groq and a custom endpoint, and what is queued in it. */
function setUp(
  more: {
    env?: Record<string, string>
    prices?: Record<string, Price>
    answer?: QueuedRun
    /** A provider that has had a sweep, whose calls took 600 ms. */
    swept?: string
  } = {},
) {
  const { prices = { openai: price, groq: price }, answer } = more
  const catalog: Catalog = {
    targets: [],
    regions: [],
    lanes: [],
    paused: [],
    models: ['openai', 'groq', 'custom'].map((provider) => ({
      provider,
      model: 'm',
      available: true,
      contextWindow: 1000,
      price: prices[provider] ?? null,
    })),
    pace: [
      { provider: 'openai', typicalMs: 2000 },
      { provider: 'groq', typicalMs: 500 },
    ],
  }
  const queued: QueueInput[] = []
  const store = stubStore({
    readCatalog: () => Promise.resolve(catalog),
    listSweeps: ({ provider }) =>
      Promise.resolve({ rows: provider === more.swept ? [{ run: { id: 'a' } }] : [], next: null } as never),
    listResults: ({ runId }) =>
      Promise.resolve({
        rows: runId === 'a' ? [500, 700, 600].map((ms) => ({ total_latency_ms: ms })) : [],
      } as never),
    queueRun: (input) => {
      queued.push(input)
      const run = newRun(input.plan, input.region, new Date(0))
      return Promise.resolve(answer ?? { run, place: 1, isCancelling: false, created: true, rate })
    },
    close: () => Promise.resolve(),
  })
  const app = testApp({ OPENAI_API_KEY: 'sk-a', GROQ_API_KEY: 'gsk-a', ...more.env }, store)
  return { app, queued }
}

const request: JobRequest = {
  mode: 'multi',
  targets: [{ provider: 'openai', model: 'm' }],
  prompt: 'x'.repeat(100),
  maxTokens: 500,
  temperature: 0.7,
  runs: 4,
  concurrency: 2,
  contextTiers: [0],
  warmup: false,
  order: 'sequential',
  maxCostUsd: null,
}
const asker = { client: '10.0.0.1', idempotencyKey: 'k' }

// A prompt of 100 bytes is 50 tokens at most, and 50 more of framing: 0.0001 USD; 500 tokens of output: 0.05.
const usdOfCall = 0.0501

test('an estimate has the calls, the most they may cost and how long they take, as the mode paces them', async () => {
  const { app } = setUp()
  const estimated = async (more: Partial<JobRequest>) => {
    const answer = await estimateBenchmark({ ...request, ...more }, app)
    if ('refusal' in answer) throw new Error(answer.refusal.message)
    expect(answer.wouldRefuse).toBeNull()
    return answer.estimate
  }
  const both = { targets: ['openai', 'groq'].map((provider) => ({ provider, model: 'm' })) }
  expect(await estimated({})).toEqual({
    probes: 4,
    beginsWith: null,
    skipped: [],
    costUsd: expect.closeTo(4 * usdOfCall, 9),
    unpriced: [],
    seconds: 8,
    longestSeconds: 480,
  })
  expect(await estimated({ mode: 'concurrent', runs: 5 })).toMatchObject({ probes: 5, seconds: 6 })
  expect(await estimated({ mode: 'comparison', ...both })).toMatchObject({ probes: 8, seconds: 10 })
  expect(await estimated({ mode: 'comparison', order: 'by_provider', ...both })).toMatchObject({
    seconds: 8,
  })
  // 900 tokens of filler and 500 of output do not fit into a window of 1000.
  expect(await estimated({ contextTiers: [0, 900] })).toMatchObject({
    probes: 4,
    skipped: [{ provider: 'openai', model: 'm', contextTokens: 900, n: 4 }],
  })
})

test('calls of a provider of which nothing is known take as long as those of its latest sweep, and else nobody knows', async () => {
  const sweep = {
    loads: [{ concurrency: 2 }],
    total: 18,
    maxCostUsd: null,
    maxErrors: null,
    ownEndpoint: false,
  }
  const due = {
    ...sweep,
    loads: [{ rate: 2, arrivals: 'constant', seed: null, slots: 8 } as const],
    total: 11,
  }
  const secondsOf = async (more: Partial<JobRequest>, swept?: string) => {
    const env = { LLM_BASE_URL: 'http://127.0.0.1:1/v1', LLM_MODEL: 'm' }
    const { app } = setUp({ env, ...(swept !== undefined && { swept }) })
    const asked = { ...request, targets: [{ provider: 'custom', model: 'm' }], ...more }
    const answer = await estimateBenchmark(asked, app)
    if ('refusal' in answer) throw new Error(answer.refusal.message)
    return answer.estimate.seconds
  }
  expect(await secondsOf({})).toBeNull()
  expect(await secondsOf({ sweep })).toBeNull()
  expect(await secondsOf({}, 'custom')).toBeCloseTo(4 * 0.6, 9)
  // 18 calls and 2 to warm up, two at a time.
  expect(await secondsOf({ sweep }, 'custom')).toBeCloseTo(10 * 0.6, 9)
  // 21 calls are due within 10 s, however long they take.
  expect(await secondsOf({ sweep: due })).toBe(10)
})

test('what a sweep that grows may come to is bounded by its search, its calls and what it may cost', async () => {
  const base = { maxCostUsd: null, maxErrors: null, ownEndpoint: true, mostCalls: 20_000 }
  const search = { most: 8, goodput: null, objectives: {}, callsPerClient: 10 }
  const climb = { ...base, loads: [{ concurrency: 1 }], total: 50, search }
  const { app } = setUp({ env: { GROQ_API_KEY: '' } })
  const estimated = async (sweep: Sweep, more: Partial<JobRequest> = {}) => {
    const answer = await estimateBenchmark({ ...request, mode: 'sweep', ...more, sweep }, app)
    if ('refusal' in answer) throw new Error(answer.refusal.message)
    return answer.estimate
  }
  // At 1, 2, 4 and 8 in flight: the first answers that warm up, then 50 calls, or ten for each client.
  const calls = 51 + 52 + 54 + 88
  expect(await estimated(climb)).toMatchObject({
    probes: calls,
    beginsWith: 51,
    costUsd: expect.closeTo(calls * usdOfCall, 9) as number,
    seconds: null,
    longestSeconds: 120 * (51 + 26 + 14 + 11),
  })
  expect(await estimated({ ...climb, mostCalls: 100, maxCostUsd: 2 })).toMatchObject({
    probes: 100,
    costUsd: 2,
  })
  // Clients that send for a minute: who knows how often. Usually a call takes two seconds.
  const lasting = { ...base, loads: [{ concurrency: 4, thinkMs: 500 }], total: 50, durationMs: 60_000 }
  expect(await estimated(lasting)).toMatchObject({
    probes: 20_000,
    beginsWith: 104,
    costUsd: expect.closeTo(20_000 * usdOfCall, 6) as number,
    seconds: 2 * 2 + 0.5 + 60,
    longestSeconds: 2 * 120 + 0.5 + 60,
  })
  // Without a key a call is refused, and nothing more is called.
  const keyless = { targets: [{ provider: 'groq', model: 'm' }] }
  const once = { probes: 1, beginsWith: 1, costUsd: 0 }
  expect(await estimated(climb, keyless)).toMatchObject(once)
  expect(await estimated(lasting, keyless)).toMatchObject({ ...once, beginsWith: null })
})

test.for<[string, Partial<JobRequest>, Parameters<typeof setUp>[0], string | null]>([
  ['19 calls are below a dollar', { runs: 19 }, {}, null],
  ['20 calls are above', { runs: 20 }, {}, 'too_costly'],
  ['20 calls are allowed', { runs: 20, maxCostUsd: 1.01 }, {}, null],
  ['20 calls are more than was allowed', { runs: 20, maxCostUsd: 1 }, {}, 'over_max_cost'],
  ['a budget has its own rules', { runs: 20 }, { env: { BUDGET_USD_PER_DAY: '5' } }, null],
  [
    'what was allowed holds under a budget too',
    { maxCostUsd: 0 },
    { env: { BUDGET_USD_PER_DAY: '5' } },
    'over_max_cost',
  ],
  ['nobody knows the price', {}, { prices: {} }, 'cost_unknown'],
  ['nobody knows the price, and it is allowed', { maxCostUsd: 0.5 }, { prices: {} }, null],
  [
    'an endpoint of this machine costs nothing',
    { targets: [{ provider: 'custom', model: 'm' }] },
    { env: { LLM_BASE_URL: 'http://127.0.0.1:9/v1', LLM_MODEL: 'm' } },
    null,
  ],
  [
    'an endpoint elsewhere may',
    { targets: [{ provider: 'custom', model: 'm' }] },
    { env: { LLM_BASE_URL: 'https://llm.example/v1', LLM_MODEL: 'm' } },
    'cost_unknown',
  ],
  ['no such provider', { targets: [{ provider: 'OPENAI_API_KEY', model: 'm' }] }, {}, 'bad_selection'],
  [
    'an endpoint that is not configured',
    { targets: [{ provider: 'custom', model: 'm' }] },
    {},
    'bad_selection',
  ],
  ['nothing', { targets: [] }, {}, 'bad_selection'],
  ['a model without a name', { targets: [{ provider: 'openai', model: ' ' }] }, {}, 'bad_selection'],
  ['several calls in mode single', { mode: 'single' }, {}, 'bad_selection'],
])('whether a run may begin: %s', async ([, more, state, kind]) => {
  const { app, queued } = setUp(state)
  const answer = await queueBenchmark({ ...request, ...asker, ...more }, app)
  expect('refusal' in answer ? answer.refusal.kind : null).toBe(kind)
  expect(queued).toHaveLength(kind === null ? 1 : 0)
})

test('what is queued is planned for these targets alone, each once, and says who asked only as hashes', async () => {
  const { app, queued } = setUp()
  const targets = [...request.targets, { provider: 'groq', model: 'brand-new' }, ...request.targets]
  const answer = await queueBenchmark(
    { ...request, ...asker, mode: 'comparison', targets, maxCostUsd: 3 },
    app,
  )
  expect(answer).toMatchObject({ place: 1, created: true, rate, estimate: { probes: 8 } })
  const [{ plan, limits, idempotencyKey, maxCostUsd }] = queued as [QueueInput]
  expect(plan).toMatchObject({ trigger: 'api', mode: 'comparison', adhoc: true, schedule: null, slot: null })
  expect(plan.settings).toMatchObject({ prompt: request.prompt, maxTokens: 500, confirm: false })
  const called = plan.probes.map(({ target }) => `${target.provider} ${target.model}`)
  expect(Object.groupBy(called, (name) => name)).toMatchObject({
    'openai m': { length: 4 },
    'groq brand-new': { length: 4 },
  })
  expect(maxCostUsd).toBe(3)
  expect(limits).toEqual({ client: expect.stringMatching(/^[0-9a-f]{64}$/), perHour: 20, maxQueued: 100 })
  expect(idempotencyKey).toMatch(/^[0-9a-f]{64}$/)
  expect(JSON.stringify(queued)).not.toContain('10.0.0.1')
})

test('a provider without its key is planned once per model, costs nothing, and says why the rest is skipped', async () => {
  const { app, queued } = setUp({ env: { OPENAI_API_KEY: '' }, prices: {} })
  const targets = ['m', 'n'].map((model) => ({ provider: 'openai', model }))
  const answer = await queueBenchmark({ ...request, ...asker, targets, warmup: true }, app)
  expect(answer).toMatchObject({ estimate: { probes: 2, costUsd: 0, unpriced: [] } })
  const made = queued[0]?.plan.probes.filter(({ skipReason }) => skipReason === undefined) ?? []
  expect(made.map(({ target }) => target.model).toSorted()).toEqual(['m', 'n'])
  expect(made.map(({ warmup }) => warmup)).toEqual([false, false])
  const skipped = queued[0]?.plan.probes.filter(({ skipReason }) => skipReason === 'no_key')
  expect(skipped).toHaveLength(8)
})

test('without a key the call with the least context is made, wherever the plan has it', async () => {
  const { app, queued } = setUp({ env: { OPENAI_API_KEY: '' }, prices: {} })
  const targets = Array.from({ length: 10 }, (_, n) => ({ provider: 'openai', model: `m${n}` }))
  await queueBenchmark({ ...request, ...asker, targets, contextTiers: [5000, 0, 1000], warmup: true }, app)
  const made = queued[0]?.plan.probes.filter(({ skipReason }) => skipReason === undefined) ?? []
  expect(made.map(({ contextTokens, warmup }) => [contextTokens, warmup])).toEqual(
    targets.map(() => [null, false]),
  )
})

test('a refusal of the queue says when to come back', async () => {
  const full = { limit: 20, remaining: 0, resetS: 90 }
  const { app } = setUp({ answer: { refused: 'rate_limited', rate: full } })
  expect(await queueBenchmark({ ...request, ...asker }, app)).toEqual({
    refusal: { kind: 'rate_limited', rate: full, message: expect.stringContaining('90 s') },
  })
})

test('to cancel a run that is not there is refused; what the database fails at is thrown', async () => {
  const failing = (code: string | null) =>
    testApp({}, stubStore({ cancelRun: () => Promise.reject(new StoreError('invalid', 'no', { code })) }))
  expect(await cancelBenchmark('x', failing('P0002'))).toMatchObject({ refusal: { kind: 'no_such_run' } })
  await expect(cancelBenchmark('x', failing(null))).rejects.toThrow('no')
})
