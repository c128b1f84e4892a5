import type { Settings } from './plan.ts'
import type { Price, Rates } from './price.ts'

/** What may be spent, in USD; null where there is no limit. */
export interface Budget {
  usdPerDay: number | null
  usdPerMonth: number | null
  /** What a model without a price is taken to cost, in USD per million tokens; without it such a model is not called under a budget. */
  maxPricePerM: number | null
}

/** Bytes of a prompt that are at least one token, in every language and tokenizer seen. */
const fewestBytesPerToken = 2
/** Tokens that a provider may add around a prompt. */
const framingTokens = 50

/** What a call may cost at most: as many tokens as the prompt can be, and the whole output limit, at the dearest rates of the price. */
export function estimateCall(
  settings: Pick<Settings, 'prompt'>,
  maxTokens: number,
  price: Price | null,
): { estimateUsd: number | null; inputUsd: number | null } {
  if (price === null) return { estimateUsd: null, inputUsd: null }
  const input = Math.ceil(Buffer.byteLength(settings.prompt) / fewestBytesPerToken) + framingTokens
  const inputUsd = (input * dearest(price, ['inputPerM', 'cachedPerM', 'cacheWritePerM'])) / 1e6
  const outputUsd = (maxTokens * dearest(price, ['outputPerM', 'reasoningPerM'])) / 1e6
  return { estimateUsd: inputUsd + outputUsd, inputUsd }
}

/** The dearest of some rates that a price has at any hour and size. */
const dearest = (price: Price, names: readonly (keyof Rates)[]): number =>
  Math.max(...[price, ...price.overrides].flatMap((rates) => names.map((name) => rates[name] ?? 0)))
