import { expect, test } from 'vitest'
import type { Price } from '../../../src/core/price.ts'
import { priceOf } from '../../../src/core/price.ts'
import { configuredProviders } from '../../../src/registry/configure.ts'
import { planBenchmark, type PlanParts } from '../../../src/jobs/plan-benchmark.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'

const { providers } = configuredProviders({ OPENAI_API_KEY: 'sk-a' })
const costing = (inputPerM: number, source: string) => priceOf({ inputPerM, outputPerM: 1, source })
const published = costing(7, 'genai-prices')

/** The price that a plan for one model is made with, and how often a published one was asked for. */
async function planned(recorded: Price | null): Promise<{ price: Price | null | undefined; asked: number }> {
  const model = {
    provider: 'openai',
    model: 'a-model',
    available: true,
    contextWindow: null,
    price: recorded,
  }
  let asked = 0
  let count = 0
  const parts: PlanParts = {
    store: {
      ...createMemoryStore(),
      readCatalog: () => Promise.resolve({ targets: [], paused: [], models: [model], pace: [] }),
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
      confirm: false,
      budget: null,
      region: 'local',
      schedule: { name: 'benchmark', cron: '* * * * *' },
    },
    findPrice: () => {
      asked += 1
      return Promise.resolve(published)
    },
    sleep: () => Promise.resolve(),
    stop: new AbortController().signal,
  }
  const request = { trigger: 'manual', scheduled: false, providers: [], model: 'a-model', runs: 1 } as const
  const outcome = await planBenchmark(request, parts)
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
