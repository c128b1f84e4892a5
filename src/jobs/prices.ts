import type { Clock } from '../core/clock.ts'
import type { Target } from '../core/plan.ts'
import type { Price } from '../core/price.ts'
import type { ConfiguredProvider, ProviderEntry } from '../core/provider.ts'
import type { Catalog } from '../store/catalog-codec.ts'

/** The published price of a model; null if nobody publishes one. */
export type FindPrice = (provider: ProviderEntry, model: string, at: Date) => Promise<Price | null>

/** What prices are looked up with. */
export interface PriceParts {
  configured: readonly ConfiguredProvider[]
  findPrice: FindPrice
  clock: Clock
}

/**
 * The recorded price of each target, else the published one. Prices with source `registry` are older than
 * sources.
 */
export async function pricesOf(
  targets: readonly Target[],
  known: Catalog['models'],
  { configured, findPrice, clock }: PriceParts,
): Promise<(target: Target) => Price | null> {
  const prices = new Map<Target, Price | null>()
  const recordedPrices = new Map(known.map((each) => [keyOf(each), each.price]))
  for (const target of targets) {
    const { provider, model } = target
    const recorded = recordedPrices.get(keyOf(target)) ?? null
    const entry = configured.find(({ entry: { id } }) => id === provider)?.entry
    const isOld = recorded === null || recorded.source === 'registry'
    const published = isOld && entry?.pricedAs ? await findPrice(entry, model, clock.date()) : null
    prices.set(target, published ?? recorded)
  }
  return (target) => prices.get(target) ?? null
}

const keyOf = ({ provider, model }: { provider: string; model: string }): string =>
  JSON.stringify([provider, model])
