import { expect, test } from 'vitest'
import type { Target } from '../../../src/core/plan.ts'
import { configuredProviders } from '../../../src/registry/configure.ts'
import { type Known, selectTargets } from '../../../src/registry/select.ts'

const { providers: configured } = configuredProviders({
  OPENAI_API_KEY: 'a',
  GROQ_API_KEY: 'b',
  TOGETHER_API_KEY: 'c',
})
const nothing: Known = { targets: [], models: [] }
const target = (provider: string, model: string): Target => ({
  provider,
  model,
  parameters: { reasoning: 'least' },
  region: null,
})

function select(options: { catalog?: Known; providers?: string[]; model?: string | null }) {
  return selectTargets({
    configured,
    catalog: nothing,
    providers: [],
    region: 'fra1',
    model: null,
    ...options,
  })
}
const names = (selection: ReturnType<typeof select>): string[] | string =>
  'problem' in selection
    ? selection.problem
    : selection.targets.map(({ provider, model }) => `${provider} ${model}`).toSorted()

test('a provider without targets gets its first candidate', () => {
  expect(names(select({}))).toEqual([
    'groq openai/gpt-oss-20b',
    'openai gpt-6-luna',
    'together openai/gpt-oss-120b',
  ])
})

test('a candidate the provider no longer lists is replaced by the next; one never looked up is not', () => {
  const models = [
    { provider: 'openai', model: 'gpt-6-luna', available: false },
    { provider: 'openai', model: 'gpt-5.6-luna', available: null },
  ]
  expect(names(select({ catalog: { targets: [], models }, providers: ['openai'] }))).toEqual([
    'openai gpt-5.6-luna',
  ])
})

test('active targets are taken as they are, and those of other providers are not', () => {
  const pinned: Target = {
    ...target('openai', 'o3'),
    parameters: { reasoning: 'default', maxTokens: 64 },
    region: 'fra1',
  }
  const catalog = { targets: [pinned, target('openai', 'o3'), target('deepseek', 'x')], models: [] }
  const selection = select({ catalog, providers: ['openai'] })
  expect(selection).toEqual({ targets: [pinned, target('openai', 'o3')], notes: [] })
})

test('a provider without available candidates is noted, and the others continue', () => {
  const groq = configured.find(({ entry }) => entry.id === 'groq')?.entry.candidates ?? []
  const models = groq.map(({ model }) => ({ provider: 'groq', model, available: false }))
  const selection = select({ catalog: { targets: [], models } })
  expect(selection).toMatchObject({ notes: [expect.stringContaining('Groq')] })
  expect(names(selection)).toHaveLength(2)
  expect(names(select({ catalog: { targets: [], models }, providers: ['groq'] }))).toContain('--model')
})

test('providers are named by id or display name, in any case', () => {
  expect(names(select({ providers: ['OPENAI', 'together ai'] }))).toEqual([
    'openai gpt-6-luna',
    'together openai/gpt-oss-120b',
  ])
})

test('for a known provider without a key the problem names the variable to set', () => {
  const problem = names(select({ providers: ['kimi'] }))
  expect(problem).toContain('KIMI_API_KEY or MOONSHOT_API_KEY')
  expect(problem).toContain('openai')
})

test('for an unknown provider the problem lists the known ones', () => {
  expect(names(select({ providers: ['openai', 'opnai'] }))).toMatch(
    /no provider "opnai".*openai.*LLM_BASE_URL/,
  )
})

test('without any provider the problem says how to configure one', () => {
  expect(
    selectTargets({ configured: [], catalog: nothing, providers: [], region: 'fra1', model: null }),
  ).toEqual({
    problem: expect.stringMatching(/_API_KEY.*LLM_BASE_URL/) as string,
  })
})

test('an exact id is taken wherever it is known, and nothing that merely contains it', () => {
  expect(names(select({ model: 'openai/gpt-oss-120b' }))).toEqual([
    'groq openai/gpt-oss-120b',
    'together openai/gpt-oss-120b',
  ])
  const models = [{ provider: 'openai', model: 'gpt-6-luna-audio', available: true }]
  expect(names(select({ catalog: { targets: [], models }, model: 'gpt-6-luna' }))).toEqual([
    'openai gpt-6-luna',
  ])
})

test('an exact id is called even when the provider no longer lists it: it was asked for', () => {
  const models = [{ provider: 'openai', model: 'gpt-3', available: false }]
  expect(names(select({ catalog: { targets: [], models }, model: 'gpt-3' }))).toEqual(['openai gpt-3'])
})

test('a part of an id, in any case, takes every model that is offered and contains it', () => {
  const models = [
    { provider: 'groq', model: 'GPT-OSS-safeguard', available: true },
    { provider: 'groq', model: 'gpt-oss-old', available: false },
  ]
  expect(names(select({ catalog: { targets: [], models }, providers: ['groq'], model: 'Gpt-Oss' }))).toEqual([
    'groq GPT-OSS-safeguard',
    'groq openai/gpt-oss-120b',
    'groq openai/gpt-oss-20b',
  ])
})

test('a model with targets of its own is called with their parameters', () => {
  const own: Target = { ...target('openai', 'gpt-6-luna'), parameters: { reasoning: 'default' } }
  const selection = select({ catalog: { targets: [own], models: [] }, model: 'gpt-6-luna' })
  expect(selection).toEqual({ targets: [own], notes: [] })
})

test('an unknown id is called as typed if one provider is chosen, else refused with similar ones', () => {
  expect(names(select({ providers: ['openai'], model: 'gpt-7-nova' }))).toEqual(['openai gpt-7-nova'])
  expect(names(select({ model: 'gpt-7-nova' }))).toMatch(
    /No known model is or contains "gpt-7-nova".*gpt-6-luna/,
  )
  expect(names(select({ model: ' ' }))).toContain('empty')
})

test('an endpoint from the environment is called with the model set there now', () => {
  const env = { LLM_BASE_URL: 'http://127.0.0.1:8000/v1', LLM_MODEL: 'new' }
  const { providers: custom } = configuredProviders(env)
  const catalog = {
    targets: [target('custom', 'old')],
    models: [{ provider: 'custom', model: 'new', available: false }],
  }
  const selection = selectTargets({
    configured: custom,
    catalog,
    providers: [],
    region: 'local',
    model: null,
  })
  expect(names(selection)).toEqual(['custom new'])
})

test('targets bound to another region are left out, and not replaced', () => {
  const bound = (region: string): Target => ({ ...target('openai', 'o3'), region })
  const both = { targets: [bound('fra1'), bound('iad1')], models: [] }
  expect(select({ catalog: both, providers: ['openai'] })).toMatchObject({ targets: [{ region: 'fra1' }] })
  const elsewhere = { targets: [bound('iad1')], models: [] }
  expect(select({ catalog: elsewhere, providers: ['openai'] })).toEqual({
    problem: expect.stringContaining('other regions'),
  })
})

test('a provider whose targets were switched off is not called by default, and can be by hand', () => {
  const catalog = { targets: [], paused: [{ provider: 'openai', model: 'gpt-6-luna' }], models: [] }
  const selection = select({ catalog, providers: ['openai', 'groq'] })
  expect(names(selection)).toEqual(['groq openai/gpt-oss-20b'])
  expect(selection).toMatchObject({ notes: [expect.stringContaining('switched off')] })
  expect(names(select({ catalog, providers: ['openai'], model: 'gpt-6-luna' }))).toEqual([
    'openai gpt-6-luna',
  ])
})
