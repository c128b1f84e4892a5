import { lookUp } from '../core/json.ts'

/** What a finish reason says: a proper end, a limit of length, a filter, or a failure of the provider. */
export type FinishMeaning = 'end' | 'length' | 'filter' | 'failure' | 'overloaded'

/** The words of one meaning at one source. Lower case; `_` for spaces and hyphens. */
interface FinishWords {
  meaning: FinishMeaning
  words: readonly string[]
  source: string
}

/** Every finish reason that we know. A word that is not here, nor of a kind in `kinds`, is none. */
export const finishWords: readonly FinishWords[] = [
  {
    meaning: 'end',
    words: ['stop', 'tool_calls', 'function_call'],
    source: 'OpenAI API reference, chat completion chunk',
  },
  {
    meaning: 'end',
    words: ['end_turn', 'stop_sequence', 'tool_use', 'pause_turn'],
    source: 'Anthropic API reference, stop_reason; Bedrock Converse',
  },
  {
    meaning: 'end',
    words: ['complete', 'tool_call'],
    source: 'Cohere API reference, finish_reason',
  },
  {
    meaning: 'end',
    words: [
      'eos',
      'eos_token',
      'eos_found',
      'stop_token',
      'stop_word',
      'endoftext',
      'end_of_text',
      'end_of_turn',
      'end_of_sequence',
      'im_end',
      'eot_id',
      'stop_str',
      'word',
    ],
    source:
      'TGI, watsonx, AI21, llama.cpp: native reasons and tokens that gateways pass on (BerriAI/litellm issue 20357)',
  },
  {
    meaning: 'end',
    words: [
      'completed',
      'done',
      'end',
      'finish',
      'finished',
      'function_calls',
      'normal',
      'stopped',
      'success',
    ],
    source: 'ERNIE, Responses API and relays that rename (theopenco/llmgateway pull 2218)',
  },
  { meaning: 'length', words: ['length'], source: 'OpenAI API reference, chat completion chunk' },
  {
    meaning: 'length',
    words: [
      'max_tokens',
      'max_output_tokens',
      'max_completion_tokens',
      'max_new_tokens',
      'max_length',
      'model_length',
      'token_limit',
      'limit',
      'error_limit',
      'model_context_window_exceeded',
      'context_length',
    ],
    source: 'Gemini, Responses API, Mistral, watsonx, Cohere, Anthropic API references',
  },
  {
    meaning: 'filter',
    words: ['content_filter', 'content_filtered', 'refusal', 'guardrail_intervened', 'sensitive'],
    source: 'OpenAI, Anthropic, Bedrock and Zhipu API references',
  },
  {
    meaning: 'filter',
    words: ['safety', 'recitation', 'language', 'blocklist', 'prohibited_content', 'spii', 'model_armor'],
    source: 'Gemini API reference, FinishReason; passed on by gateways (theopenco/llmgateway pull 2218)',
  },
  { meaning: 'filter', words: ['error_toxic'], source: 'Cohere API reference, finish_reason' },
  {
    meaning: 'failure',
    words: ['abort', 'error', 'cancelled', 'timeout', 'time_limit', 'user_cancel', 'network_error'],
    source: 'vLLM (vllm-project/vllm issue 57082), SGLang (radixark/miles pull 3337), watsonx, Cohere, Zhipu',
  },
  {
    meaning: 'failure',
    words: [
      'function_call_filter',
      'unexpected_tool_call',
      'too_many_tool_calls',
      'missing_thought_signature',
      'no_image',
    ],
    source: 'Gemini API reference, FinishReason; `function_call_filter: MALFORMED_FUNCTION_CALL` (2026-09)',
  },
  {
    meaning: 'overloaded',
    words: ['insufficient_system_resource'],
    source: 'DeepSeek API reference, finish_reason',
  },
]

const known: Readonly<Record<string, FinishMeaning>> = Object.fromEntries(
  finishWords.flatMap(({ meaning, words }) => words.map((word) => [word, meaning])),
)

/** Parts of a word that give away its kind, if the word itself is unknown; in order. */
export const finishKinds: readonly { meaning: FinishMeaning; parts: RegExp }[] = [
  {
    meaning: 'failure',
    parts:
      /(^|_)(abort(ed)?|cancell?(ed)?|closed|crash(ed)?|dead|deadline|disconnect(ed)?|dropped|error|evicted|exception|fail(ed|ure)?|interrupted|invalid|killed|lost|malformed|oom|out_of_memory|preempted|reset|shut_?down|stalled|terminated|time_?(d_)?out)(_|$)/,
  },
  {
    meaning: 'overloaded',
    parts: /(^|_)(busy|capacity|overload(ed)?|queue_full|rate_limit(ed)?|throttled|unavailable)(_|$)/,
  },
  {
    meaning: 'filter',
    parts:
      /(^|_)(block(ed|list)?|censored|copyright|filter(ed)?|flagged|guardrails?|harm(ful)?|inappropriate|jailbreak|moderat(ed|ion)|pii|policy|prohibited|recitation|refus(al|ed)|risk|safety|sensitive|toxic(ity)?|unsafe)(_|$)/,
  },
  {
    meaning: 'length',
    parts:
      /(^|_)(context_window|length|max_(\w+_)?(context|len|output|tokens?)|num_predict|(tokens?|output)_(budget|limit))(_|$)/,
  },
]

/** Characters of a finish reason that are read. */
const longestReason = 200

/**
 * What a finish reason means, in any case and spelling, with a detail behind a colon or in front of a dot
 * (`content_filter: PROHIBITED_CONTENT`, `FinishReason.STOP`); null if it is none: empty, `null`, or unknown.
 */
export function meaningOf(reason: string): FinishMeaning | null {
  const words = reason
    .slice(0, longestReason)
    .split(/[:.]/)
    .map((part) =>
      part
        .trim()
        // A token of the template as it is: `<|im_end|>`, `<|eot_id|>`.
        .replaceAll(/^<\|?|\|?>$/g, '')
        .replaceAll(/(?<=[a-z])[A-Z]/g, '_$&')
        .replaceAll(/[\s-]+/g, '_')
        .toLowerCase()
        .replace(/^(finish_|stop_)?reason_/, ''),
    )
  for (const word of words) {
    const meaning = lookUp(known, word) ?? finishKinds.find(({ parts }) => parts.test(word))?.meaning
    if (meaning !== undefined) return meaning
  }
  return null
}
