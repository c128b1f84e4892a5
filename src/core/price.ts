import type { Usage } from './usage.ts'

/** What a model costs, in USD per million tokens. A rate that is null is charged like plain input or output. */
export interface Price {
  inputPerM: number
  outputPerM: number
  cachedPerM: number | null
  reasoningPerM: number | null
  /** Who says so: `registry`, `manual`, `provider`, ... */
  source: string
}

/** The cost of one call and where it came from; an unknown cost is null, never 0. */
export interface Cost {
  usd: number | null
  source: 'provider' | 'price' | null
}

/** The cost of a call: what the provider charged if it says so, else usage times price. Cached and reasoning tokens have rates of their own. */
export function costOf(usage: Usage, price: Price | null): Cost {
  if (usage.costUsd !== null) return { usd: usage.costUsd, source: 'provider' }
  if (price === null || usage.input === null || usage.output === null) return { usd: null, source: null }
  const cached = Math.min(usage.cached ?? 0, usage.input)
  const reasoning = Math.min(usage.reasoning ?? 0, usage.output)
  const total =
    (usage.input - cached) * price.inputPerM +
    cached * (price.cachedPerM ?? price.inputPerM) +
    (usage.output - reasoning) * price.outputPerM +
    reasoning * (price.reasoningPerM ?? price.outputPerM)
  return { usd: total / 1e6, source: 'price' }
}
