import { expect, test } from 'vitest'
import type { Level, Plan, Probe, Settings } from '../../../src/core/plan.ts'
import { seededRandom } from '../../../src/core/random.ts'
import type { NamedPrompt, TracedRequest, Work } from '../../../src/core/work.ts'
import type { Call } from '../../../src/probe/probe.ts'
import { loadTokenizer } from '../../../src/probe/tokenizer.ts'
import { configuredProviders } from '../../../src/registry/configure.ts'
import { execute } from '../../../src/run/execute.ts'
import { makePlan, sha256 } from '../../../src/run/plan.ts'
import { collect, observation, partsOf, stillClock } from '../../support/run-parts.ts'
import { samplePlan, samplePrice, sampleTarget, sampleTrace } from '../../support/samples.ts'
import { sharedBeginning } from '../../support/shared-beginning.ts'

const count = await loadTokenizer()
const { providers } = configuredProviders({ OPENAI_API_KEY: 'sk-a' })
const target = sampleTarget('a', 'openai')
const closed = { concurrency: 1, staggerMs: 0 }
const atTrace = { rate: 100, arrivals: 'trace', seed: null, slots: 8 } as const

interface Asked {
  work?: Partial<Work>
  contextTokens?: number | null
  traced?: readonly TracedRequest[]
  levels?: number
  window?: number | null
  maxTokens?: number
}

function planOf({
  work,
  contextTokens = null,
  traced,
  levels = 1,
  window = null,
  maxTokens = 256,
}: Asked): Plan {
  let id = 0
  const settings: Settings = { ...samplePlan([]).settings, maxTokens }
  const level: Level = {
    provider: 'openai',
    model: 'a',
    contextTokens,
    load: traced === undefined ? closed : atTrace,
    warmups: traced === undefined ? 1 : 0,
    total: traced?.length ?? 3,
  }
  return makePlan({
    ...samplePlan([], { mode: 'sweep' }),
    region: 'local',
    runs: 1,
    contextTiers: [0],
    warmup: true,
    targets: [target],
    providers,
    priceOf: () => samplePrice,
    contextWindowOf: () => window,
    budget: null,
    settings: { ...settings, ...(work && { work: { cache: 'cold', seed: 'of the sweep', ...work } }) },
    levels: Array.from({ length: levels }, () => ({ target, level, ...(traced && { traced }) })),
    random: seededRandom(7),
    uuid: () => `id-${(id += 1)}`,
  })
}

/** Carries a plan out: what was called, in order, and what came of it. */
async function carryOut(plan: Plan) {
  const calls: Call[] = []
  const measure = async (call: Call) => {
    calls.push(call)
    return observation(plan)
  }
  const clock = stillClock()
  const sleep = async (ms: number) => clock.advance(ms)
  const events = await collect(execute(plan, partsOf(plan, { clock, sleep, measure, providers })))
  return { calls, results: events.flatMap((event) => ('result' in event ? [event.result] : [])) }
}

const systems = (calls: Call[]) => calls.map(({ system }) => system ?? '')

test('cold prompts share no beginning, and warm ones are the same, filler and all, warm-ups among them', async () => {
  const cold = await carryOut(planOf({ work: {}, contextTokens: 300 }))
  const [one = '', other = ''] = systems(cold.calls)
  expect(new Set(cold.calls.map(({ prompt }) => prompt)).size).toBe(4)
  expect(sharedBeginning(one, other).length).toBeLessThan(3)
  const warm = await carryOut(planOf({ work: { cache: 'warm' }, contextTokens: 300, levels: 2 }))
  const said = warm.calls.map(({ system, prompt }) => `${system} ${prompt}`)
  expect(said).toHaveLength(8)
  expect([new Set(said.slice(0, 4)).size, new Set(said.slice(4)).size, new Set(said).size]).toEqual([1, 1, 2])
})

test('shared contexts begin with the same tokens in every level, and no further', async () => {
  const work = { cache: 'shared', sharedTokens: 200 } as const
  const { calls, results } = await carryOut(planOf({ work, contextTokens: 300, levels: 2 }))
  const [first = '', ...rest] = systems(calls)
  for (const each of rest) expect(Math.abs(count(sharedBeginning(first, each)) - 200)).toBeLessThanOrEqual(1)
  expect(results.map((row) => [row.context_tokens, row.context_tokens_counted])).toEqual(
    results.map(() => [300, 300]),
  )
})

test('a request carries its own output limit, also if its target has one', async () => {
  const plan = planOf({ work: { outputs: { list: [5, 50] } } })
  for (const probe of plan.probes)
    probe.target = { ...target, parameters: { reasoning: 'least', maxTokens: 9 } }
  const { calls } = await carryOut(plan)
  expect(calls.map(({ parameters }) => parameters.maxTokens)).toEqual(
    plan.probes.map(({ asks }) => asks?.maxTokens),
  )
  expect(calls.filter(({ parameters }) => parameters.maxTokens === 5)).toHaveLength(2)
})

const prompts: NamedPrompt[] = ['Name one.', 'Name two, and say a lot more of it.'].map((text, index) => ({
  name: `${index}.txt`,
  hash: sha256(text),
  text,
}))

test('a request has its own prompt of several, and its result says which', async () => {
  const plan = planOf({ work: { prompts } })
  const { calls, results } = await carryOut(plan)
  const said = calls.map(({ prompt }) => prompt.replace(/^\[\w+\] /, ''))
  expect(said.toSorted()).toEqual([0, 0, 1, 1].map((index) => prompts[index]?.text))
  expect(results.map(({ prompt_hash }) => prompt_hash)).toEqual(said.map(sha256))
})

const trace = { ...sampleTrace, blockTokens: 64 }
const traced: TracedRequest[] = [
  { at: 0, inputTokens: 300, outputTokens: 7, blocks: ['1', '2', '3', '4', '5'] },
  { at: 10, inputTokens: 400, outputTokens: 70, blocks: ['1', '2', '3', '9'] },
  { at: 20, inputTokens: 5, outputTokens: 1, blocks: [] },
]

test('a request of a trace is as long as it was, its prompt included, and blocks of one name are one text', async () => {
  const { calls, results } = await carryOut(planOf({ work: { trace }, traced }))
  const [one = '', other = '', short] = systems(calls)
  // Less what a provider adds around them; what is too short for its prompt has nothing but that.
  expect(calls.slice(0, 2).map(({ system, prompt }) => count(system ?? '') + count(prompt))).toEqual([
    290, 390,
  ])
  expect([short, calls[2]?.system]).toEqual(['', null])
  expect(Math.abs(count(sharedBeginning(one, other)) - 3 * 64)).toBeLessThanOrEqual(1)
  expect(results.map((row) => [row.context_tokens, row.context_tokens_counted])).toEqual([
    [300, 290],
    [400, 390],
    [5, count(calls[2]?.prompt ?? '')],
  ])
  expect(calls.map(({ parameters }) => parameters.maxTokens)).toEqual([7, 70, 1])
})

test('what does not fit into a context window is left out of a trace, with the reason', () => {
  const reasons = planOf({ work: { trace }, traced, window: 500 }).probes.map(({ skipReason }) => skipReason)
  expect(reasons).toEqual([undefined, 'context window 500 < 400 + 70 + 100', undefined])
})

const seriesOf = (asked: Asked) => new Set(planOf(asked).probes.map(({ series }) => series))
const one = (asked: Asked) => [...seriesOf(asked)].join(' ')

test('all requests of a level are one series, whatever was drawn for each', () => {
  const drawn: Asked[] = [
    { work: { outputs: { least: 1, most: 99 } } },
    { work: { prompts } },
    { work: { trace }, traced },
    { work: { cache: 'shared', sharedTokens: 9 }, contextTokens: 10 },
  ]
  for (const asked of drawn) expect(seriesOf(asked).size).toBe(1)
})

test('the series says what requests say: cache, limits, prompts and trace, and nothing of the seed', () => {
  const all: Asked[] = [
    {},
    { work: { cache: 'warm' } },
    { work: { cache: 'shared', sharedTokens: 8 }, contextTokens: 10 },
    { work: { cache: 'shared', sharedTokens: 9 }, contextTokens: 10 },
    { contextTokens: 10 },
    { work: { outputs: { list: [1, 2] } } },
    { work: { outputs: { least: 1, most: 2 } } },
    { work: { prompts } },
    { work: { prompts: prompts.slice(0, 1) } },
    { work: { trace }, traced },
    { work: { trace: { ...trace, blockTokens: 512 } }, traced },
    { work: { trace: { ...trace, hash: 'd4' } }, traced },
  ]
  expect(new Set(all.map(one)).size).toBe(all.length)
  expect(one({ work: { seed: 'another' } })).toBe(one({}))
  // One limit for all is that limit.
  expect(one({ work: { outputs: { list: [99] } } })).toBe(one({ maxTokens: 99 }))
  // How fast, and how much of it, is the load.
  expect(one({ work: { trace: { ...trace, speed: 9 } }, traced: traced.slice(0, 2) })).toBe(
    one({ work: { trace }, traced }),
  )
})

test('what a call may cost is reckoned with its own length, limit and prompt', () => {
  const usd = (asked: Asked) =>
    planOf(asked)
      .probes.toSorted((a, b) => (a.asks?.nonce ?? '').localeCompare(b.asks?.nonce ?? ''))
      .map(({ estimateUsd }: Probe) => estimateUsd ?? 0)
  const [small = 0] = usd({ maxTokens: 7, contextTokens: 300 })
  expect(usd({ work: { trace }, traced }).filter((each) => each === small)).toHaveLength(1)
  expect(new Set(usd({ work: { prompts } })).size).toBe(2)
  expect(new Set(usd({ work: { outputs: { list: [5, 50, 500, 5000] } } })).size).toBe(4)
})
