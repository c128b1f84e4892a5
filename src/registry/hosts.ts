import type { ProviderEntry } from '../core/provider.ts'
import { effort, statuspage } from './entry.ts'

/** Providers that serve models of others, on their own machines or as a router. */
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
      { model: 'openai/gpt-oss-20b' },
      { model: 'openai/gpt-oss-120b' },
      { model: 'qwen/qwen3.8-27b' },
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
    list: { path: '/models', prices: 'usd_per_token' },
    status: {
      ...statuspage('https://groqstatus.com', 'components'),
      // Each model is a component; those for speech are not called here.
      components: /^(?!Website$|whisper|Canopy Labs)/,
    },
    pricedAs: { genaiPrices: 'groq', modelsDev: 'groq' },
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
      { model: 'openai/gpt-oss-120b' },
      { model: 'deepseek-ai/DeepSeek-V4-Flash-0731' },
      { model: 'Qwen/Qwen3.5-9B' },
      { model: 'meta-llama/Llama-3.3-70B-Instruct-Turbo' },
    ],
    rules: [
      { maxTokens: 'max_tokens', temperature: { min: 0, max: 1 } },
      { models: /gpt-oss/, ...effort('low') },
      {
        models: /^(deepseek-ai\/DeepSeek-V|Qwen\/Qwen3|zai-org\/|moonshotai\/)/,
        leastReasoning: { reasoning: { enabled: false } },
      },
    ],
    // Makes it return its own timings and trace ids.
    headers: { 'x-together-debug': '1' },
    // Without the query it also lists models that need a dedicated deployment.
    list: {
      path: '/models?dedicated=false',
      prices: 'usd_per_million',
      typeNames: { language: 'completion' },
    },
    status: {
      dialect: 'betterstack',
      page: 'https://status.together.ai',
      documents: ['https://status.together.ai/index.json'],
      components: /^Inference - Chat: /,
    },
    pricedAs: { genaiPrices: 'together', modelsDev: 'togetherai' },
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
      { model: 'openai/gpt-6-luna' },
      { model: 'openai/gpt-oss-20b' },
      { model: 'openai/gpt-4o-mini' },
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
    list: { path: '/models', prices: 'usd_per_token' },
    status: {
      dialect: 'datadog',
      page: 'https://status.openrouter.ai',
      documents: ['https://status.openrouter.ai/config.json'],
      components: /^Chat \(/,
    },
    pricedAs: { genaiPrices: 'openrouter' },
  },
]
