import { expect, test } from 'vitest'
import type { ParameterRule } from '../../../src/core/provider.ts'
import { parseBaseUrl } from '../../../src/registry/base-url.ts'
import { providers } from '../../../src/registry/providers.ts'

test('no two providers share an id or a name', () => {
  for (const names of [providers.map(({ id }) => id), providers.map(({ name }) => name.toLowerCase())])
    expect(names).toEqual([...new Set(names)])
})

test('no two providers read the same variable', () => {
  const names = providers.flatMap(({ keyNames, baseUrlName }) => [...keyNames, baseUrlName])
  expect(names).toEqual([...new Set(names)])
})

test.each(providers)('$id can be called as its entry says', (entry) => {
  expect(entry.baseUrl).toMatch(/^https:\/\//)
  expect(parseBaseUrl(entry.baseUrl)).toEqual({ baseUrl: entry.baseUrl })
  expect(entry.baseUrlName).toBe(`${entry.id.toUpperCase()}_BASE_URL`)
  expect(entry.keyNames[0]).toBe(`${entry.id.toUpperCase()}_API_KEY`)
  for (const name of entry.keyNames) expect(name).toMatch(/^[A-Z_]+_API_KEY$/)
  expect(entry.sdk).toBe(entry.id === 'groq' ? 'groq' : 'openai')
  expect(new URL(entry.logoUrl ?? '').protocol).toBe('https:')
})

test.each(providers)('$id has candidates, each once, and days on which some end', ({ candidates }) => {
  const models = candidates.map(({ model }) => model)
  expect(models.length).toBeGreaterThan(0)
  expect(models).toEqual([...new Set(models)])
  for (const { shutdownOn = '2099-01-01' } of candidates) expect(shutdownOn).toMatch(/^20\d\d-\d\d-\d\d$/)
})

test.each(providers)('$id lists its models at a URL of its own', ({ baseUrl, list }) => {
  const url = new URL(`${baseUrl}${list.path}`)
  expect(url.origin).toBe(new URL(baseUrl).origin)
  expect(url.pathname).toMatch(/\/models$/)
})

test('models that were shut down are not candidates', () => {
  const models = providers.flatMap(({ candidates }) => candidates.map(({ model }) => model))
  const gone = [
    'llama-3.1-8b-instant',
    'deepseek-chat',
    'gpt-4.1-nano',
    'mistralai/Mixtral-8x7B-Instruct-v0.1',
  ]
  expect(models.filter((model) => gone.includes(model))).toEqual([])
})

/** The rules that match a model as one, as core/provider.ts defines it: in order, later ones win. */
function ruleOf(provider: string, model: string): ParameterRule {
  const rules = providers.find(({ id }) => id === provider)?.rules ?? []
  return Object.assign({}, ...rules.filter(({ models }) => models?.test(model) ?? true)) as ParameterRule
}

const newer = 'max_completion_tokens'
const older = 'max_tokens'
const effort = (level: string) => ({ reasoning_effort: level })
const noThinking = { thinking: { type: 'disabled' } }

// Worked out from what each provider documents or answers, model by model.
test.each([
  ['openai', 'gpt-6-luna', { maxTokens: newer, temperature: 'drop', leastReasoning: effort('none') }],
  ['openai', 'gpt-6-astra', { maxTokens: newer, temperature: 'drop', leastReasoning: effort('low') }],
  ['openai', 'gpt-5.6-luna', { maxTokens: newer, temperature: 'drop', leastReasoning: effort('none') }],
  ['openai', 'gpt-5.4-nano', { maxTokens: newer, temperature: 'drop', leastReasoning: effort('none') }],
  ['openai', 'gpt-5.2-pro', { maxTokens: newer, temperature: 'drop', leastReasoning: {} }],
  ['openai', 'gpt-5-nano', { maxTokens: newer, temperature: 'drop', leastReasoning: effort('minimal') }],
  [
    'openai',
    'gpt-5-chat-latest',
    { maxTokens: newer, temperature: { min: 0, max: 2 }, leastReasoning: undefined },
  ],
  ['openai', 'o3', { maxTokens: newer, temperature: 'drop', leastReasoning: effort('low') }],
  ['openai', 'o4-mini', { maxTokens: newer, temperature: 'drop', leastReasoning: effort('low') }],
  ['openai', 'gpt-4o-mini', { maxTokens: newer, temperature: { min: 0, max: 2 }, leastReasoning: undefined }],
  ['openai', 'gpt-4.1', { maxTokens: newer, temperature: { min: 0, max: 2 }, leastReasoning: undefined }],
  ['openai', 'gpt-4o-search-preview', { maxTokens: newer, temperature: 'drop', leastReasoning: undefined }],
  [
    'groq',
    'openai/gpt-oss-20b',
    { maxTokens: newer, temperature: { min: 0, max: 2 }, leastReasoning: effort('low') },
  ],
  [
    'groq',
    'qwen/qwen3.8-27b',
    { maxTokens: newer, temperature: { min: 0, max: 2 }, leastReasoning: effort('none') },
  ],
  [
    'groq',
    'llama-3.3-70b-versatile',
    { maxTokens: newer, temperature: { min: 0, max: 2 }, leastReasoning: undefined },
  ],
  [
    'together',
    'openai/gpt-oss-120b',
    { maxTokens: older, temperature: { min: 0, max: 1 }, leastReasoning: effort('low') },
  ],
  [
    'together',
    'deepseek-ai/DeepSeek-V4-Flash-0731',
    { maxTokens: older, temperature: { min: 0, max: 1 }, leastReasoning: { reasoning: { enabled: false } } },
  ],
  [
    'together',
    'meta-llama/Llama-3.3-70B-Instruct-Turbo',
    { maxTokens: older, temperature: { min: 0, max: 1 }, leastReasoning: undefined },
  ],
  [
    'openrouter',
    'openai/gpt-6-luna',
    { maxTokens: newer, temperature: { min: 0, max: 2 }, leastReasoning: { reasoning: { effort: 'none' } } },
  ],
  [
    'openrouter',
    'openai/gpt-oss-20b',
    { maxTokens: newer, temperature: { min: 0, max: 2 }, leastReasoning: { reasoning: { effort: 'low' } } },
  ],
  [
    'openrouter',
    'openai/o3',
    { maxTokens: newer, temperature: { min: 0, max: 2 }, leastReasoning: { reasoning: { effort: 'low' } } },
  ],
  ['glm', 'glm-5.3-flash', { maxTokens: older, temperature: { min: 0, max: 1 }, leastReasoning: noThinking }],
  ['kimi', 'kimi-k2.6', { maxTokens: newer, temperature: 'drop', leastReasoning: noThinking }],
  ['kimi', 'kimi-k2.7-code', { maxTokens: newer, temperature: 'drop', leastReasoning: undefined }],
  ['kimi', 'kimi-k3', { maxTokens: newer, temperature: 'drop', leastReasoning: effort('low') }],
  [
    'minimax',
    'MiniMax-M3',
    { maxTokens: newer, temperature: { min: 0.01, max: 1 }, leastReasoning: noThinking },
  ],
  [
    'minimax',
    'MiniMax-M2.7',
    { maxTokens: newer, temperature: { min: 0.01, max: 1 }, leastReasoning: undefined },
  ],
  [
    'deepseek',
    'deepseek-v4-flash',
    { maxTokens: older, temperature: { min: 0, max: 2 }, leastReasoning: noThinking },
  ],
  [
    'anthropic',
    'claude-haiku-4-5',
    { maxTokens: older, temperature: { min: 0, max: 1 }, leastReasoning: undefined },
  ],
  [
    'anthropic',
    'claude-haiku-4-5-20251001',
    { maxTokens: older, temperature: { min: 0, max: 1 }, leastReasoning: undefined },
  ],
  [
    'anthropic',
    'claude-sonnet-4-20250514',
    { maxTokens: older, temperature: { min: 0, max: 1 }, leastReasoning: undefined },
  ],
  [
    'anthropic',
    'claude-opus-4-6',
    { maxTokens: older, temperature: { min: 0, max: 1 }, leastReasoning: undefined },
  ],
  ['anthropic', 'claude-opus-4-7', { maxTokens: older, temperature: 'drop', leastReasoning: undefined }],
  ['anthropic', 'claude-opus-5', { maxTokens: older, temperature: 'drop', leastReasoning: undefined }],
  ['anthropic', 'claude-haiku-6', { maxTokens: older, temperature: 'drop', leastReasoning: undefined }],
  [
    'gemini',
    'gemini-3.5-flash-lite',
    { maxTokens: older, temperature: { min: 1, max: 2 }, leastReasoning: effort('minimal') },
  ],
  [
    'gemini',
    'gemini-3.1-pro-preview',
    { maxTokens: older, temperature: { min: 1, max: 2 }, leastReasoning: effort('low') },
  ],
  [
    'gemini',
    'gemini-2.5-flash-lite',
    { maxTokens: older, temperature: { min: 0, max: 2 }, leastReasoning: effort('none') },
  ],
  [
    'gemini',
    'gemini-2.5-pro',
    { maxTokens: older, temperature: { min: 0, max: 2 }, leastReasoning: effort('low') },
  ],
] as const)('%s %s gets the right limit, temperature and reasoning', (provider, model, expected) => {
  const { maxTokens, temperature, leastReasoning } = ruleOf(provider, model)
  expect({ maxTokens, temperature, leastReasoning }).toEqual(expected)
})

test("OpenAI's reasoning models get no sampling parameters", () => {
  expect(ruleOf('openai', 'o3').drop).toEqual(
    expect.arrayContaining(['top_p', 'logprobs', 'presence_penalty']),
  )
  expect(ruleOf('openai', 'gpt-4o-mini').drop).toBeUndefined()
})

test('older Claude models get temperature or top_p, never both', () => {
  expect(ruleOf('anthropic', 'claude-haiku-4-5').conflicts).toEqual([['temperature', 'top_p']])
  expect(ruleOf('anthropic', 'claude-haiku-4-5').drop).toEqual([])
})

test('every candidate has a rule for its output limit', () => {
  const all = providers.flatMap(({ id, candidates }) => candidates.map(({ model }) => ruleOf(id, model)))
  expect(all.filter(({ maxTokens }) => maxTokens === undefined)).toEqual([])
})

test('a pin is made of the host that a target names', () => {
  const pins = providers.flatMap(({ pin }) => pin ?? [])
  expect(pins.length).toBeGreaterThan(0)
  for (const pin of pins) expect(JSON.stringify(pin)).toContain('"{host}"')
})
