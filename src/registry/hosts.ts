import type { ProviderEntry } from '../core/provider.ts'
import { candidate, effort, noPrice, openaiList } from './entry.ts'

/** Who serves the models of others, on their own machines or as a router. */
export const hosts: readonly ProviderEntry[] = [
  {
    id: 'groq',
    name: 'Groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    baseUrlName: 'GROQ_BASE_URL',
    keyNames: ['GROQ_API_KEY'],
    sdk: 'groq',
    logoUrl: 'https://groq.com/favicon.ico',
    candidates: [
      candidate('openai/gpt-oss-20b', 0.075, 0.3),
      candidate('openai/gpt-oss-120b', 0.15, 0.6),
      noPrice('qwen/qwen3.8-27b'),
    ],
    rules: [
      {
        maxTokens: 'max_completion_tokens',
        temperature: { min: 0, max: 2 },
        drop: ['logprobs', 'top_logprobs', 'logit_bias', 'presence_penalty', 'frequency_penalty'],
      },
      // gpt-oss always reasons: `none` is a 400.
      { models: /gpt-oss/, ...effort('low') },
      { models: /qwen3/, ...effort('none') },
    ],
    list: openaiList,
  },
  {
    id: 'together',
    name: 'Together AI',
    baseUrl: 'https://api.together.ai/v1',
    baseUrlName: 'TOGETHER_BASE_URL',
    keyNames: ['TOGETHER_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://www.together.ai/favicon.ico',
    candidates: [
      candidate('openai/gpt-oss-120b', 0.15, 0.6),
      candidate('deepseek-ai/DeepSeek-V4-Flash-0731', 0.14, 0.28),
      candidate('Qwen/Qwen3.5-9B', 0.17, 0.25),
      candidate('meta-llama/Llama-3.3-70B-Instruct-Turbo', 0.88, 0.88),
    ],
    rules: [
      { maxTokens: 'max_tokens', temperature: { min: 0, max: 1 } },
      { models: /gpt-oss/, ...effort('low') },
      {
        models: /^(deepseek-ai\/DeepSeek-V|Qwen\/Qwen3|zai-org\/|moonshotai\/)/,
        leastReasoning: { reasoning: { enabled: false } },
      },
    ],
    // Answers with its own timings and trace ids.
    headers: { 'x-together-debug': '1' },
    // Without the query it also lists models that need a deployment of one's own.
    list: { path: '/models?dedicated=false', shape: 'array', prices: 'usd_per_million' },
  },
  {
    id: 'openrouter',
    name: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    baseUrlName: 'OPENROUTER_BASE_URL',
    keyNames: ['OPENROUTER_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://openrouter.ai/favicon.ico',
    candidates: [
      candidate('openai/gpt-6-luna', 0.1, 0.5),
      candidate('openai/gpt-oss-20b', 0.029, 0.14),
      candidate('openai/gpt-4o-mini', 0.15, 0.6),
    ],
    rules: [
      {
        maxTokens: 'max_completion_tokens',
        temperature: { min: 0, max: 2 },
        leastReasoning: { reasoning: { effort: 'none' } },
      },
      // Reasoning is mandatory for these: effort `none` is refused.
      {
        models:
          /gpt-oss|gpt-5(?![.]|-chat)|gpt-6-astra|\/o\d|gemini-.*-pro|minimax-m[12]|kimi-k(2\.7|3)|-r1|thinking|grok-4/i,
        leastReasoning: { reasoning: { effort: 'low' } },
      },
    ],
    pin: { provider: { only: ['{host}'], allow_fallbacks: false, require_parameters: true } },
    list: { path: '/models', shape: 'openrouter', prices: 'usd_per_token' },
  },
]
