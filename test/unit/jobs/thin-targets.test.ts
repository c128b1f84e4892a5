import { expect, test } from 'vitest'
import { priceOf } from '../../../src/core/price.ts'
import { thinTargets, type ThinParts } from '../../../src/jobs/thin-targets.ts'
import { configuredProviders } from '../../../src/registry/configure.ts'
import type { Catalog, KnownTarget } from '../../../src/store/catalog-codec.ts'
import { StoreError } from '../../../src/store/store.ts'

const slot = new Date('2026-11-30T00:00:00Z')
const { providers } = configuredProviders({ OPENAI_API_KEY: 'sk-a' })

const target = (model: string, typicalUsd: number | null, more: Partial<KnownTarget> = {}): KnownTarget => ({
  id: model,
  provider: 'openai',
  model,
  parameters: { reasoning: 'least' },
  region: null,
  everyMinutes: null,
  lastSlot: null,
  thinnedMinutes: null,
  typicalUsd,
  ...more,
})
/** $10 per million tokens in and out: 100 tokens out, and 51 in of the prompt, cost 0.00151 at most. */
const known = ({ model }: KnownTarget): Catalog['models'][number] => ({
  provider: 'openai',
  model,
  available: true,
  contextWindow: null,
  price: priceOf({ inputPerM: 10, outputPerM: 10, source: 'manual' }),
})

interface Given {
  usdPerDay?: number | null
  thins?: boolean
  spentUsd?: number
  regions?: string[]
  models?: Catalog['models']
  /** How often the database is away before it answers. */
  failures?: number
}

async function thinned(targets: KnownTarget[], given: Given = {}) {
  const { usdPerDay = 1, thins = true, spentUsd = 0, regions = [], models = targets.map(known) } = given
  const written: unknown[] = []
  let { failures = 0 } = given
  let now = 0
  const parts: ThinParts = {
    store: {
      readBudget: () => {
        if ((failures -= 1) >= 0) return Promise.reject(new StoreError('unavailable', 'away'))
        const days = [
          { day: '2026-11-30', usd: spentUsd },
          { day: '2026-11-29', usd: 500 },
        ]
        return Promise.resolve({
          day: '2026-11-29',
          month: '2026-11',
          usd_today: 500,
          usd_this_month: 500,
          days,
        })
      },
      thinTargets: ({ rows }) => {
        written.push(...rows)
        return Promise.resolve({ changed: rows.length })
      },
    },
    defaults: {
      budget: usdPerDay === null ? null : { usdPerDay, usdPerMonth: null, maxPricePerM: null },
      thins,
      region: 'here',
      schedule: { name: 'benchmark', cron: '*/15 * * * *' },
      prompt: 'Hi',
      maxTokens: 100,
    },
    configured: providers,
    findPrice: () => Promise.resolve(null),
    clock: { now: () => now, date: () => slot },
    sleep: (ms) => Promise.resolve((now += ms)),
    startBy: 20_000,
    stop: new AbortController().signal,
  }
  const catalog: Catalog = { targets, regions, paused: [], models, pace: [], lanes: [] }
  const {
    catalog: { targets: after },
    leftOut,
    notes,
  } = await thinTargets(slot, catalog, parts)
  return { every: after.map(({ everyMinutes }) => everyMinutes), leftOut: [...leftOut], notes, written }
}

test('the dearest have the interval that the budget leaves them, which is kept and said', async () => {
  // In every slot they cost 0.0096, 0.096 and 4.80; every 2 hours 12 of $0.05 are 0.60, every hour too much.
  expect(await thinned([target('cheap', 0.0001), target('mid', 0.001), target('dear', 0.05)])).toEqual({
    every: [null, null, 120],
    leftOut: [],
    notes: ['1 of 3 targets is called less often, so that the budget lasts: openai dear every 2h.'],
    written: [{ id: 'dear', minutes: 120 }],
  })
})

test('only changes are written, and what is not thinned any more is cleared', async () => {
  const targets = [
    target('cheap', 0.0001, { thinnedMinutes: 30 }),
    target('dear', 0.05, { thinnedMinutes: 120 }),
  ]
  expect(await thinned(targets)).toMatchObject({ written: [{ id: 'cheap', minutes: null }] })
})

test.each([
  { usdPerDay: null, why: 'without a budget' },
  { thins: false, why: 'if it is switched off' },
])('none is thinned $why', async (given) => {
  const targets = [target('dear', 0.05, { thinnedMinutes: 120, everyMinutes: 60 })]
  expect(await thinned(targets, given)).toEqual({
    every: [60],
    leftOut: [],
    notes: [],
    written: [{ id: 'dear', minutes: null }],
  })
})

test('what was never called is expected to cost the most that it may; without a price it is left to the claim', async () => {
  // 96 calls of 0.00151 are 0.145.
  expect(await thinned([target('new', null)], { usdPerDay: 0.1 })).toMatchObject({ every: [30] })
  expect(await thinned([target('new', null)], { usdPerDay: 0.15 })).toMatchObject({ every: [null] })
  expect(await thinned([target('new', null)], { usdPerDay: 0.0001, models: [] })).toMatchObject({
    every: [null],
    leftOut: [],
  })
})

test('a target costs in each region that calls it: the last ones, and this one', async () => {
  const targets = [target('everywhere', 0.01), target('bound', 0.01, { region: 'there' })]
  // 0.96 a day in one region; of 2 the one is 1.92.
  expect(await thinned(targets, { usdPerDay: 2 })).toMatchObject({ every: [null, null] })
  expect(await thinned(targets, { usdPerDay: 2, regions: ['there'] })).toMatchObject({ every: [30, null] })
  expect(await thinned(targets, { usdPerDay: 2, regions: ['here'] })).toMatchObject({ every: [null, null] })
})

test('what was spent on the day of the slot counts, also if it is planned before that begins', async () => {
  const targets = [target('dear', 0.01)]
  expect(await thinned(targets)).toMatchObject({ every: [null] })
  expect(await thinned(targets, { spentUsd: 0.5 })).toMatchObject({ every: [30] })
})

test('what the budget has not even a call a day for is left out, and named', async () => {
  const targets = ['a', 'b', 'c', 'd', 'e'].map((name, index) => target(name, 2 + index))
  expect(await thinned(targets)).toMatchObject({
    leftOut: ['a', 'b', 'c', 'd', 'e'],
    notes: ['The budget has not even a call a day for openai a, openai b, openai c, 2 more.'],
  })
})

test('a database that is away for a moment is asked again', async () => {
  expect(await thinned([target('dear', 0.05)], { failures: 2 })).toMatchObject({ every: [120] })
  await expect(thinned([target('dear', 0.05)], { failures: 99 })).rejects.toThrow('away')
})
