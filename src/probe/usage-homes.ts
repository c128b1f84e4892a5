/** What a field of a usage object holds. `media`: audio, images and video; `toolInput`: results of tools. */
export type UsageMeaning =
  | 'input'
  | 'output'
  | 'total'
  | 'reasoning'
  | 'cached'
  | 'cacheWrite'
  | 'toolInput'
  | 'media'
  | 'charge'

/** A field of a usage object, and who sends it; a dot leads into an object. */
export interface UsageHome {
  field: string
  meaning: UsageMeaning
  source: string
}

const homes = (meaning: UsageMeaning, sources: Readonly<Record<string, string>>): UsageHome[] =>
  Object.entries(sources).map(([field, source]) => ({ field, meaning, source }))

/** The homes of every count and of the charge, in the order in which they are looked for. */
export const usageHomes: readonly UsageHome[] = [
  ...homes('input', {
    prompt_tokens: 'OpenAI, chat completions',
    input_tokens: 'OpenAI, responses; Anthropic; mlx-vlm (earendil-works/pi issue 2326)',
    promptTokenCount: 'Gemini, usageMetadata (router-for-me/CLIProxyAPI issue 5733)',
    inputTokens: 'Amazon Bedrock, TokenUsage (maximhq/bifrost pull 6942)',
    promptTokens: 'Vercel AI SDK 4 (vercel/ai issue 6082)',
    'inputTokens.total': 'Vercel AI SDK 6, LanguageModelV3Usage',
    prompt_eval_count: 'Ollama, API',
  }),
  ...homes('output', {
    completion_tokens: 'OpenAI, chat completions',
    output_tokens: 'OpenAI, responses; Anthropic; mlx-vlm (earendil-works/pi issue 2326)',
    candidatesTokenCount: 'Gemini, usageMetadata (mozilla-ai/any-llm issue 1290)',
    outputTokens: 'Amazon Bedrock, TokenUsage',
    completionTokens: 'Vercel AI SDK 4 (vercel/ai issue 6082)',
    'outputTokens.total': 'Vercel AI SDK 6, LanguageModelV3Usage',
    eval_count: 'Ollama, API',
  }),
  ...homes('total', {
    total_tokens: 'OpenAI, chat completions and responses',
    totalTokenCount: 'Gemini, usageMetadata',
    totalTokens: 'Amazon Bedrock, TokenUsage',
  }),
  ...homes('reasoning', {
    'completion_tokens_details.reasoning_tokens': 'OpenAI, chat completions',
    'output_tokens_details.reasoning_tokens': 'OpenAI, responses',
    'output_tokens_details.thinking_tokens': 'Anthropic (anthropics/anthropic-sdk-python issue 1017)',
    'outputTokens.reasoning': 'Vercel AI SDK 6, LanguageModelV3Usage',
    reasoning_tokens: 'GitHub Copilot; Perplexity; SGLang (sgl-project/sglang issue 39826)',
    thoughtsTokenCount: 'Gemini, usageMetadata',
    reasoning_output_tokens: 'Codex (PixelPaw-Labs/codex-trace issue 154)',
    reasoningTokens: 'Vercel AI SDK 5 (vercel/ai pull 9774)',
  }),
  ...homes('cached', {
    'prompt_tokens_details.cached_tokens': 'OpenAI, chat completions',
    'prompt_token_details.cached_tokens': 'Mistral, API',
    'input_tokens_details.cached_tokens': 'OpenAI, responses',
    cached_tokens: 'Kimi; Together AI',
    prompt_cache_hit_tokens: 'DeepSeek, context caching',
    num_cached_tokens: 'Mistral, API',
    cache_read_input_tokens: 'Anthropic, prompt caching; Portkey (Portkey-AI/gateway pull 1211)',
    'prompt_tokens_details.cache_read_tokens': 'Continue (continuedev/continue pull 8511)',
    cachedContentTokenCount: 'Gemini, usageMetadata',
    cacheReadInputTokens: 'Amazon Bedrock, TokenUsage',
    cached_input_tokens: 'Codex (PixelPaw-Labs/codex-trace issue 154)',
    cachedInputTokens: 'Vercel AI SDK 5 (vercel/ai pull 9774)',
    'inputTokens.cacheRead': 'Vercel AI SDK 6, LanguageModelV3Usage',
  }),
  ...homes('cacheWrite', {
    'prompt_tokens_details.cache_write_tokens': 'OpenAI, prompt caching; OpenRouter',
    'input_tokens_details.cache_write_tokens': 'OpenAI, responses (dotnet/extensions issue 7635)',
    'prompt_tokens_details.cached_write_tokens': 'Envoy AI Gateway (envoyproxy/ai-gateway pull 1719)',
    'prompt_tokens_details.cache_creation_input_tokens': 'netease-lcap/wave-agent pull 1226',
    'prompt_tokens_details.cache_creation_tokens': 'LiteLLM, prompt caching',
    cache_creation_input_tokens: 'Anthropic, prompt caching',
    cacheWriteInputTokens: 'Amazon Bedrock, TokenUsage',
    'inputTokens.cacheWrite': 'Vercel AI SDK 6, LanguageModelV3Usage',
  }),
  ...homes('toolInput', { toolUsePromptTokenCount: 'Gemini, usageMetadata' }),
  ...homes('media', {
    'prompt_tokens_details.audio_tokens': 'OpenAI, chat completions; Mistral, audio',
    'prompt_tokens_details.image_tokens': 'xAI, API',
    'prompt_tokens_details.video_tokens': 'OpenRouter',
    'prompt_token_details.audio_tokens': 'Mistral, audio',
    'input_tokens_details.audio_tokens': 'new-api (QuantumNous/new-api)',
    'input_tokens_details.image_tokens': 'OpenAI, images',
    'completion_tokens_details.audio_tokens': 'OpenAI, chat completions',
    'completion_tokens_details.image_tokens': 'OpenRouter',
  }),
  ...homes('charge', {
    cost: 'OpenRouter, usage accounting; LiteLLM (BerriAI/litellm pull 39069)',
    'cost.total_cost': 'Perplexity, API',
    'cost.total': '9router (decolua/9router pull 4074)',
    'cost.usd': 'relays that name the currency; no public report is known',
    'cost.total_usd': 'the same',
    cost_usd: 'relays that name the currency; no public report is known',
    cost_usd_total: 'LLM Gateway (docs.llmgateway.io, cost breakdown; theopenco/llmgateway pull 1247)',
    estimated_cost: 'DeepInfra (khoj-ai/khoj issue 1019)',
    'estimated_cost.usd': 'the same, as an object',
    cost_in_usd_ticks: 'xAI, API: ticks of 1e-10 USD',
  }),
]

/** What the counts of a usage object are taken to mean when its dialects contradict each other. */
export const usageRules: readonly { rule: string; source: string }[] = [
  {
    rule: 'The first home with a number above zero counts; zero counts if there is no other.',
    source: 'QuantumNous/new-api: the names of both OpenAI APIs in one object, zero where unused',
  },
  {
    rule: 'Objects of one stream are merged field by field. Zeros and gaps take nothing away, and a total without a completion does not replace one that has it.',
    source:
      'router-for-me/CLIProxyAPI issue 4053, openai/openai-agents-js pull 1474, llm-d/llm-d-router pull 2437, langchain-ai/langchain pull 35615',
  },
  {
    rule: 'If the total is larger than prompt and completion, the named parts whose sum it is, give or take 3, stand beside them: cached, cache writes and results of tools add to the input, reasoning to the output; media are priced apart and add to neither.',
    source:
      'Portkey-AI/gateway pull 1754, vercel/ai pull 9774, vectorize-io/hindsight issue 3851 and pull 3920 (a total off by one), Mistral, audio',
  },
  {
    rule: 'If different parts explain the total, what they disagree on is unknown.',
    source: 'arithmetic',
  },
  {
    rule: 'Reasoning that does not fit the completion stands beside it, whatever the total says: at least twice as large, or with no total larger by more than 3. Below that an overcount explains it.',
    source:
      'Vercel AI Gateway with Gemini, open-webui-cost-tracker issue 6 (Perplexity), Effect-TS/effect pull 8170; overcounts: sgl-project/sglang issue 39826, vercel/ai pull 18614',
  },
  {
    rule: 'Cached input and cache writes that do not fit the prompt stand beside it. If the total leaves them out too, the input is unknown: a relay may have added what it saw, or the server counted the cache twice.',
    source:
      'earendil-works/pi issue 2048, Effect-TS/effect pull 8170; a cache counted twice: sgl-project/sglang pull 11900',
  },
  {
    rule: 'Without a total, the names of Anthropic and Bedrock put the cache beside the input, all others inside.',
    source: 'Anthropic, prompt caching; maximhq/bifrost pull 6942; OpenAI, prompt caching',
  },
  {
    rule: 'A difference that no part explains is hidden reasoning if reasoning is not named; if it is, the parts count.',
    source: 'mozilla-ai/any-llm issue 1290, vercel/ai issue 6082 (Gemini)',
  },
  {
    rule: 'A total smaller than prompt and completion says nothing.',
    source: 'browser-use/browser-use pull 4294',
  },
  {
    rule: 'If the completion is missing and prompt and reasoning are the total, it is zero.',
    source: 'router-for-me/CLIProxyAPI issue 5733: Gemini leaves zeros out',
  },
  {
    rule: "A charge may be a decimal string. One in another currency is unknown. With a key of the user's own, a router adds its fee to the host's price.",
    source: 'docs.nano-gpt.com, request billing; Perplexity, API; OpenRouter, usage accounting',
  },
]
