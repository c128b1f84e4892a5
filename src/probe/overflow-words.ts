import type { WordRule } from './error-words.ts'

const kind = 'context_exceeded'

/**
 * How servers say that the prompt is longer than the model takes. A limit of the output (`max_tokens`) or of
 * a rate (per minute) is neither. Lists of wordings: earendil-works/pi issue 4943, anomalyco/opencode pull
 * 35920, letta-ai/letta-code pull 3489.
 */
export const overflowWords: readonly WordRule[] = [
  {
    kind,
    pattern:
      /context[ _-]?(length|window|size|limit|overflow)|(exceed|overflow)\w*[^.]{0,30} context\b|context the overflows/i,
    examples: [
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
      'invalid params, context window exceeds limit (2013)',
      'Your input exceeds the context window of this model',
      'the request exceeds the available context size, try increasing it',
      'request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it',
      'Prompt tokens (9000) exceeds context size (8192)',
      'Prompt has 5000 tokens, but the configured context size is 4096 tokens',
      "The input (300 tokens) is longer than the model's context length (200 tokens).",
      "Requested token count exceeds the model's maximum context length of 131072 tokens",
      'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
      'tokens to keep from the initial prompt is greater than the context length',
      'the input length exceeds the context length',
      'prompt too long; exceeded max context length by 4 tokens',
      'model_context_window_exceeded',
      'Context size has been exceeded.',
    ],
    source: 'OpenAI, MiniMax, ggml-org/llama.cpp, Together, SGLang, Mistral, LM Studio, Ollama, z.ai',
  },
  {
    kind,
    pattern:
      /\b(prompt|inputs?|messages|conversation|chat history|request)\b[^.;:]{0,30} too (long|big)|\binputs? (is|are) too large/i,
    examples: [
      'prompt is too long: 208310 tokens > 200000 maximum',
      'Input is too long for requested model.',
      'input token length too long',
      'The input is too large to process. increase the physical batch size',
      'messages are too long',
    ],
    source: 'docs.claude.com/en/api/errors; Amazon Bedrock; ggml-org/llama.cpp',
  },
  {
    kind,
    // Between the subject and the verb no other limit: `max_tokens` and output tokens have their own.
    pattern:
      /\b(prompt|inputs?|request|messages|sequence|token count|total (number of )?tokens|tokens in (your )?(request|prompt))\b((?!max_|output|completion|rate)[^.;]){0,60}\b(exceed\w*|(longer|larger|greater|more) than)\b((?!max_|output|completion|rate)[^.;]){0,60}\b(tokens?|length|sequence|limit of \d+|maximum|the model|\d{4,}(?! ?(ms|bytes|[km]b|s)\b))\b/i,
    examples: [
      'Input length 131393 exceeds the maximum allowed input length of 131040 tokens.',
      'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      'Invalid request: Your request exceeded model token limit: 262144 (requested: 270000)',
      'tokens in request more than max tokens allowed',
      'prompt token count of 5000 exceeds the limit of 4096',
      'the number of input tokens 5000 cannot exceed the total tokens limit 4096 for this model',
      'Prompt length (5000) exceeds maximum input length (4096)',
      'Total tokens of image and text exceed max message tokens',
      'Your prompt is longer than the model supports',
      'The length of your prompt is 9000 which exceeds 8192',
      'input length and sequence is larger than the maximum length',
      'Prompt tokens limit exceeded: the prompt is longer than 4000 tokens',
    ],
    source: 'OpenRouter, Gemini, Kimi, Zhipu, GitHub Copilot, IBM watsonx, TensorRT-LLM',
  },
  {
    kind,
    pattern: /max(imum)?[ _](allowed )?(model|input|prompt|seq(uence)?)[ _]?(len(gth)?|tokens|size)/i,
    examples: [
      "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
      'The decoder prompt (length 5000) is longer than max_model_len of 4096',
      'Too many input tokens. Max input tokens: 8192, request input token count: 9000',
      'The maximum model length is 4096',
    ],
    source: 'xAI; vllm-project/vllm; Amazon Bedrock',
  },
  {
    kind,
    pattern:
      /too many (input |prompt )?tokens|(?<!output |completion )token limit (was )?exceeded|\breduce (the (length|size) of|your (prompt|input|messages))|(shorten|truncate) (the|your) (prompt|input|messages)/i,
    examples: [
      'Please reduce the length of the messages or completion.',
      'too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs.',
      'Token limit exceeded',
      'Input validation error: shorten your prompt',
    ],
    source: 'Groq, Cerebras; docs.cohere.com/reference/errors',
  },
  {
    kind,
    pattern:
      /max_new_tokens.{0,10} must be|`?inputs`? must have less than \d+ tokens|range of input length|expected maxlength|request body too large for .{0,60}model/i,
    examples: [
      '`inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000 `inputs` tokens and 10 `max_new_tokens`',
      '`inputs` must have less than 1024 tokens. Given: 2000',
      'Range of input length should be [1, 30720]',
      'Malformed input request: expected maxLength: 200000, actual: 300000, please reformat your input and try again.',
      'Request body too large for gpt-4o model. Max size: 8000 tokens.',
    ],
    source:
      'huggingface/text-generation-inference; help.aliyun.com/zh/model-studio; Amazon Bedrock; GitHub Models',
  },
  {
    kind,
    pattern: /(上下文|输入|提示词|消息|prompt ?)[^。]{0,16}(超长|过长|超过|超出|超限)|超出最大长度|长度超限/i,
    examples: ['Prompt 超长', '输入长度超过模型上限', '上下文长度超出限制'],
    source: 'docs.bigmodel.cn: error codes',
  },
]
