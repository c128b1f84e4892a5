/** The source of token counts, from most to least exact. */
export type TokenSource = 'usage' | 'tokenizer' | 'events'

/** The tokens of one call; null if unknown. `output` includes reasoning, `input` includes cached. */
export interface Usage {
  input: number | null
  output: number | null
  reasoning: number | null
  cached: number | null
  /** Input written to the provider's cache. */
  cacheWrite: number | null
  source: TokenSource | null
  /** The charge the provider reported, in USD. */
  costUsd: number | null
}

/** How reasoning was streamed: in full, only as a summary or encrypted, or not at all. */
export type ReasoningForm = 'full' | 'summary' | 'none'
