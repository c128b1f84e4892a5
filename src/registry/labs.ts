import type { ProviderEntry } from '../core/provider.ts'
import { effort, openaiList, sampling, statuspage, thinkingOff } from './entry.ts'

/** What incidents of OpenAI's page are titled that are not about calling its models. */
const openaiProducts = [
  'chatgpt|codex|sora|gpts|gpt actions|atlas|voice|deep research|work mode|workspace|conversation',
  'image generation|file upload|\\bsites\\b|ads manager',
  'log-?in|sign-?(in|up)|new accounts|rbac|\\bplans?\\b',
]

/** Providers that serve the models they make. */
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
      { model: 'gpt-6-luna' },
      { model: 'gpt-5.6-luna' },
      { model: 'gpt-5.4-nano' },
      { model: 'gpt-4o-mini', shutdownOn: '2027-01-14' },
    ],
    rules: [
      { maxTokens: 'max_completion_tokens', temperature: { min: 0, max: 2 } },
      // From 5.1 on temperature is accepted only with effort `none`; dropped, so that one rule fits every
      // effort.
      { models: /^(o\d|gpt-(5(?!-chat)|[6-9]))/, temperature: 'drop', drop: sampling },
      { models: /^o\d/, ...effort('low') },
      { models: /^gpt-5(?![.]|-chat)/, ...effort('minimal') },
      { models: /^gpt-(5\.[1-9]|[6-9])/, ...effort('none') },
      { models: /^gpt-6-astra/, ...effort('low') },
      // The pro models have one or two high levels and reject all others.
      { models: /^(o\d|gpt-[5-9][.\d]*)-pro/, leastReasoning: {} },
      { models: /search-preview/, temperature: 'drop' },
    ],
    list: {
      path: '/models',
      prices: null,
      types: [
        [/^(babbage|davinci)-|-instruct/, 'completion'],
        [/^(o\d|gpt-[\d.]+)-pro(-\d|$)|codex|deep-research|computer-use/, 'responses'],
      ],
    },
    status: {
      ...statuspage('https://status.openai.com', 'components'),
      components: /^(Chat Completions|Responses)$/,
      // A title that names the API too is about it: "Increase in errors on API, Codex and Work Mode".
      others: new RegExp(`^(?!.*(?<!codex |sora |ads )\\bapis?\\b).*(${openaiProducts.join('|')})`, 'i'),
    },
    pricedAs: { genaiPrices: 'openai', modelsDev: 'openai' },
  },
  {
    id: 'anthropic',
    name: 'Anthropic',
    baseUrl: 'https://api.anthropic.com/v1',
    baseUrlName: 'ANTHROPIC_BASE_URL',
    keyNames: ['ANTHROPIC_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://www.anthropic.com/favicon.ico',
    candidates: [{ model: 'claude-haiku-4-5' }],
    rules: [
      // From 4.7 on, and in every newer family, sampling parameters are a 400, so they are dropped unless
      // known to work.
      { maxTokens: 'max_tokens', temperature: 'drop', drop: ['top_p', 'top_k'] },
      {
        models: /^claude-(3-|(opus|sonnet|haiku)-4(-[0-6])?(-\d{8}|-latest)?$)/,
        temperature: { min: 0, max: 1 },
        drop: [],
        conflicts: [['temperature', 'top_p']],
      },
    ],
    list: {
      path: '/models?limit=1000',
      keyHeader: 'x-api-key',
      headers: { 'anthropic-version': '2023-06-01' },
      after: 'after_id',
      prices: null,
    },
    status: { ...statuspage('https://status.claude.com'), components: /^Claude API\b/ },
    pricedAs: { genaiPrices: 'anthropic', modelsDev: 'anthropic' },
  },
  {
    id: 'gemini',
    genAiName: 'gcp.gemini',
    name: 'Gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
    baseUrlName: 'GEMINI_BASE_URL',
    keyNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://gemini.google.com/favicon.ico',
    candidates: [
      { model: 'gemini-3.5-flash-lite' },
      { model: 'gemini-3.1-flash-lite' },
      { model: 'gemini-2.5-flash-lite' },
    ],
    rules: [
      { maxTokens: 'max_tokens', temperature: { min: 0, max: 2 }, ...effort('low') },
      // Google asks to keep the third generation at 1: below, it loops.
      { models: /^gemini-[3-9]/, temperature: { min: 1, max: 2 } },
      { models: /^gemini-[3-9].*flash/, ...effort('minimal') },
      { models: /^gemini-2\.5-flash/, ...effort('none') },
    ],
    // The OpenAI-compatible listing has only ids.
    list: {
      path: '/../models?pageSize=1000',
      keyHeader: 'x-goog-api-key',
      after: 'pageToken',
      prices: null,
      types: [[/deep-research|antigravity|computer-use/, 'responses']],
    },
    // Google publishes no feed of the Gemini API itself, only of Vertex AI, which serves the same models.
    status: {
      dialect: 'google',
      page: 'https://status.cloud.google.com/products/Z0FZJAMvEB4j3NbCJs6B/history',
      documents: ['https://status.cloud.google.com/incidents.json'],
      components: /^(Vertex Gemini API|Gemini on Agent Platform)$/,
    },
    pricedAs: { genaiPrices: 'google', modelsDev: 'google' },
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
      { model: 'glm-5.3-flash' },
      { model: 'glm-4.7-flashx' },
      { model: 'glm-4.7-flash' },
      { model: 'glm-4.5-air' },
    ],
    rules: [{ maxTokens: 'max_tokens', temperature: { min: 0, max: 1 }, ...thinkingOff }],
    list: openaiList,
    pricedAs: { genaiPrices: 'zai', modelsDev: 'zai' },
  },
  {
    id: 'kimi',
    genAiName: 'moonshot_ai',
    name: 'Kimi',
    baseUrl: 'https://api.moonshot.ai/v1',
    baseUrlName: 'KIMI_BASE_URL',
    keyNames: ['KIMI_API_KEY', 'MOONSHOT_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://www.kimi.com/favicon.ico',
    // New accounts do not see the K2 series, which ends in December 2026.
    candidates: [{ model: 'kimi-k2.6', shutdownOn: '2026-12-31' }, { model: 'kimi-k3' }],
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
    status: { ...statuspage('https://status.moonshot.cn'), components: /^(Open API|API Service)$/ },
    pricedAs: { genaiPrices: 'moonshotai', modelsDev: 'moonshotai' },
  },
  {
    id: 'minimax',
    name: 'MiniMax',
    baseUrl: 'https://api.minimax.io/v1',
    baseUrlName: 'MINIMAX_BASE_URL',
    keyNames: ['MINIMAX_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://www.minimax.io/favicon.ico',
    candidates: [{ model: 'MiniMax-M3' }, { model: 'MiniMax-M2.7' }],
    rules: [
      // 0 itself is rejected.
      { maxTokens: 'max_completion_tokens', temperature: { min: 0.01, max: 1 } },
      // M2 cannot stop thinking.
      { models: /^MiniMax-M[3-9]/, ...thinkingOff },
    ],
    list: openaiList,
    status: { ...statuspage('https://status.minimax.io'), components: /^Large Language Models \(LLM\)$/ },
    pricedAs: { genaiPrices: 'minimax', modelsDev: 'minimax' },
  },
  {
    id: 'deepseek',
    name: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com',
    baseUrlName: 'DEEPSEEK_BASE_URL',
    keyNames: ['DEEPSEEK_API_KEY'],
    sdk: 'openai',
    logoUrl: 'https://www.deepseek.com/favicon.ico',
    candidates: [{ model: 'deepseek-v4-flash' }],
    rules: [{ maxTokens: 'max_tokens', temperature: { min: 0, max: 2 }, ...thinkingOff }],
    list: openaiList,
    // deepseek.statuspage.io still answers, with what it said in May 2026.
    status: {
      dialect: 'flashduty',
      page: 'https://status.deepseek.com',
      documents: ['https://status.deepseek.com/api/status-page/6410630422455/summary/active'],
      components: /API Service/,
    },
    pricedAs: { genaiPrices: 'deepseek', modelsDev: 'deepseek' },
  },
]
