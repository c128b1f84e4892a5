import { expect, test } from 'vitest'
import type { Settings, Target } from '../../../src/core/plan.ts'
import { priceOf } from '../../../src/core/price.ts'
import { seededRandom } from '../../../src/core/random.ts'
import { configuredProviders } from '../../../src/registry/configure.ts'
import { makePlan, type PlanInput } from '../../../src/run/plan.ts'

const settings: Settings = {
  prompt: 'Say hello.',
  promptHash: 'aa',
  maxTokens: 512,
  temperature: 0.7,
  timeouts: { connect: 1, firstToken: 2, idle: 3, total: 4 },
  order: 'sequential',
  confirm: false,
  concurrency: 1,
}
const target = (model: string, more: Partial<Target> = {}): Target => ({
  provider: 'openai',
  model,
  parameters: { reasoning: 'least' },
  region: null,
  ...more,
})
const { providers } = configuredProviders({ OPENAI_API_KEY: 'sk-a', GROQ_API_KEY: 'gsk-b' })

function plan(more: Partial<PlanInput> = {}) {
  let count = 0
  return makePlan({
    name: 'a run',
    trigger: 'manual',
    mode: 'multi',
    schedule: null,
    slot: null,
    lateAt: null,
    budget: null,
    region: 'local',
    runs: 1,
    targets: ['a', 'b', 'c', 'd', 'e', 'f'].map((model) => target(model)),
    adhoc: false,
    providers,
    priceOf: () => null,
    settings,
    random: seededRandom(1),
    uuid: () => `id-${(count += 1)}`,
    ...more,
  })
}
const order = (made: ReturnType<typeof plan>) => made.probes.map(({ target: { model } }) => model).join('')
const seriesOf = (more: Partial<PlanInput>) => plan({ targets: [target('a')], ...more }).probes[0]?.series

test('every round calls every target once, each round in an order of its own', () => {
  const made = plan({ runs: 3 })
  const rounds = [1, 2, 3].map((round) => made.probes.filter(({ iteration }) => iteration === round))
  const orders = rounds.map((probes) => probes.map(({ target: { model } }) => model))
  expect(orders.map((models) => models.toSorted().join(''))).toEqual(['abcdef', 'abcdef', 'abcdef'])
  expect(made.probes.map(({ iteration }) => iteration).join('')).toBe('111111222222333333')
  expect(new Set(orders.map((models) => models.join(''))).size).toBe(3)
})

test('a seed makes the order again, another seed another', () => {
  expect(order(plan({ random: seededRandom(7) }))).toBe(order(plan({ random: seededRandom(7) })))
  expect(order(plan({ random: seededRandom(7) }))).not.toBe(order(plan({ random: seededRandom(8) })))
})

test('only the providers that are called are in the plan', () => {
  expect(plan().providers.map(({ id }) => id)).toEqual(['openai'])
})

test('a series is the same while the question is, and another when anything of it changes', () => {
  const base = seriesOf({})
  expect(seriesOf({ region: 'fra1', name: 'other' })).toBe(base)
  expect(seriesOf({ targets: [target('another model')] })).toBe(base)
  const others = [
    seriesOf({ settings: { ...settings, promptHash: 'bb' } }),
    seriesOf({ settings: { ...settings, maxTokens: 64 } }),
    seriesOf({ settings: { ...settings, temperature: 0 } }),
    seriesOf({ targets: [target('a', { parameters: { reasoning: 'default' } })] }),
    seriesOf({ targets: [target('a', { parameters: { reasoning: 'least', pin: 'groq' } })] }),
    seriesOf({ targets: [target('a', { parameters: { reasoning: 'least', maxTokens: 100 } })] }),
  ]
  expect(new Set([base, ...others]).size).toBe(7)
})

test('a probe is called from the region of its target, else from here', () => {
  const made = plan({ targets: [target('a', { region: 'fra1' }), target('b')] })
  expect(Object.fromEntries(made.probes.map(({ target: { model }, region }) => [model, region]))).toEqual({
    a: 'fra1',
    b: 'local',
  })
})

test('every probe has the price of its target', () => {
  const price = priceOf({ inputPerM: 1, outputPerM: 2, source: 'manual' })
  const made = plan({ runs: 2, priceOf: ({ model }) => (model === 'a' ? price : null) })
  expect(made.probes.map(({ target: { model }, price: planned }) => [model, planned])).toEqual(
    made.probes.map(({ target: { model } }) => [model, model === 'a' ? price : null]),
  )
})
