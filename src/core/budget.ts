import type { Settings } from './plan.ts'
import { costOf, type Price } from './price.ts'

/** What may be spent, in USD; null where there is no limit. */
export interface Budget {
  usdPerDay: number | null
  usdPerMonth: number | null
  /** What a model without a price is taken to cost, in USD per million tokens; without it such a model is not called under a budget. */
  maxPricePerM: number | null
}

/** Characters of a prompt that are at least one token, in every language and tokenizer seen. */
const fewestCharactersPerToken = 2
/** Tokens that a provider may add around a prompt. */
const framingTokens = 50

/** What a call may cost at most: as many tokens as the prompt can be, and the whole output limit, at the dearest rates of the price. */
export function estimateCall(
  settings: Pick<Settings, 'prompt'>,
  maxTokens: number,
  price: Price | null,
): { estimateUsd: number | null; inputUsd: number | null } {
  if (price === null) return { estimateUsd: null, inputUsd: null }
  const input = Math.ceil(settings.prompt.length / fewestCharactersPerToken) + framingTokens
  const usd = (output: number, reasoning: number) => {
    const usage = { ...unknownTokens, input, output, reasoning }
    return costOf(usage, { ...price, ...dearestRates(price), overrides: [] }, new Date(0)).computedUsd ?? 0
  }
  return { estimateUsd: Math.max(usd(maxTokens, 0), usd(maxTokens, maxTokens)), inputUsd: usd(0, 0) }
}

const unknownTokens = { cached: null, cacheWrite: null, source: null, costUsd: null }

/** Input and output at the dearest that a price has at any hour and size. */
const dearestRates = ({
  inputPerM,
  outputPerM,
  overrides,
}: Price): Pick<Price, 'inputPerM' | 'outputPerM'> => ({
  inputPerM: Math.max(inputPerM, ...overrides.map((each) => each.inputPerM ?? 0)),
  outputPerM: Math.max(outputPerM, ...overrides.map((each) => each.outputPerM ?? 0)),
})
