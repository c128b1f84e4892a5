/** A request as far as its size goes, in tokens; null is unknown. */
export interface Sized {
  success: boolean
  /** The context that it was to have (of a trace the whole prompt), and as our tokenizer counts; null without. */
  contextTokens: number | null
  contextTokensCounted: number | null
  /** As billed, and the part of it that was read from a cache. */
  inputTokens: number | null
  cachedTokens: number | null
  /** The most that it was to be answered. */
  outputLimit: number | null
  outputTokens: number | null
}

/** The sizes of all requests of a level that succeeded, in tokens; null if that of one is unknown. */
export interface Sizes {
  asked: number | null
  counted: number | null
  billed: number | null
  cached: number | null
  outputLimit: number | null
  output: number | null
}

/** Sums sizes of requests up. */
export function sizesOf(requests: readonly Sized[]): Sizes {
  const sum = (name: Exclude<keyof Sized, 'success'>): number | null =>
    good.length === 0
      ? null
      : good.reduce<number | null>((total, request) => {
          const size = request[name]
          return total === null || size === null ? null : total + size
        }, 0)
  const good = requests.filter(({ success }) => success)
  return {
    asked: sum('contextTokens'),
    counted: sum('contextTokensCounted'),
    billed: sum('inputTokens'),
    cached: sum('cachedTokens'),
    outputLimit: sum('outputLimit'),
    output: sum('outputTokens'),
  }
}
