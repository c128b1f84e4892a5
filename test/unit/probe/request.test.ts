import { expect, test } from 'vitest'
import type { ParameterRule } from '../../../src/core/provider.ts'
import type { TargetParameters } from '../../../src/core/plan.ts'
import { requestBody, requestParameters } from '../../../src/probe/request.ts'
import { type Changes, callTo, testSettings } from '../../support/loopback.ts'

const sent = (rules: ParameterRule[], changes: Changes = {}, temperature = 0) => {
  const call = callTo('http://host.test/v1', { ...changes, entry: { rules, ...changes.entry } })
  return requestParameters({ ...call, settings: { ...call.settings, temperature } })
}
const parameters = (given: Partial<TargetParameters>): Changes => ({
  call: { parameters: { reasoning: 'least', ...given } },
})

test('without rules the common parameters are sent', () => {
  expect(sent([])).toEqual({
    max_tokens: testSettings.maxTokens,
    temperature: 0,
    stream: true,
    stream_options: { include_usage: true },
  })
})

test("the output limit has the provider's name, and a target may have its own", () => {
  const seen = sent([{ maxTokens: 'max_completion_tokens' }], parameters({ maxTokens: 1024 }))
  expect(seen).toMatchObject({ max_completion_tokens: 1024 })
  expect(seen).not.toHaveProperty('max_tokens')
})

test.for<[string, ParameterRule['temperature'], number, number | undefined]>([
  ['clamped from below', { min: 0.01, max: 1 }, 0, 0.01],
  ['clamped from above', { min: 0, max: 1 }, 1.5, 1],
  ['left within its bounds', { min: 0, max: 1 }, 0.7, 0.7],
  ['bound on one side alone', { max: 1 }, -1, -1],
  ['fixed', { fixed: 1 }, 0, 1],
  ['dropped', 'drop', 0, undefined],
])('temperature is %s', ([, temperature, asked, expected]) => {
  expect(sent([{ temperature: temperature ?? 'drop' }], {}, asked)['temperature']).toBe(expected)
})

test('later matching rules win field by field', () => {
  const rules: ParameterRule[] = [
    { maxTokens: 'max_completion_tokens', temperature: { max: 1 }, drop: ['top_p'] },
    { models: /^ti/g, temperature: { fixed: 1 }, drop: [] },
    { models: /other/, temperature: 'drop' },
  ]
  expect(sent(rules)).toMatchObject({ max_completion_tokens: 64, temperature: 1 })
  // A pattern with a state matches every time.
  expect(sent(rules)).toMatchObject({ temperature: 1 })
})

test('fixed parameters are sent, refused and conflicting ones are not', () => {
  const seen = sent([
    {
      set: { top_p: 1, seed: 7, n: 1 },
      drop: ['seed'],
      conflicts: [
        ['temperature', 'top_p'],
        ['absent', 'n'],
      ],
    },
  ])
  expect(seen).toMatchObject({ temperature: 0, n: 1 })
  expect(seen).not.toHaveProperty('top_p')
  expect(seen).not.toHaveProperty('seed')
})

test('reasoning is turned down unless the target asks for the default of the model', () => {
  const rules: ParameterRule[] = [{ leastReasoning: { thinking: { type: 'disabled' } } }]
  expect(sent(rules)).toMatchObject({ thinking: { type: 'disabled' } })
  expect(sent(rules, parameters({ reasoning: 'default' }))).not.toHaveProperty('thinking')
})

test('stream_options are left out if they are rejected', () => {
  expect(sent([], { entry: { streamOptions: false } })).not.toHaveProperty('stream_options')
})

test("a pin is sent the provider's way", () => {
  const entry = { pin: { provider: { only: ['{host}'], allow_fallbacks: false } } }
  expect(sent([], { entry, ...parameters({ pin: 'groq' }) })['provider']).toEqual({
    only: ['groq'],
    allow_fallbacks: false,
  })
  expect(sent([], { entry })).not.toHaveProperty('provider')
})

test('a system message comes before the prompt; without one there is none', () => {
  const messagesOf = (system: string | null) =>
    requestBody(callTo('http://host.test/v1', { call: { system, prompt: 'Hi.' } }))['messages']
  expect(messagesOf(null)).toEqual([{ role: 'user', content: 'Hi.' }])
  expect(messagesOf('Filler.')).toEqual([
    { role: 'system', content: 'Filler.' },
    { role: 'user', content: 'Hi.' },
  ])
})
