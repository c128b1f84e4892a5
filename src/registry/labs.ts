import type { ProviderEntry } from '../core/provider.ts'
import { cachedAt, candidate, effort, noPrice, openaiList, sampling, thinkingOff } from './entry.ts'

/** Who serves the models they make. */
export const labs: readonly ProviderEntry[] = [
  {
    id: 'openai',
    name: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    baseUrlName: 'OPENAI_BASE_URL',
    keyNames: ['OPENAI_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://openai.com/favicon.ico',
    candidates: [
      cachedAt(0.01, candidate('gpt-6-luna', 0.1, 0.5)),
      candidate('gpt-5.6-luna', 0.2, 1.2),
      candidate('gpt-5.4-nano', 0.2, 1.25),
      candidate('gpt-4o-mini', 0.15, 0.6),
    ],
    rules: [
      { maxTokens: 'max_completion_tokens', temperature: { min: 0, max: 2 } },
      // From 5.1 on temperature passes with effort `none` alone; dropped, so that one rule holds for every effort.
      { models: /^(o\d|gpt-(5(?!-chat)|[6-9]))/, temperature: 'drop', drop: sampling },
      { models: /^o\d/, ...effort('low') },
      { models: /^gpt-5(?![.]|-chat)/, ...effort('minimal') },
      { models: /^gpt-(5\.[1-9]|[6-9])/, ...effort('none') },
      { models: /^gpt-6-astra/, ...effort('low') },
      // The pro models have one or two high levels and refuse all others.
      { models: /^(o\d|gpt-[5-9][.\d]*)-pro/, leastReasoning: {} },
      { models: /search-preview/, temperature: 'drop' },
    ],
    list: openaiList,
  },
  {
    id: 'anthropic',
    name: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    baseUrlName: 'ANTHROPIC_BASE_URL',
    keyNames: ['ANTHROPIC_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://www.anthropic.com/favicon.ico',
    candidates: [candidate('claude-haiku-4-5', 1, 5)],
    rules: [
      // From 4.7 on, and in every newer family, sampling parameters are a 400; so they are dropped unless known to pass.
      { maxTokens: 'max_tokens', temperature: 'drop', drop: ['top_p', 'top_k'] },
      {
        models: /^claude-(3-|(opus|sonnet|haiku)-4(-[0-6])?(-\d{8}|-latest)?$)/,
        temperature: { min: 0, max: 1 },
        drop: [],
        conflicts: [['temperature', 'top_p']],
      },
    ],
    list: { path: '/models', shape: 'anthropic', prices: null },
  },
  {
    id: 'gemini',
    name: 'Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    baseUrlName: 'GEMINI_BASE_URL',
    keyNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://gemini.google.com/favicon.ico',
    candidates: [
      candidate('gemini-3.5-flash-lite', 0.3, 2.5),
      candidate('gemini-3.1-flash-lite', 0.25, 1.5),
      candidate('gemini-2.5-flash-lite', 0.1, 0.4),
    ],
    rules: [
      { maxTokens: 'max_tokens', temperature: { min: 0, max: 2 }, ...effort('low') },
      // Google asks to leave the third generation at 1: below it, it loops.
      { models: /^gemini-[3-9]/, temperature: { min: 1, max: 2 } },
      { models: /^gemini-[3-9].*flash/, ...effort('minimal') },
      { models: /^gemini-2\.5-flash/, ...effort('none') },
    ],
    list: {
      path: 'https://generativelanguage.googleapis.com/v1beta/models',
      shape: 'gemini',
      prices: null,
    },
  },
  {
    id: 'glm',
    name: 'GLM',
    baseUrl: 'https://api.z.ai/api/paas/v4',
    baseUrlName: 'GLM_BASE_URL',
    keyNames: ['GLM_API_KEY', 'ZAI_API_KEY', 'ZHIPU_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://z.ai/favicon.ico',
    candidates: [
      candidate('glm-5.3-flash', 0.075, 0.25),
      candidate('glm-4.7-flashx', 0.07, 0.4),
      candidate('glm-4.7-flash', 0, 0),
      candidate('glm-4.5-air', 0.2, 1.1),
    ],
    rules: [{ maxTokens: 'max_tokens', temperature: { min: 0, max: 1 }, ...thinkingOff }],
    list: openaiList,
  },
  {
    id: 'kimi',
    name: 'Kimi',
    baseUrl: 'https://api.moonshot.ai/v1',
    baseUrlName: 'KIMI_BASE_URL',
    keyNames: ['KIMI_API_KEY', 'MOONSHOT_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://www.kimi.com/favicon.ico',
    // New accounts do not see the K2 series, which ends in December 2026.
    candidates: [candidate('kimi-k2.6', 0.95, 4), candidate('kimi-k3', 3, 15)],
    rules: [
      // Any temperature but 1 is a 400, and the other sampling parameters are fixed too.
      {
        maxTokens: 'max_completion_tokens',
        temperature: 'drop',
        drop: ['top_p', 'n', 'presence_penalty', 'frequency_penalty'],
      },
      { models: /^kimi-k2\.[56]/, ...thinkingOff },
      { models: /^kimi-k3/, ...effort('low') },
    ],
    list: openaiList,
  },
  {
    id: 'minimax',
    name: 'MiniMax',
    baseUrl: 'https://api.minimax.io/v1',
    baseUrlName: 'MINIMAX_BASE_URL',
    keyNames: ['MINIMAX_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://www.minimax.io/favicon.ico',
    candidates: [candidate('MiniMax-M3', 0.3, 1.2), noPrice('MiniMax-M2.7')],
    rules: [
      // 0 itself is refused.
      { maxTokens: 'max_completion_tokens', temperature: { min: 0.01, max: 1 } },
      // M2 cannot stop thinking.
      { models: /^MiniMax-M[3-9]/, ...thinkingOff },
    ],
    list: openaiList,
  },
  {
    id: 'deepseek',
    name: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com',
    baseUrlName: 'DEEPSEEK_BASE_URL',
    keyNames: ['DEEPSEEK_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://www.deepseek.com/favicon.ico',
    // The off-peak price, in force 17 hours a day; 01-04 and 06-10 UTC cost twice as much.
    candidates: [cachedAt(0.007, candidate('deepseek-v4-flash', 0.22, 0.66))],
    rules: [{ maxTokens: 'max_tokens', temperature: { min: 0, max: 2 }, ...thinkingOff }],
    list: openaiList,
  },
]
