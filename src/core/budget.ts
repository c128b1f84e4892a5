import type { Settings } from './plan.ts'
import { type Price, priceOf, type Rates } from './price.ts'

/** Spending limits in USD; null if there is none. */
export interface Budget {
  usdPerDay: number | null
  usdPerMonth: number | null
  /**
   * The assumed price of a model without one, in USD per million tokens; if null, a budget excludes such
   * models.
   */
  maxPricePerM: number | null
}

/** No language and tokenizer seen has fewer bytes per token. */
const fewestBytesPerToken = 2
/** Tokens a provider may add around a prompt. */
const framingTokens = 50
/** Filler has four bytes per token of ours, so no tokenizer makes more than two tokens of one. */
const tokensPerFillerToken = 2

/** What a call sends and may receive, in tokens. */
interface CallSize {
  maxTokens: number
  /** Of filler, by our tokenizer; null without. */
  contextTokens: number | null
}

/**
 * The upper bound of a call's cost: the most tokens that prompt and filler can have plus the whole output limit,
 * at the highest rates.
 */
export function estimateCall(
  settings: Pick<Settings, 'prompt'>,
  { maxTokens, contextTokens }: CallSize,
  price: Price | null,
): { estimateUsd: number | null; inputUsd: number | null } {
  if (price === null) return { estimateUsd: null, inputUsd: null }
  const prompt = Math.ceil(Buffer.byteLength(settings.prompt) / fewestBytesPerToken)
  const input = prompt + tokensPerFillerToken * (contextTokens ?? 0) + framingTokens
  const inputUsd = (input * highest(price, ['inputPerM', 'cachedPerM', 'cacheWritePerM'])) / 1e6
  const outputUsd = (maxTokens * highest(price, ['outputPerM', 'reasoningPerM'])) / 1e6
  return { estimateUsd: inputUsd + outputUsd, inputUsd }
}

/** What an unknown price is assumed to be under a budget; null if that excludes such models, or there is none. */
export function assumedPrice(budget: Budget | null): Price | null {
  const most = budget?.maxPricePerM ?? null
  return most === null ? null : priceOf({ inputPerM: most, outputPerM: most, source: 'assumed' })
}

/** The highest of some rates of a price, at any hour and context size. */
const highest = (price: Price, names: readonly (keyof Rates)[]): number =>
  Math.max(...[price, ...price.overrides].flatMap((rates) => names.map((name) => rates[name] ?? 0)))
