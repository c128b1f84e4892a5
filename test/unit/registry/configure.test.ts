import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { configuredProviders } from '../../../src/registry/configure.ts'
import { providers as entries } from '../../../src/registry/providers.ts'
import { customEntry, syntheticEntry } from '../../../src/registry/custom.ts'
import { parseBaseUrl } from '../../../src/registry/base-url.ts'

const ids = (env: Record<string, string>) => configuredProviders(env).providers.map(({ entry }) => entry.id)
const problems = (env: Record<string, string>) =>
  configuredProviders(env).problems.map(({ message }) => message)

test('an empty environment configures nothing and is not a problem', () => {
  expect(configuredProviders({})).toEqual({ providers: [], problems: [] })
})

test('a provider is configured when its key is set, trimmed', () => {
  const [provider, ...others] = configuredProviders({
    OPENAI_API_KEY: ' sk-abc \n',
    GROQ_API_KEY: '  ',
  }).providers
  expect(provider).toMatchObject({
    key: 'sk-abc',
    baseUrl: 'https://api.openai.com/v1',
    synthetic: false,
    trusted: true,
  })
  expect(others).toEqual([])
})

test.each([
  ['ZAI_API_KEY', 'glm'],
  ['ZHIPU_API_KEY', 'glm'],
  ['MOONSHOT_API_KEY', 'kimi'],
  ['GOOGLE_API_KEY', 'gemini'],
  ['GOOGLE_GENERATIVE_AI_API_KEY', 'gemini'],
])('%s configures %s', (name, id) => {
  expect(ids({ [name]: 'k-123' })).toEqual([id])
})

test('the first of several names wins', () => {
  const { providers } = configuredProviders({ ZHIPU_API_KEY: 'last', GLM_API_KEY: 'first' })
  expect(providers.map(({ key }) => key)).toEqual(['first'])
})

test.each([
  'your_openai_key',
  'your-api-key-here',
  '<your key>',
  'sk-xxxxxxxx',
  'changeme',
  'sk-...',
  'TODO',
  'sk-your-key',
])('the placeholder %s is a problem, not a key', (value) => {
  expect(ids({ OPENAI_API_KEY: value })).toEqual([])
  expect(problems({ OPENAI_API_KEY: value })).toEqual([
    expect.stringContaining('OPENAI_API_KEY still holds an example'),
  ])
})

test.each([
  ['"sk-hunter2"', 'a quote'],
  ['sk-hunter2"', 'a quote'],
  ['$MY_HUNTER2', 'names another variable'],
  ['${MY_HUNTER2}', 'names another variable'],
  ['%MY_HUNTER2%', 'names another variable'],
  ['OPENAI_API_KEY=sk-hunter2', 'more than a key'],
  ['sk-hunter2\\n', 'more than a key'],
])('%s is not the key that was meant', (value, problem) => {
  expect(ids({ OPENAI_API_KEY: value })).toEqual([])
  expect(problems({ OPENAI_API_KEY: value })).toEqual([expect.stringContaining(problem)])
  expect(problems({ OPENAI_API_KEY: value }).join()).not.toMatch(/hunter2/i)
})

test.each(['lm-studio', 'sk-yourself1234', 'gsk_xY3', 'none', 'sk-proj-replaceable'])(
  '%s may be a key',
  (value) => {
    expect(problems({ OPENAI_API_KEY: value })).toEqual([])
  },
)

test.each(['sk-ab\ncd', 'sk-äbc', 'sk-a b', 'sk-\u{1f511}'])(
  'a key that fits no header is a problem that does not show it',
  (key) => {
    const [problem = ''] = problems({ GROQ_API_KEY: key })
    expect(ids({ GROQ_API_KEY: key })).toEqual([])
    expect(problem).toContain('GROQ_API_KEY')
    expect(problem).not.toContain(key)
  },
)

test('a usable alias replaces one with a placeholder, which is still reported', () => {
  const env = { KIMI_API_KEY: 'your_kimi_key', MOONSHOT_API_KEY: 'sk-1' }
  expect(ids(env)).toEqual(['kimi'])
  expect(problems(env)).toHaveLength(1)
})

test('a base URL from the environment replaces the provider’s', () => {
  const { providers } = configuredProviders({
    OPENAI_API_KEY: 'k',
    OPENAI_BASE_URL: 'http://localhost:9/v1//',
  })
  expect(providers.map(({ baseUrl }) => baseUrl)).toEqual(['http://localhost:9/v1'])
})

test('a base URL that cannot be used keeps the key from being sent anywhere', () => {
  const env = { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'api.example.com/v1' }
  expect(ids(env)).toEqual([])
  expect(problems(env)).toEqual([expect.stringMatching(/^OPENAI_BASE_URL is not an http or https URL/)])
})

test('a base URL without its key is ignored', () => {
  expect(configuredProviders({ OPENAI_BASE_URL: 'nonsense' })).toEqual({ providers: [], problems: [] })
})

test.each([
  ['https://api.example.com/v1/', 'https://api.example.com/v1'],
  [' http://[::1]:8080 ', 'http://[::1]:8080'],
])('the base URL %j is read as %s', (text, baseUrl) => {
  expect(parseBaseUrl(text)).toEqual({ baseUrl })
})

test.each([
  ['ftp://example.com', /not an http or https URL/],
  ['https://user:secret@example.com/v1', /user name or password/],
  ['https://example.com/v1?key=secret', /query/],
  ['https://example.com/v1/chat/completions', /give its base: https:\/\/example\.com\/v1$/],
])('the base URL %s is refused without repeating a secret', (text, problem) => {
  const read = parseBaseUrl(text)
  expect(read).toEqual({ problem: expect.stringMatching(problem) as string })
  expect(JSON.stringify(read)).not.toContain('secret')
})

test('LLM_MODEL=synthetic alone is for the proxy, and configures nothing here', () => {
  expect(configuredProviders({ LLM_MODEL: 'synthetic' })).toEqual({ providers: [], problems: [] })
})

test('LLM_BASE_URL and LLM_MODEL make any endpoint a provider, with or without a key', () => {
  const env = { LLM_BASE_URL: 'http://localhost:1234/v1/', LLM_MODEL: 'qwen3:4b' }
  const [provider] = configuredProviders(env).providers
  expect(provider).toMatchObject({ baseUrl: 'http://localhost:1234/v1', key: null })
  expect(provider?.entry).toMatchObject({
    id: 'custom',
    name: 'Custom',
    candidates: [{ model: 'qwen3:4b' }],
  })
  const named = configuredProviders({ ...env, LLM_API_KEY: 'lm-studio', LLM_NAME: 'My Box' }).providers[0]
  expect(named).toMatchObject({ key: 'lm-studio', entry: { id: 'my-box', name: 'My Box' } })
})

test.each([
  [{ LLM_BASE_URL: 'http://localhost:1/v1' }, /LLM_MODEL is not/],
  [{ LLM_MODEL: 'm' }, /LLM_BASE_URL is not/],
  [{ LLM_BASE_URL: 'x', LLM_MODEL: 'm' }, /LLM_BASE_URL is not an http/],
  [{ LLM_BASE_URL: 'http://localhost:1', LLM_MODEL: 'm', LLM_API_KEY: 'a b' }, /LLM_API_KEY/],
])('half a custom endpoint is a problem: %j', (env, problem) => {
  expect(ids(env)).toEqual([])
  expect(problems(env)).toEqual([expect.stringMatching(problem)])
})

test.each([
  ['OpenAI', 'custom-openai'],
  ['synthetic', 'custom-synthetic'],
  ['  My Box #2 ', 'my-box-2'],
  ['本地', '本地'],
  ['!!', 'custom'],
  ['', 'custom'],
])('an endpoint named %j never takes the id of a known provider', (name, id) => {
  expect(customEntry({ name, baseUrl: 'http://localhost:1', model: 'm' }).id).toBe(id)
})

test('a custom endpoint gets max_tokens, the only limit that Ollama and LM Studio read', () => {
  expect(customEntry({ baseUrl: 'http://localhost:1', model: 'm' }).rules).toEqual([
    { maxTokens: 'max_tokens' },
  ])
})

test('the synthetic provider has one model and no price', () => {
  const entry = syntheticEntry('http://127.0.0.1:18080/v1')
  expect(entry).toMatchObject({ id: 'synthetic', name: 'Synthetic', baseUrl: 'http://127.0.0.1:18080/v1' })
  expect(entry.candidates).toEqual([{ model: 'synthetic-1' }])
})

test('.env.example names every key that is read, and unchanged configures nothing', () => {
  const example = readFileSync('.env.example', 'utf8')
  const named = new Set(example.match(/[A-Z][A-Z0-9_]+/g))
  const read = [
    ...entries.flatMap(({ keyNames }) => keyNames),
    'LLM_BASE_URL',
    'LLM_MODEL',
    'LLM_API_KEY',
    'LLM_NAME',
  ]
  expect(read.filter((name) => !named.has(name))).toEqual([])
  expect(configuredProviders({ ...parseEnv(example) })).toEqual({ providers: [], problems: [] })
})
