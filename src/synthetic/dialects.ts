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
  /** Where reasoning goes: a field of the delta, `<think>` in the text, or parts of the content. */
  reasoning?: 'reasoning_content' | 'reasoning' | 'think' | 'parts'
  /** Tokens in one event. */
  tokensPerEvent: number
  /** Where usage goes: an event of its own without choices, the last event, its choice, or, running, on every event. */
  usage: 'own' | 'finish' | 'choice' | 'every'
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

const openai: Dialect = {
  role: 'own',
  tokensPerEvent: 1,
  usage: 'own',
  usageUnasked: false,
  usageOf: detailed,
}

/** The dialects of OpenAI-compatible streams that the synthetic provider speaks, from recorded traffic of each. */
export const dialects = {
  openai,
  groq: {
    ...openai,
    usage: 'finish',
    usageUnasked: true,
    usageOf: groqUsage,
    first: { x_groq: { id: 'req_synthetic' } },
    last: (counts) => ({ x_groq: { id: 'req_synthetic', usage: groqUsage(counts) } }),
  },
  deepseek: {
    ...openai,
    comment: 'keep-alive',
    reasoning: 'reasoning_content',
    usage: 'finish',
    usageOf: (counts) => ({
      ...detailed(counts),
      prompt_cache_hit_tokens: 0,
      prompt_cache_miss_tokens: counts.input,
    }),
  },
  openrouter: {
    ...openai,
    role: 'every',
    comment: 'OPENROUTER PROCESSING',
    reasoning: 'reasoning',
    usageUnasked: true,
    // Made up: what 0.10 / 0.50 USD per million tokens would come to.
    usageOf: (counts) => ({
      ...detailed(counts),
      cost: (counts.input * 0.1 + counts.output * 0.5) / 1e6,
      is_byok: false,
    }),
    always: { provider: 'Synthetic' },
  },
  minimax: {
    ...openai,
    role: 'every',
    reasoning: 'think',
    last: () => ({ base_resp: { status_code: 0, status_msg: '' } }),
  },
  kimi: {
    ...openai,
    reasoning: 'reasoning_content',
    usage: 'choice',
    usageUnasked: true,
    usageOf: (counts) => ({ ...plain(counts), cached_tokens: 0 }),
  },
  gemini: {
    ...openai,
    role: 'every',
    tokensPerEvent: 40,
    usage: 'every',
    usageUnasked: true,
    usageOf: plain,
  },
  mistral: { ...openai, reasoning: 'parts', usage: 'finish', usageUnasked: true, usageOf: plain },
  llamacpp: {
    ...openai,
    reasoning: 'reasoning_content',
    usageOf: plain,
    last: (counts) => ({
      timings: { prompt_n: counts.input, predicted_n: counts.output, predicted_ms: counts.generationMs },
    }),
  },
  anthropic: { ...openai, role: 'first', usageOf: plain },
} as const satisfies Record<string, Dialect>

/** The name of a dialect. */
export type DialectName = keyof typeof dialects
