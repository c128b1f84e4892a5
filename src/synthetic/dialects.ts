import type { JsonObject } from '../core/json.ts'
import type { Token } from './script.ts'

/** The usage of a call. Tokens; `output` includes `reasoning`. */
export interface Counts {
  input: number
  output: number
  reasoning: number
  /** From the first to the last token, in ms. */
  generationMs: number
}

/** How a provider writes its streams. Each field is a difference seen on the wire. */
export interface Dialect {
  /** The role in a first event of its own, on the first delta, or on every one. */
  role: 'own' | 'first' | 'every'
  /** A comment sent while the model is busy. */
  comment?: string
  /**
   * Where reasoning goes: a field of the delta, `<think>` in the text, or parts of the content; details with
   * the same text as the field beside them, with all text so far, or with a summary; or nowhere, although it
   * is billed.
   */
  reasoning?:
    | 'reasoning_content'
    | 'reasoning'
    | 'think'
    | 'parts'
    | 'details'
    | 'cumulative'
    | 'summary'
    | 'hidden'
  /** Tokens in one event, and events that such an event is split into. */
  tokensPerEvent: number
  eventsPerToken?: number
  /** The index of the choice, if not 0. */
  index?: number
  /** Sent before the first event. */
  prefix?: string
  /** How an event is written, if not as one `data: ` line. */
  framing?: (data: string) => string
  /**
   * Where usage goes: an event of its own without choices, one that repeats the finished choice, the last
   * event, its choice, or every event as a running count. `none`: wherever `last` puts it.
   */
  usage: 'own' | 'late' | 'finish' | 'choice' | 'every' | 'none'
  /** Whether usage is sent even if `stream_options` did not ask for it. */
  usageUnasked: boolean
  usageOf: (counts: Counts) => JsonObject
  /** Extra fields of every event, of the first one, and of the last one. */
  always?: JsonObject
  first?: JsonObject
  last?: (counts: Counts) => JsonObject
}

/** The usage of an answer with these tokens. */
export const countsOf = (tokens: readonly Token[], input: number): Counts => ({
  input,
  output: tokens.length,
  reasoning: tokens.filter(({ kind }) => kind === 'reasoning').length,
  generationMs: (tokens.at(-1)?.atMs ?? 0) - (tokens[0]?.atMs ?? 0),
})

const plain = ({ input, output }: Counts): JsonObject => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
})

const detailed = (counts: Counts): JsonObject => ({
  ...plain(counts),
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: counts.reasoning },
})

const groqUsage = (counts: Counts): JsonObject => ({
  ...plain(counts),
  queue_time: 0.01,
  prompt_time: 0.002,
  completion_time: counts.generationMs / 1000,
  total_time: 0.002 + counts.generationMs / 1000,
})

/** Half of the prompt is cached. */
const cachedOf = ({ input }: Counts): number => Math.floor(input / 2)

const base: Dialect = {
  role: 'own',
  tokensPerEvent: 1,
  usage: 'own',
  usageUnasked: false,
  usageOf: detailed,
}

/** Carriage returns, fields without meaning here, no space after the colon, JSON over several lines. */
const verbose = (data: string): string =>
  `event: message\r\nid: 7\r\nretry: 1000\r\n${data.replaceAll(/^/gm, 'data:').replaceAll('\n', '\r\n')}\r\n\r\n`

const openrouter: Dialect = {
  ...base,
  role: 'every',
  comment: 'OPENROUTER PROCESSING',
  reasoning: 'details',
  usage: 'late',
  usageUnasked: true,
  // Made up: 0.10 / 0.50 USD per million tokens.
  usageOf: (counts) => ({
    ...detailed(counts),
    cost: (counts.input * 0.1 + counts.output * 0.5) / 1e6,
    is_byok: false,
  }),
  always: { provider: 'Synthetic' },
}

const minimax: Dialect = {
  ...base,
  role: 'every',
  reasoning: 'think',
  last: () => ({ base_resp: { status_code: 0, status_msg: '' } }),
}

/**
 * The dialects of OpenAI-compatible streams that the synthetic provider speaks, from recorded traffic of
 * each, and two invented ones: `verbose` uses everything server-sent events allow, `sloppy` deviates in ways
 * that are still understood.
 */
export const dialects = {
  // Padding, so that tokens cannot be guessed from the size of events.
  openai: { ...base, always: { service_tier: 'default', obfuscation: 'aB3xQ' } },
  groq: {
    ...base,
    usage: 'finish',
    usageUnasked: true,
    usageOf: groqUsage,
    first: { x_groq: { id: 'req_synthetic' } },
    last: (counts) => ({ x_groq: { id: 'req_synthetic', usage: groqUsage(counts) } }),
  },
  'groq-parsed': {
    ...base,
    reasoning: 'reasoning',
    usage: 'none',
    usageUnasked: true,
    first: { x_groq: { id: 'req_synthetic' } },
    last: (counts) => ({ x_groq: { id: 'req_synthetic', usage: groqUsage(counts) } }),
  },
  deepseek: {
    ...base,
    comment: 'keep-alive',
    reasoning: 'reasoning_content',
    usage: 'finish',
    usageOf: (counts) => ({
      ...plain(counts),
      completion_tokens_details: { reasoning_tokens: counts.reasoning },
      prompt_cache_hit_tokens: cachedOf(counts),
      prompt_cache_miss_tokens: counts.input - cachedOf(counts),
    }),
  },
  openrouter,
  'openrouter-summary': { ...openrouter, reasoning: 'summary' },
  minimax,
  'minimax-split': { ...minimax, reasoning: 'cumulative' },
  kimi: {
    ...base,
    reasoning: 'reasoning_content',
    usage: 'choice',
    usageUnasked: true,
    usageOf: (counts) => ({ ...plain(counts), cached_tokens: cachedOf(counts) }),
  },
  // Its completion excludes the thoughts; only the total includes them.
  gemini: {
    ...base,
    role: 'every',
    reasoning: 'hidden',
    tokensPerEvent: 40,
    usage: 'every',
    usageUnasked: true,
    usageOf: (counts) => ({ ...plain(counts), completion_tokens: counts.output - counts.reasoning }),
  },
  mistral: {
    ...base,
    reasoning: 'parts',
    usage: 'finish',
    usageUnasked: true,
    usageOf: (counts) => ({ ...plain(counts), num_cached_tokens: cachedOf(counts) }),
  },
  // Its completion excludes the reasoning too, but names it; a tick is 1e-10 USD.
  xai: {
    ...base,
    reasoning: 'reasoning_content',
    usageOf: (counts) => ({
      ...detailed(counts),
      completion_tokens: counts.output - counts.reasoning,
      prompt_tokens_details: { cached_tokens: cachedOf(counts) },
      cost_in_usd_ticks: counts.input * 1000 + counts.output * 5000,
    }),
  },
  llamacpp: {
    ...base,
    reasoning: 'reasoning_content',
    usageOf: plain,
    last: (counts) => ({
      timings: { prompt_n: counts.input, predicted_n: counts.output, predicted_ms: counts.generationMs },
    }),
  },
  anthropic: { ...base, role: 'first', usageOf: plain },
  verbose: { ...base, comment: 'ping', reasoning: 'reasoning', prefix: '\uFEFF', framing: verbose },
  sloppy: { ...base, role: 'every', reasoning: 'reasoning', eventsPerToken: 2, index: 3, usage: 'late' },
} as const satisfies Record<string, Dialect>

/** The name of a dialect. */
export type DialectName = keyof typeof dialects
