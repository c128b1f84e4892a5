import { expect, test } from 'vitest'
import type { Price } from '../../../src/core/price.ts'
import { priceOf } from '../../../src/core/price.ts'
import { configuredProviders } from '../../../src/registry/configure.ts'
import { type BenchmarkSelection, planBenchmark, type PlanParts } from '../../../src/jobs/plan-benchmark.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import type { Catalog } from '../../../src/store/catalog-codec.ts'

const { providers } = configuredProviders({ OPENAI_API_KEY: 'sk-a' })
const costing = (inputPerM: number, source: string) => priceOf({ inputPerM, outputPerM: 1, source })
const published = costing(7, 'genai-prices')

const selection = { trigger: 'manual', scheduled: false, providers: [], model: 'a-model', runs: 1 } as const
const model = { provider: 'openai', model: 'a-model', available: true, contextWindow: null, price: null }

interface Wanted {
  confirm?: boolean
  targets?: Catalog['targets']
}

/** A plan for known models, by default one, and how often a published price was asked for. */
async function planFor(
  models: Catalog['models'],
  { confirm = false, targets = [], ...more }: Partial<BenchmarkSelection> & Wanted = {},
) {
  let asked = 0
  let count = 0
  const parts: PlanParts = {
    store: {
      ...createMemoryStore(),
      readCatalog: () => Promise.resolve({ targets, paused: [], models, pace: [], regions: [], lanes: [] }),
    },
    clock: { now: () => 0, date: () => new Date(0) },
    random: () => 0,
    uuid: () => `id-${(count += 1)}`,
    configured: providers,
    isReachable: true,
    mayGoWithout: false,
    startBy: 0,
    defaults: {
      prompt: 'Hi',
      maxTokens: 9,
      temperature: 0,
      timeouts: { connect: 1, firstToken: 1, idle: 1, total: 1 },
      order: 'sequential',
      confirm,
      budget: null,
      thins: true,
      region: 'local',
      schedule: { name: 'benchmark', cron: '* * * * *' },
    },
    egressAllow: [],
    findPrice: () => {
      asked += 1
      return Promise.resolve(published)
    },
    sleep: () => Promise.resolve(),
    stop: new AbortController().signal,
  }
  return { outcome: await planBenchmark({ ...selection, ...more }, parts), asked }
}

/** The price that a plan is made with, and how often a published one was asked for. */
async function planned(recorded: Price | null): Promise<{ price: Price | null | undefined; asked: number }> {
  const { outcome, asked } = await planFor([{ ...model, price: recorded }])
  if ('refusal' in outcome) throw new Error(outcome.refusal.message)
  return { price: outcome.plan.probes[0]?.price, asked }
}

test('a recorded price is planned with, and no published one is looked up', async () => {
  const own = costing(3, 'manual')
  expect(await planned(own)).toEqual({ price: own, asked: 0 })
})

test('without one, or with one from before there were sources, it is the published price', async () => {
  expect(await planned(null)).toEqual({ price: published, asked: 1 })
  expect(await planned(costing(3, 'registry'))).toEqual({ price: published, asked: 1 })
})

async function made(more: Parameters<typeof planFor>[1], models = [model]) {
  const { outcome } = await planFor(models, more)
  if ('refusal' in outcome) return outcome.refusal
  const { mode, settings, probes } = outcome.plan
  const { concurrency, confirm } = settings
  return {
    mode,
    concurrency,
    confirm,
    calls: probes.map(({ iteration, contextTokens }) => [iteration, contextTokens]),
  }
}

test('without a mode, one call is single and several are multi, a warm-up included', async () => {
  expect(await made({})).toMatchObject({ mode: 'single', calls: [[1, null]] })
  expect(await made({ runs: 2 })).toMatchObject({ mode: 'multi' })
  expect(await made({ contextTiers: [0, 100] })).toMatchObject({ mode: 'multi' })
  expect(await made({ warmup: true })).toMatchObject({
    mode: 'multi',
    calls: [
      [0, null],
      [1, null],
    ],
  })
  expect(await made({ contextTiers: [100] })).toMatchObject({ mode: 'single', calls: [[1, 100]] })
})

test('only a concurrent run has calls at once, and it rechecks nothing', async () => {
  expect(await made({ mode: 'concurrent', runs: 2, concurrency: 7, confirm: true })).toMatchObject({
    mode: 'concurrent',
    concurrency: 7,
    confirm: false,
  })
  expect(await made({ mode: 'concurrent', runs: 2 })).toMatchObject({ concurrency: 5 })
  expect(await made({ mode: 'comparison', runs: 2, concurrency: 7, confirm: true })).toMatchObject({
    mode: 'comparison',
    concurrency: 1,
    confirm: true,
  })
})

test('single mode is one call without a warm-up; a selection of more is refused with what it would be', async () => {
  expect(await made({ mode: 'single', warmup: true })).toMatchObject({ mode: 'single', calls: [[1, null]] })
  const several = { ...model, model: 'a-model-2' }
  const asked = { mode: 'single', model: 'a-mod' } as const
  expect(await made(asked, [model, several])).toEqual({
    kind: 'bad_selection',
    message:
      'Mode single is one call, and this is 2: 2 targets, 1 call each. Name one model and one context tier, or choose mode multi or comparison.',
  })
  expect(await made({ mode: 'single', contextTiers: [0, 9] })).toMatchObject({
    message: expect.stringContaining('this is 2: 1 target, 2 calls each'),
  })
})

test('the context window of the catalog decides which tiers are called', async () => {
  const { outcome } = await planFor([{ ...model, contextWindow: 1000 }], { contextTiers: [0, 891, 892] })
  const skipped = 'plan' in outcome ? outcome.plan.probes.flatMap(({ skipReason }) => skipReason ?? []) : []
  expect(skipped).toEqual(['context window 1000 < 892 + 9 + 100'])
})

/** Targets of the hour that are called in each slot, are not due until the next hour, and are. The slot is the epoch. */
const hourly = {
  everyMinutes: 60,
  provider: 'openai',
  parameters: { reasoning: 'least' },
  region: null,
  thinnedMinutes: null,
  typicalUsd: null,
} as const
const spaced: Catalog['targets'] = [
  { ...hourly, id: 'a', model: 'always', everyMinutes: null, lastSlot: new Date(0) },
  { ...hourly, id: 'b', model: 'called', lastSlot: new Date(0) },
  { ...hourly, id: 'c', model: 'due', lastSlot: new Date(-3_600_000) },
]
const calledOf = async (more: Parameters<typeof planFor>[1]) => {
  const { outcome } = await planFor([], { model: null, ...more })
  if ('refusal' in outcome) throw new Error(outcome.refusal.message)
  return outcome.plan.probes.map(({ target }) => target.model).toSorted()
}

test('a scheduled run calls the targets that are due in its slot, and one by hand calls all', async () => {
  expect(await calledOf({ targets: spaced, scheduled: true })).toEqual(['always', 'due'])
  expect(await calledOf({ targets: spaced })).toEqual(['always', 'called', 'due'])
})

test('a slot in which none is due has a plan without calls, in which no default takes their place', async () => {
  const [, called] = spaced
  const listed = { ...model, model: 'gpt-5.4-nano' }
  const targets = called === undefined ? [] : [called]
  const { outcome } = await planFor([listed], { model: null, targets, scheduled: true })
  expect(outcome).toMatchObject({
    plan: { mode: 'scheduled', slot: new Date(0), probes: [], synthetic: false },
  })
})
