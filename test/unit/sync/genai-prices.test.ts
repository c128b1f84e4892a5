import { calcPrice } from '@pydantic/genai-prices'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { costOf } from '../../../src/core/price.ts'
import type { Usage } from '../../../src/core/usage.ts'
import { providers } from '../../../src/registry/providers.ts'
import { bundledOn, fromGenaiPrices } from '../../../src/sync/genai-prices.ts'
import { readListing } from '../../../src/sync/listing.ts'

const folder = join(process.env['RECORDINGS'] ?? '../shared/recordings', 'models')
const recorded = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.body.json')) : []

/** Every id that we can name for a provider: its candidates, and what its recorded listing has. */
function idsOf(id: string): string[] {
  const entry = providers.find((each) => each.id === id)
  const prefix = id === 'gemini' ? 'generativelanguage' : id
  const listed = recorded
    .filter((file) => file.startsWith(prefix))
    .flatMap((file) => {
      const body: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'))
      return entry ? (readListing(body, entry.list, bundledOn)?.models ?? []) : []
    })
  return [...new Set([...(entry?.candidates ?? []), ...listed].map(({ model }) => model))]
}

const usages: Partial<Usage>[] = [
  { input: 520, output: 109 },
  { input: 1_000, output: 200, cached: 400, cacheWrite: 100 },
  { input: 199_999, output: 1 },
  { input: 200_001, output: 4_000 },
  { input: 272_001, output: 4_000, cached: 100_000 },
  { input: 600_000, output: 4_000, cached: 1, cacheWrite: 50_000 },
]
const moments = ['00:15', '01:00', '03:59', '04:00', '06:30', '12:00', '16:30', '23:59'].map(
  (time) => new Date(`2026-11-26T${time}:00Z`),
)

/** Both ways of computing a cost, where the library knows the model; null where it does not. */
function both(providerId: string, model: string, { usage, at }: { usage: Partial<Usage>; at: Date }) {
  const theirs = calcPrice(
    {
      input_tokens: usage.input ?? 0,
      output_tokens: usage.output ?? 0,
      cache_read_tokens: usage.cached ?? 0,
      cache_write_tokens: usage.cacheWrite ?? 0,
    },
    model,
    { providerId, timestamp: at },
  )
  if (theirs === null || theirs.provider.id !== providerId) return null
  const price = fromGenaiPrices(theirs.model.prices, { at, asOf: bundledOn })
  if (price === null) return null
  const whole = { cached: null, cacheWrite: null, reasoning: null, source: 'usage', costUsd: null } as const
  const ours = costOf({ input: null, output: null, ...whole, ...usage }, price, at).computedUsd
  return { theirs: theirs.total_price, ours: ours ?? NaN }
}

const known = providers.filter(({ pricedAs }) => pricedAs?.genaiPrices !== undefined)

test.each(known)(
  '$id: every cost equals that of genai-prices to 1e-9',
  ({ id, pricedAs }) => {
    let compared = 0
    const calls = usages.flatMap((usage) => moments.map((at) => ({ usage, at })))
    for (const model of idsOf(id)) {
      for (const { usage, at } of calls) {
        const costs = both(pricedAs?.genaiPrices ?? '', model, { usage, at })
        if (costs === null) continue
        compared += 1
        // The price of a model may have a part of its own for each request, which we have no rate for: none
        // does here.
        expect(
          Math.abs(costs.ours - costs.theirs),
          `${model} ${JSON.stringify(usage)} ${at.toISOString()}`,
        ).toBeLessThanOrEqual(1e-9 * costs.theirs)
      }
    }
    expect(compared).toBeGreaterThanOrEqual(usages.length * moments.length)
  },
  30_000,
)

test('hours and tiers become overrides, and future prices are left out', () => {
  const at = new Date('2026-11-26T12:00:00Z')
  const price = fromGenaiPrices(
    [
      { prices: { input_mtok: 1, output_mtok: 2 } },
      {
        constraint: { type: 'start_date', start_date: '2026-01-01' },
        prices: { input_mtok: { base: 3, tiers: [{ start: 100, price: 6 }] }, output_mtok: 4 },
      },
      {
        constraint: { type: 'time_of_date', start_time: '01:00:00Z', end_time: '04:30:00Z' },
        prices: { input_mtok: 9, output_mtok: 9 },
      },
      {
        constraint: { type: 'start_date', start_date: '2027-01-01' },
        prices: { input_mtok: 99, output_mtok: 99 },
      },
    ] as Parameters<typeof fromGenaiPrices>[0],
    { at, asOf: bundledOn },
  )
  expect(price).toMatchObject({
    inputPerM: 3,
    outputPerM: 4,
    overrides: [
      { overInputTokens: 100, inputPerM: 6 },
      { fromUtc: '01:00', toUtc: '04:30', inputPerM: 9, outputPerM: 9, cachedPerM: null },
    ],
  })
})

test('the day of the bundled prices belongs to the installed version', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>
  }
  expect([manifest.dependencies['@pydantic/genai-prices'], bundledOn]).toEqual(['0.1.8', '2026-09-23'])
})
