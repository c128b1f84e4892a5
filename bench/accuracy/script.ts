/**
 * What the truth server is asked to stream; it travels as JSON in the model's name, which every client passes
 * on.
 */
export interface Script {
  /** Names the stream: every event carries it, and so does every piece of text where `mark` is set. */
  id: string
  /** Events that carry tokens, and tokens in each. */
  chunks: number
  tokensPerChunk?: number
  /** From the request to the first token, between two events, and from the last to the usage, in ms. */
  ttftMs?: number
  gapMs?: number
  tailMs?: number
  /** Tokens of equal length. */
  even?: boolean
  /** The first half of the tokens is reasoning; or so many more were billed and never sent. */
  reasoning?: 'shown' | 'hidden'
  /** Events to a write; else 1. */
  perWrite?: number
  /** Not paced, but as fast as the client reads. */
  flood?: true
  /** Every event's text is `id:sequence `, which shows what was lost or went to another stream. */
  mark?: boolean
}

/** Tokens that a stream with hidden reasoning is billed for and does not show. */
export const hiddenTokens = 100

/** The text of a marked event. */
export const markOf = (id: string, sequence: number): string => `${id}:${sequence} `
