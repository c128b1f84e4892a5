import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { knownModels } from '../../../src/proxy/known-models.ts'
import { upstreamAt } from '../../support/proxied.ts'

const named = (id: string) => upstreamAt('http://127.0.0.1:9/v1', { id })

test('known are LLM_MODEL and what our own upstream lists, what others serve, and the synthetic models', async () => {
  const listed = new Set<string>()
  const isKnown = knownModels({
    own: { own: named('local'), ownModel: 'openai/gpt-oss-120b', synthetic: named('synthetic') },
    syntheticModels: ['synthetic-1'],
    serving: () => [{ provider: named('groq'), models: new Set(['llama']) }],
    listOwn: () => Promise.resolve(new Set(listed)),
  })
  const known = (pairs: readonly [string, string][]) => pairs.map((pair) => isKnown(...pair))
  expect(
    known([
      ['local', 'openai/gpt-oss-120b'],
      ['groq', 'llama'],
      ['synthetic', 'synthetic'],
      ['synthetic', 'synthetic-1'],
    ]),
  ).toEqual([true, true, true, true])
  expect(
    known([
      ['local', 'qwen'],
      ['groq', 'qwen'],
      ['local', 'llama'],
      ['synthetic', 'qwen'],
      ['elsewhere', 'llama'],
    ]),
  ).toEqual([false, false, false, false, false])
  listed.add('qwen')
  // It is listed anew while it is asked for.
  isKnown('local', 'qwen')
  await setImmediate()
  expect(
    known([
      ['local', 'qwen'],
      ['groq', 'qwen'],
    ]),
  ).toEqual([true, false])
})
