/**
 * What a request for a benchmark may ask for, both ends included, and what it asks for if it does not say. The command line allows more where nobody else pays for it:
 * `--runs` to 1000 and `--max-tokens` to 1,000,000, in every mode, and sweeps of 100,000 calls.
 */
export const requestLimits = {
  maxTokens: { least: 1, most: 16_384, standard: 512 },
  temperature: { least: 0, most: 2, standard: 0.7 },
  /** Calls per target, by mode. */
  runs: {
    single: { least: 1, most: 1, standard: 1 },
    multi: { least: 1, most: 50, standard: 3 },
    concurrent: { least: 1, most: 100, standard: 10 },
    comparison: { least: 1, most: 20, standard: 3 },
  },
  /** Calls in flight at once, in concurrent mode. */
  concurrency: { least: 1, most: 20, standard: 5 },
  /** Loads of a sweep: calls in flight, or requests per second with at most `slots` in flight; and the calls that count, per level and in all. */
  sweep: {
    loads: { least: 1, most: 20 },
    concurrency: { least: 1, most: 1000 },
    /** The least is one call in 17 minutes: with far less, no two are due at times that a clock can tell. */
    rate: { least: 0.001, most: 1000 },
    slots: { least: 1, most: 1000, standard: 256 },
    seed: { least: 0, most: 2 ** 32 - 1 },
    /** The highest load that a search tries. */
    highest: { least: 1, most: 1000, standard: 256 },
    /** The share of good requests whose limit is sought: nearer to 1, no level has calls enough to show it. */
    goodput: { least: 0.001, most: 0.999 },
    total: { least: 1, most: 10_000, standard: 50 },
    calls: 20_000,
    /** How long a level sends calls that count, in s; how long a client waits after an answer, in ms. */
    duration: { least: 1, most: 86_400 },
    think: { least: 1, most: 60_000 },
    /** How many output limits may be taken in turn. */
    outputs: { entries: 100 },
    /** Tokens that contexts begin with alike. */
    sharedTokens: { least: 1, most: 1_000_000 },
    errors: { least: 1, most: 1_000_000 },
    /** An objective, in ms. */
    objective: { above: 0, most: 86_400_000 },
  },
  /** Sizes of context in tokens, each once; 0 is no filler. */
  contextTiers: { least: 0, most: 1_000_000, entries: 10, standard: [0] },
  /** Characters of a prompt that is no template. */
  prompt: { least: 1, most: 100_000 },
} as const

/** What bounds a sweep: calls are planned and saved before the first is made, 20,000 in 3 s, or in batches as it grows. */
export const sweepLimits = { calls: 100_000 } as const
