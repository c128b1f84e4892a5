import type { JsonObject } from '../core/json.ts'
import type { Token } from './script.ts'

/** What a call used. Tokens; `output` includes `reasoning`. */
export interface Counts {
  input: number
  output: number
  reasoning: number
  /** From the first to the last token, in ms. */
  generationMs: number
}

/** How a provider says in a stream what all of them say. Each field is one difference seen on the wire. */
export interface Dialect {
  /** A first event that carries the role alone, or the role on the first delta, or on every one. */
  role: 'own' | 'first' | 'every'
  /** A comment sent while the model is busy. */
  comment?: string
  /**
   * Where reasoning goes: a field of the delta, `<think>` in the text, or parts of the content; details that say the same
   * as the field beside them, that repeat all until then, or that only summarize; or nowhere, although it is billed.
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
  /** Tokens in one event, and events that such an event is cut into. */
  tokensPerEvent: number
  eventsPerToken?: number
  /** The index of the choice, where it is not 0. */
  index?: number
  /** What stands before the first event. */
  prefix?: string
  /** How an event is written, where it is not one `data: ` line. */
  framing?: (data: string) => string
  /**
   * Where usage goes: an event of its own without choices, one that repeats the choice that finished, the last event, its
   * choice, or, running, on every event. None: wherever `last` puts it.
   */
  usage: 'own' | 'late' | 'finish' | 'choice' | 'every' | 'none'
  /** Usage comes even when `stream_options` did not ask for it. */
  usageUnasked: boolean
  usageOf: (counts: Counts) => JsonObject
  /** Fields that every event has, the first one has, and the last one has. */
  always?: JsonObject
  first?: JsonObject
  last?: (counts: Counts) => JsonObject
}

/** What an answer of these tokens used. */
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

/** Half of the prompt was in the cache. */
const cachedOf = ({ input }: Counts): number => Math.floor(input / 2)

const base: Dialect = {
  role: 'own',
  tokensPerEvent: 1,
  usage: 'own',
  usageUnasked: false,
  usageOf: detailed,
}

/** Carriage returns, fields that mean nothing here, no space after the colon, JSON over several lines. */
const verbose = (data: string): string =>
  `event: message\r\nid: 7\r\nretry: 1000\r\n${data.replaceAll(/^/gm, 'data:').replaceAll('\n', '\r\n')}\r\n\r\n`

const openrouter: Dialect = {
  ...base,
  role: 'every',
  comment: 'OPENROUTER PROCESSING',
  reasoning: 'details',
  usage: 'late',
  usageUnasked: true,
  // Made up: what 0.10 / 0.50 USD per million tokens would come to.
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
 * The dialects of OpenAI-compatible streams that the synthetic provider speaks, from recorded traffic of each; and two of
 * nobody: `verbose` uses all that server-sent events allow, `sloppy` takes liberties that are still understood.
 */
export const dialects = {
  // Padding against guessing tokens from the size of events.
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
  // Its completion does not hold the thoughts, and only the total shows them.
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
  // Its completion does not hold the reasoning either, but names it; a tick is 1e-10 USD.
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
