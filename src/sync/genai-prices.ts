import type { ConditionalPrice, ModelPrice } from '@pydantic/genai-prices'
import { type Price, priceOf, type RateOverride, type Rates, soundPrice } from '../core/price.ts'

/** The publication day of the prices bundled with the version in package.json. */
export const bundledOn = '2026-09-23'

/** Their names of the rates; a missing rate equals its parent's, as ours does. */
const names = {
  inputPerM: 'input_mtok',
  outputPerM: 'output_mtok',
  cachedPerM: 'cache_read_mtok',
  cacheWritePerM: 'cache_write_mtok',
  reasoningPerM: 'output_reasoning_mtok',
} as const satisfies Record<keyof Rates, string>

const rateNames = Object.keys(names) as (keyof Rates)[]

/**
 * Converts a price of @pydantic/genai-prices; null if it has no rate for input and output. Of several prices
 * theirs uses the last whose condition holds: so the last one in force without hours is the base, and hours
 * listed after it override it.
 */
export function fromGenaiPrices(
  prices: ConditionalPrice[] | ModelPrice,
  { at, asOf }: { at: Date; asOf: string },
): Price | null {
  const all = Array.isArray(prices) ? prices : [{ prices }]
  const inForce = all.filter((each) => hasBegun(each, at))
  const base = inForce.findLastIndex((each) => hoursOf(each) === null)
  const plain = ratesOf((inForce[base] ?? all[0])?.prices ?? {})
  if (plain.inputPerM === undefined || plain.outputPerM === undefined) return null
  const tiers = tiersOf((inForce[base] ?? all[0])?.prices ?? {})
  const windows = inForce.slice(base + 1).flatMap((each) => {
    const hours = hoursOf(each) ?? {}
    // Within its hours a price stands alone: a missing rate is not the base's.
    const rates = { cachedPerM: null, cacheWritePerM: null, reasoningPerM: null, ...ratesOf(each.prices) }
    return [{ ...hours, ...rates }, ...tiersOf(each.prices).map((tier) => ({ ...tier, ...hours }))]
  })
  const { inputPerM, outputPerM, ...parts } = plain
  const overrides = [...tiers, ...windows]
  return soundPrice(priceOf({ ...parts, inputPerM, outputPerM, overrides, source: 'genai-prices', asOf }))
}

const hasBegun = ({ constraint }: ConditionalPrice, at: Date): boolean =>
  constraint?.type !== 'start_date' || at >= new Date(constraint.start_date)

/** `01:00:00Z` and `04:00:00Z` as our hours; null if the price applies all day. */
function hoursOf({ constraint }: ConditionalPrice): Required<Pick<RateOverride, 'fromUtc' | 'toUtc'>> | null {
  if (constraint?.type !== 'time_of_date') return null
  return { fromUtc: minuteOf(constraint.start_time), toUtc: minuteOf(constraint.end_time) }
}

/** A time of day with its offset as a minute in UTC. */
const minuteOf = (time: string): string =>
  new Date(`2026-01-01T${time}`).toISOString().slice('2026-01-01T'.length, '2026-01-01T00:00'.length)

function ratesOf(price: ModelPrice): Partial<Rates> {
  const entries = rateNames.flatMap((name) => {
    const rate = price[names[name]]
    return rate === undefined ? [] : [[name, typeof rate === 'number' ? rate : rate.base] as const]
  })
  return Object.fromEntries(entries)
}

/** One override for each context size at which a rate changes. */
function tiersOf(price: ModelPrice): RateOverride[] {
  const steps = rateNames.flatMap((name) => {
    const rate = price[names[name]]
    return rate === undefined || typeof rate === 'number'
      ? []
      : rate.tiers.map((tier) => ({ name, over: tier.start, rate: tier.price }))
  })
  return [...Map.groupBy(steps, ({ over }) => over)]
    .toSorted(([a], [b]) => a - b)
    .map(([over, changes]) => ({
      overInputTokens: over,
      ...Object.fromEntries(changes.map(({ name, rate }) => [name, rate])),
    }))
}
