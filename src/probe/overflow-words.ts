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
      /context[ _-]?(length|window|size|limit|overflow)|(exceed|overflow)\w*[^.]{0,30} context\b|context the overflows|max(imum)? context\b/i,
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
      'max context 8192 exceeded',
    ],
    source: 'OpenAI, MiniMax, ggml-org/llama.cpp, Together, SGLang, Mistral, LM Studio, Ollama, z.ai',
  },
  {
    kind,
    pattern:
      /\b(prompt|inputs?|messages?|conversation|chat history|text|request)\b((?!took|takes|taking|waited)[^.;:]){0,30} too (long|big)|\b(prompt|inputs?|messages) (is|are) too large|invalid '(input|messages|prompt)[^']{0,40}': string too long/i,
    examples: [
      'prompt is too long: 208310 tokens > 200000 maximum',
      'Input is too long for requested model.',
      'input token length too long',
      'The input is too large to process. increase the physical batch size',
      'messages are too long',
      'The prompt is too large',
      "Invalid 'messages[0].content': string too long. Expected a string with maximum length 1048576.",
    ],
    source: 'docs.claude.com/en/api/errors; Amazon Bedrock; ggml-org/llama.cpp',
  },
  {
    kind,
    // Between the subject and the verb no other limit: `max_tokens` and output tokens have their own.
    pattern:
      /\b(prompt|inputs?|request|messages?|sequence|token count|total (number of )?tokens|number of (input |prompt )?tokens|tokens in (your )?(request|prompt))\b((?!max_|output|completion|rate|time)[^.;]){0,60}\b(exceed\w*|(longer|larger|greater|more) than|over (the )?(limit|max\w*))\b(?![^.;]{0,60}\b(time|images?|files?|audio|video|bytes)\b)((?!max_|output|completion|rate)[^.;]){0,60}\b(tokens?|length|sequence|limit of \d+|maximum|(the )?model|cache|\d{4,}(?! ?(ms|bytes|[km]b|s)\b))\b/i,
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
      'Total message token length exceed model limit',
      'The number of tokens 9000 is over the limit 8192',
      'prompt is longer than cache',
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
      /too many (input |prompt )?tokens|exceed\w* the maximum number of (input |prompt )?tokens|model (only )?supports (up to|at most|a maximum of) [\d,]{4,}(?![\d,]| (completion|output))|(prompt|inputs?)[^.;]{0,30}(and|\+|plus) \W?max_(new_|completion_)?tokens[^.;]{0,30} exceed|(prompt|input|request)[^.;]{0,40} (does not|doesn't|cannot|will not) fit|max_(completion_)?tokens must be at least 1, got -|(?<!output |completion )token limit (was )?exceeded|\breduce (the (length|size) of|your (prompt|input|messages))|(shorten|truncate) (the|your) (prompt|input|messages)/i,
    examples: [
      'Please reduce the length of the messages or completion.',
      'too many tokens: size limit exceeded by 11326 tokens. Try using shorter or fewer inputs.',
      'Token limit exceeded',
      'Input validation error: shorten your prompt',
      'exceeded the maximum number of tokens allowed by the model',
      'the input token count is 3000000 but model only supports up to 1048576. Reduce the input token count and try again.',
      "The sum of prompt tokens (9000) and max_tokens (1000) exceeds the model's limit 8192",
      'The prompt of 9000 tokens does not fit in the window',
      'max_tokens must be at least 1, got -1234.',
    ],
    source: 'Groq, Cerebras; docs.cohere.com/reference/errors; Gemini on Vertex AI; vllm-project/vllm',
  },
  {
    kind,
    pattern:
      /max_new_tokens.{0,10} must be|`?inputs`? must have less than \d+ tokens|range of input length|expected maxlength|(max input characters|input characters limit)|request body too large for .{0,60}model/i,
    examples: [
      '`inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000 `inputs` tokens and 10 `max_new_tokens`',
      '`inputs` must have less than 1024 tokens. Given: 2000',
      'Range of input length should be [1, 30720]',
      'Malformed input request: expected maxLength: 200000, actual: 300000, please reformat your input and try again.',
      'Request body too large for gpt-4o model. Max size: 8000 tokens.',
      'the max input characters is 2000',
    ],
    source:
      'huggingface/text-generation-inference; help.aliyun.com/zh/model-studio; Amazon Bedrock; GitHub Models; Baidu Qianfan',
  },
  {
    kind,
    pattern:
      /(上下文|输入|提示词|消息|prompt ?)[^。]{0,16}(超长|过长|超过|超出|超限)|超出最大长度|长度超限|(最大|超[过出][^。]{0,10})上下文|token ?数[^。]{0,8}超/i,
    examples: [
      '请求的 token 数超过了模型的最大上下文',
      'Prompt 超长',
      '输入长度超过模型上限',
      '上下文长度超出限制',
    ],
    source: 'docs.bigmodel.cn: error codes',
  },
]
