/** Where the token counts of a result came from, from most to least exact. */
export type TokenSource = 'usage' | 'tokenizer' | 'events'

/** Tokens of one call, as far as anybody told us. `output` includes reasoning, `input` includes cached. */
export interface Usage {
  input: number | null
  output: number | null
  reasoning: number | null
  cached: number | null
  /** Input that was written to the provider's cache. */
  cacheWrite: number | null
  source: TokenSource | null
  /** What the provider says it charged, in USD. */
  costUsd: number | null
}

/** How reasoning came over the wire: as itself, only as a summary or encrypted, or not at all. */
export type ReasoningForm = 'full' | 'summary' | 'none'
