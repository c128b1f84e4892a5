import { expect, test } from 'vitest'
import { leadsTo, ownUpstream } from '../../../src/proxy/own-upstream.ts'
import { routeOf, type Upstreams } from '../../../src/proxy/route.ts'
import { syntheticEntry } from '../../../src/registry/custom.ts'
import { providers } from '../../../src/registry/providers.ts'
import { upstreamAt } from '../../support/proxied.ts'

const entryOf = (wanted: string) => {
  const entry = providers.find(({ id }) => id === wanted)
  if (entry === undefined) throw new Error(`no provider ${wanted}`)
  return entry
}
const synthetic = { ...upstreamAt('http://127.0.0.1:2/v1'), entry: syntheticEntry('http://127.0.0.1:2/v1') }
const upstreams: Upstreams = {
  own: upstreamAt('http://127.0.0.1:1/v1'),
  ownModel: 'openai/gpt-oss-120b',
  synthetic,
  others: [
    {
      provider: upstreamAt('http://127.0.0.1:3/v1', entryOf('openai')),
      models: new Set(['gpt-oss-120b', 'gpt-4.1-mini', 'own']),
    },
    {
      provider: upstreamAt('http://127.0.0.1:4/v1', entryOf('openrouter')),
      models: new Set(['openai/gpt-4.1-mini']),
    },
  ],
}

/** Where a model goes, and as what, when our own upstream lists these. */
async function route(model: string | null, listed: readonly string[] = [], more: Partial<Upstreams> = {}) {
  const to = await routeOf(model, { ...upstreams, ...more }, () => Promise.resolve(new Set(listed)))
  return `${to.provider.entry.id}: ${to.model}`
}

test('LLM_MODEL goes to our own upstream, whole, even if it names a provider that has it', async () => {
  expect(await route('openai/gpt-oss-120b')).toBe('up: openai/gpt-oss-120b')
  expect(await route(null)).toBe('up: openai/gpt-oss-120b')
})

test('so does whatever our own upstream lists', async () => {
  expect(await route('openai/own', ['openai/own'])).toBe('up: openai/own')
  expect(await route('openai/own', ['own'])).toBe('openai: own')
})

test('a first segment names a provider if that has the rest', async () => {
  expect(await route('openai/gpt-4.1-mini')).toBe('openai: gpt-4.1-mini')
  expect(await route('openrouter/openai/gpt-4.1-mini')).toBe('openrouter: openai/gpt-4.1-mini')
  expect(await route('openai/unknown')).toBe('up: openai/unknown')
  expect(await route('groq/gpt-4.1-mini')).toBe('up: groq/gpt-4.1-mini')
  expect(await route('gpt-4.1-mini')).toBe('up: gpt-4.1-mini')
  expect(await route('')).toBe('up: ')
})

test('our own upstream is asked what it lists only if another would get the request', async () => {
  let asked = 0
  const list = () => Promise.resolve(new Set<string>([String((asked += 1))]))
  for (const model of [null, 'openai/gpt-oss-120b', 'llama', 'openai/unknown', 'synthetic'])
    await routeOf(model, upstreams, list)
  expect(asked).toBe(0)
  await routeOf('openai/gpt-4.1-mini', upstreams, list)
  expect(asked).toBe(1)
})

test('synthetic models go to the synthetic provider if there is one', async () => {
  expect(await route('synthetic')).toBe('synthetic: synthetic')
  expect(await route('synthetic-fast')).toBe('synthetic: synthetic-fast')
  expect(await route('synthetic/fault/reset')).toBe('synthetic: synthetic/fault/reset')
  expect(await route('synthetics')).toBe('up: synthetics')
  expect(await route('synthetic-fast', [], { synthetic: null })).toBe('up: synthetic-fast')
})

test('our own upstream is that of LM Studio unless the environment says otherwise', () => {
  expect(ownUpstream({})).toMatchObject({
    model: 'openai/gpt-oss-120b',
    provider: { baseUrl: 'http://localhost:1234/v1', key: 'lm-studio', synthetic: false, trusted: true },
  })
  expect(
    ownUpstream({ LLM_BASE_URL: 'http://10.0.0.5:8000/v1/', LLM_MODEL: 'm', LLM_NAME: 'My vLLM' }),
  ).toMatchObject({
    model: 'm',
    provider: { entry: { id: 'my-vllm' }, baseUrl: 'http://10.0.0.5:8000/v1', key: 'lm-studio' },
  })
  // Nobody else is sent a made-up key.
  expect(ownUpstream({ LLM_BASE_URL: 'https://llm.example/v1' })).toMatchObject({ provider: { key: null } })
  expect(ownUpstream({ LLM_BASE_URL: 'https://llm.example/v1', LLM_API_KEY: 'k1' })).toMatchObject({
    provider: { key: 'k1' },
  })
})

test('what is wrong with its address or key is said, without the key', () => {
  expect(ownUpstream({ LLM_BASE_URL: 'localhost:1234' })).toEqual({
    problem: 'LLM_BASE_URL is not an http or https URL; write it like https://api.example.com/v1.',
  })
  const wrong = ownUpstream({ LLM_API_KEY: 'secret with blanks' })
  expect(JSON.stringify(wrong)).toContain('LLM_API_KEY')
  expect(JSON.stringify(wrong)).not.toContain('secret')
})

test.each([
  ['http://localhost:8080/v1', '127.0.0.1', true],
  ['http://127.0.0.1:8080/v1', 'localhost', true],
  ['http://[::1]:8080/v1', '0.0.0.0', true],
  ['http://10.0.0.5:8080/v1', '10.0.0.5', true],
  ['http://[fd00::5]:8080/v1', 'fd00::5', true],
  ['http://10.0.0.6:8080/v1', '10.0.0.5', false],
  ['http://localhost:1234/v1', '127.0.0.1', false],
])('whether %s leads to a proxy at %s, port 8080: %s', (baseUrl, host, leads) => {
  expect(leadsTo(baseUrl, { host, port: 8080 })).toBe(leads)
})
