import { expect, test } from 'vitest'
import { priceOf } from '../../../src/core/price.ts'
import { readCapacity, type Widening } from '../../../src/jobs/capacity.ts'
import type { Catalog, KnownTarget } from '../../../src/store/catalog-codec.ts'
import { createMemoryStore } from '../../../src/store/memory.ts'
import { testApp } from '../../support/app.ts'
import { stubStore } from '../../support/stub-store.ts'

const target = (model: string, more: Partial<KnownTarget> = {}): KnownTarget => ({
  id: model,
  provider: 'openai',
  model,
  parameters: { reasoning: 'least' },
  region: null,
  everyMinutes: null,
  lastSlot: null,
  thinnedMinutes: null,
  typicalUsd: 0.001,
  ...more,
})

/** What a schedule of half hours takes, or would if it were wider. */
function capacity(targets: KnownTarget[], widening: Partial<Widening> = {}) {
  const catalog: Catalog = {
    targets,
    paused: [],
    models: targets.slice(0, 1).map(({ provider, model }) => ({
      provider,
      model,
      available: true,
      contextWindow: null,
      price: priceOf({ inputPerM: 0, outputPerM: 10, source: 'manual' }),
    })),
    pace: [{ provider: 'openai', typicalMs: 1000 }],
    regions: ['fra'],
    lanes: [{ provider: 'openai', lanes: 6 }],
  }
  const store = stubStore({ ...createMemoryStore(), readCatalog: () => Promise.resolve(catalog) })
  const env = {
    BENCHMARK_SCHEDULE: '*/30 * * * *',
    BENCHMARK_REGION: 'iad',
    BENCHMARK_MAX_TOKENS: '500',
    RETENTION_DAYS: '100',
  }
  const wider = { targets: null, regions: null, everyMinutes: null, ...widening }
  return readCapacity(wider, { app: testApp(env, store), store })
}

test('goes by the active targets, their intervals, regions and prices', async () => {
  const three = [
    target('priced'),
    target('seldom', { everyMinutes: 120 }),
    target('bound', { region: 'fra', everyMinutes: 60, thinnedMinutes: 240 }),
  ]
  const { probes_a_day: probes, bill, ...more } = await capacity(three)
  // 48 and 12 in each of 2 regions, and 6 in one.
  expect(probes).toBeCloseTo(126, 9)
  expect(more).toMatchObject({ targets: 3, regions: 2, workers: 2, fits: true })
  // 96 of $0.001, and at most 500 tokens of $10 per million; the others have no price.
  expect(bill.usd_a_day).toBeCloseTo(0.096, 9)
  expect(bill.most_usd_a_day).toBeCloseTo(0.48, 9)
  expect(bill.n_unpriced).toBeCloseTo(30, 9)
  expect(more.providers).toMatchObject([{ provider: 'openai', lanes: 6, lanes_needed: 1 }])
  // 12,600 probes in 100 days.
  expect(more.database.mb_kept).toBeCloseTo(0.0126 * 3190 + 126e-6 * 14 * 300, 6)
})

test('targets that are not there yet are like those that are, in as many regions, and as often', async () => {
  const two = [target('a'), target('b', { everyMinutes: 60 })]
  const wider = await capacity(two, { targets: 1000, regions: 5, everyMinutes: 15 })
  // 500 of 96 and 500 of 24 calls a day, in 5 regions.
  expect(wider.probes_a_day).toBeCloseTo(300_000, 6)
  expect(wider.probes_a_slot).toBeCloseTo(3125, 6)
  expect(wider).toMatchObject({ targets: 1000, regions: 5 })
  // 625 calls of 1 s in a region, in 720 s.
  expect(wider.in_flight).toBeCloseTo((5 * 625) / 720, 9)
})

test('without any target they are such that nobody knows their time or price', async () => {
  const wider = await capacity([], { targets: 100, regions: 1 })
  expect(wider).toMatchObject({ probes_a_day: 4800, bill: { usd_a_day: 0, n_unpriced: 4800 } })
  expect(wider.providers).toMatchObject([{ provider: 'unknown', lanes: 4, lanes_needed: 2 }])
  expect(await capacity([])).toMatchObject({ targets: 0, probes_a_day: 0, workers: 2, fits: true })
})
