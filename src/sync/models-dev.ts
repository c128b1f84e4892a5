import { asObject } from '../core/json.ts'
import { type Price, priceOf, type RateOverride, type Rates, soundPrice } from '../core/price.ts'

type Fields = Record<string, unknown>

const names = {
  inputPerM: 'input',
  outputPerM: 'output',
  cachedPerM: 'cache_read',
  cacheWritePerM: 'cache_write',
  reasoningPerM: 'reasoning',
} as const satisfies Record<keyof Rates, string>

/** The price of a model in models.dev's api.json, `cost` in USD per million tokens; null if it has none. */
export function fromModelsDev(model: unknown, asOf: string): Price | null {
  const cost = asObject(asObject(model)?.['cost'])
  if (cost === null) return null
  const { inputPerM, outputPerM, ...parts } = ratesOf(cost)
  if (inputPerM === undefined || outputPerM === undefined) return null
  return soundPrice(
    priceOf({ ...parts, inputPerM, outputPerM, overrides: tiersOf(cost), source: 'models.dev', asOf }),
  )
}

function ratesOf(cost: Fields): Partial<Rates> {
  const entries = Object.entries(names).flatMap(([name, key]) => {
    const rate = cost[key]
    return typeof rate === 'number' && Number.isFinite(rate) && rate >= 0 ? [[name, rate] as const] : []
  })
  return Object.fromEntries(entries)
}

/** Tiers by context size; older files have a single one, above 200,000. */
function tiersOf({ tiers, context_over_200k: over200k }: Fields): RateOverride[] {
  const listed = Array.isArray(tiers) ? tiers.map(asObject).filter((tier) => tier !== null) : []
  const sized = listed.map((tier) => ({ size: asObject(tier['tier'])?.['size'], rates: ratesOf(tier) }))
  const older = asObject(over200k)
  const all = sized.length === 0 && older !== null ? [{ size: 200_000, rates: ratesOf(older) }] : sized
  return all.flatMap(({ size, rates }) =>
    typeof size === 'number' ? [{ overInputTokens: size, ...rates }] : [],
  )
}
