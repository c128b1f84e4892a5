/** Sizes of context in tokens that have a chip. */
export const tierChips = [0, 5_000, 50_000] as const

/** What this screen starts with, and what the API takes of it at most. */
export const ranges = {
  tokens: { least: 1, most: 4096, step: 1, standard: 256 },
  outputs: { least: 1, most: 16_384, entries: 100 },
  temperature: { least: 0, most: 2, step: 0.1, standard: 0.7 },
  total: { least: 1, most: 10_000, standard: 50 },
  seconds: { least: 1, most: 86_400 },
  /** The share of good requests that is sought, in percent, and the highest load that is tried. */
  goodput: { least: 0.1, most: 99.9, standard: 95 },
  most: { least: 1, most: 1000, standard: 256 },
  /** How long a client waits after an answer, in ms. */
  think: { least: 1, most: 60_000 },
  /** Tokens that contexts begin with alike. */
  shared: { least: 1, most: 1_000_000, standard: 1000 },
  seed: { least: 0, most: 4_294_967_295 },
  slots: { least: 1, most: 1000, standard: 256 },
  concurrency: { least: 1, most: 1000 },
  rates: { least: 0.001, most: 1000 },
} as const

/** The loads of a sweep, and the targets, at most. */
export const mostLoads = 20
export const mostModels = 20

/** What is loaded unless something else is chosen. */
export const usualLoads = { concurrency: [1, 2, 4, 8], rates: [0.5, 1, 2] } as const

/** Times that a good request keeps, in ms. */
export const objectives = ['ttft', 'tpot', 'latency'] as const
export const objectiveNames = { ttft: 'TTFT', tpot: 'Per token', latency: 'Latency' } as const

/** Kinds of built-in prompts, of which each has several. */
export const promptKinds = ['qa', 'reasoning', 'code', 'creative'] as const
