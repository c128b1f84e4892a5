import { assumedPrice, estimateCall } from '../core/budget.ts'
import type { Catalog, KnownTarget } from '../store/catalog-codec.ts'
import type { Defaults } from './config.ts'
import { type PriceParts, pricesOf } from './prices.ts'

/** What a call costs in USD: as it usually does, if anybody knows, and at most. */
export interface CallCost {
  usd: number
  mostUsd: number
}

/** What a scheduled call of each target of a catalog that was read with costs costs; null without a price. */
export async function callCostsOf(
  { targets, models }: Catalog,
  parts: PriceParts & { defaults: Pick<Defaults, 'prompt' | 'maxTokens' | 'budget'> },
): Promise<(target: KnownTarget) => CallCost | null> {
  const { prompt, maxTokens: usualLimit, budget } = parts.defaults
  const knownPrice = await pricesOf(targets, models, parts)
  return (target) => {
    const size = { maxTokens: target.parameters.maxTokens ?? usualLimit, contextTokens: null }
    const { estimateUsd } = estimateCall({ prompt }, size, knownPrice(target) ?? assumedPrice(budget))
    return estimateUsd === null ? null : { usd: target.typicalUsd ?? estimateUsd, mostUsd: estimateUsd }
  }
}

/** How many regions call a target: its own, or those of the last slots and another one. */
export const regionsOf = ({ regions }: Pick<Catalog, 'regions'>, here: string): number =>
  new Set([...regions, here]).size
