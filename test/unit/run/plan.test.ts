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
    contextTiers: [0],
    warmup: false,
    targets: ['a', 'b', 'c', 'd', 'e', 'f'].map((model) => target(model)),
    adhoc: false,
    providers,
    priceOf: () => null,
    contextWindowOf: () => null,
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
    seriesOf({ settings: { ...settings, reuseConnections: true } }),
    seriesOf({ settings: { ...settings, temperature: 0 } }),
    seriesOf({ targets: [target('a', { parameters: { reasoning: 'default' } })] }),
    seriesOf({ targets: [target('a', { parameters: { reasoning: 'least', pin: 'groq' } })] }),
    seriesOf({ targets: [target('a', { parameters: { reasoning: 'least', maxTokens: 100 } })] }),
  ]
  expect(new Set([base, ...others]).size).toBe(8)
})

test('the series of a probe without filler never changes, and each tier has its own', () => {
  // SHA-256 of ["aa",512,0.7,"least",null], and of the same with 5000 behind it.
  expect(
    plan({ targets: [target('a')], contextTiers: [0, 5000] })
      .probes.map((probe) => probe.series)
      .toSorted(),
  ).toEqual(['bce5bb531a8b9779', 'ee334c9bb162e2ee'].toSorted())
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

test('each round calls every target once with every tier; tier 0 is no filler', () => {
  const made = plan({ targets: [target('a'), target('b')], contextTiers: [0, 1000, 5000], runs: 2 })
  const callsOf = (round: number) =>
    made.probes
      .filter(({ iteration }) => iteration === round)
      .map(({ target: { model }, contextTokens }) => `${model} ${contextTokens}`)
      .toSorted()
  const all = ['a 1000', 'a 5000', 'a null', 'b 1000', 'b 5000', 'b null']
  expect([callsOf(1), callsOf(2)]).toEqual([all, all])
  expect(made.probes.map(({ iteration }) => iteration).join('')).toBe('111111222222')
})

test('a warm-up comes first, once for each target and tier, as iteration 0', () => {
  const made = plan({ targets: [target('a'), target('b')], contextTiers: [0, 1000], runs: 2, warmup: true })
  expect(made.probes.map(({ iteration }) => iteration).join('')).toBe('000011112222')
  expect(made.probes.filter(({ warmup }) => warmup).map(({ iteration }) => iteration)).toEqual([0, 0, 0, 0])
})

test('a concurrent run makes all calls of one target and tier before those of the next', () => {
  const made = plan({
    mode: 'concurrent',
    targets: [target('a'), target('b')],
    contextTiers: [0, 1000],
    runs: 2,
    warmup: true,
  })
  const cells = made.probes.map(({ target: { model }, contextTokens }) => `${model} ${contextTokens}`)
  expect(made.probes.map(({ iteration }) => iteration).join('')).toBe('012012012012')
  expect(new Set(cells.filter((_, index) => index % 3 === 0)).size).toBe(4)
  expect(cells.every((cell, index) => cell === cells[index - (index % 3)])).toBe(true)
})

const inWindow = (window: number | null, more: Partial<PlanInput> = {}) =>
  plan({
    targets: [target('a')],
    contextTiers: [0, 50_000],
    contextWindowOf: () => window,
    ...more,
  }).probes.map(({ contextTokens, iteration, skipReason = null }) => ({
    contextTokens,
    iteration,
    skipReason,
  }))

test('a tier that leaves too little of the context window is planned as skipped, and not warmed up', () => {
  const reason = 'context window 8192 < 50000 + 512 + 100'
  const probes = inWindow(8192, { warmup: true, runs: 2 }).toSorted(
    (a, b) => a.iteration - b.iteration || Number(a.contextTokens) - Number(b.contextTokens),
  )
  expect(probes).toEqual([
    { contextTokens: null, iteration: 0, skipReason: null },
    { contextTokens: null, iteration: 1, skipReason: null },
    { contextTokens: 50_000, iteration: 1, skipReason: reason },
    { contextTokens: null, iteration: 2, skipReason: null },
    { contextTokens: 50_000, iteration: 2, skipReason: reason },
  ])
})

test.for([
  ['just enough', 50_612, null],
  ['one token too little', 50_611, 'context window 50611 < 50000 + 512 + 100'],
  ['unknown', null, null],
] as const)('a context window that is %s', ([, window, reason]) => {
  const skipped = inWindow(window).flatMap(({ skipReason }) => skipReason ?? [])
  expect(skipped).toEqual(reason === null ? [] : [reason])
})

test("a target's own output limit counts, and its estimate has the tokens of the tier", () => {
  const small = target('a', { parameters: { reasoning: 'least', maxTokens: 64 } })
  expect(
    inWindow(50_163, { targets: [small] }).some(({ skipReason }) => skipReason?.endsWith('+ 64 + 100')),
  ).toBe(true)
  const made = plan({
    targets: [target('a')],
    contextTiers: [1000],
    priceOf: () => priceOf({ inputPerM: 1, outputPerM: 0, source: 'manual' }),
  })
  // 10 bytes of prompt: 5 tokens, 50 around it, and at most twice the filler.
  expect(made.probes[0]?.inputUsd).toBeCloseTo(2055e-6, 12)
})
