import { expect, test } from 'vitest'
import type { Level } from '../../../src/core/plan.ts'
import { seededRandom } from '../../../src/core/random.ts'
import type { NamedPrompt } from '../../../src/core/work.ts'
import { requestsOf } from '../../../src/run/requests.ts'
import { sampleTrace } from '../../support/samples.ts'

const level: Level = {
  provider: 'openai',
  model: 'a',
  contextTokens: 1000,
  load: { concurrency: 2, staggerMs: 100 },
  warmups: 2,
  total: 10,
}
type Work = Parameters<typeof requestsOf>[1]['work']
const asked = (work: Partial<Work>, seed = 1) =>
  requestsOf(level, { work: { cache: 'cold', ...work }, random: seededRandom(seed) })
const named = (name: string): NamedPrompt => ({ name, hash: `hash of ${name}`, text: `Text of ${name}.` })

test('no two requests begin alike, but those of a warm level, its warm-ups among them, are all the same', () => {
  const nonces = (cache: Work['cache']) =>
    new Set(asked({ cache, sharedTokens: 100 } as Work).map(({ asks }) => asks.nonce)).size
  expect([nonces('cold'), nonces('shared'), nonces('warm')]).toEqual([12, 12, 1])
  const random = seededRandom(1)
  const levels = [1, 2].map(() => requestsOf(level, { work: { cache: 'warm' }, random })[0]?.asks.nonce)
  expect(levels[0]).not.toBe(levels[1])
})

test('a seed makes the same requests again, and another one others', () => {
  const work: Partial<Work> = { outputs: { least: 1, most: 1000 }, prompts: ['a', 'b', 'c'].map(named) }
  expect(asked(work)).toEqual(asked(work))
  expect(asked(work)).not.toEqual(asked(work, 2))
})

test('prompts and listed limits are taken in turn: each once a round, in an order of its own', () => {
  const requests = asked({ outputs: { list: [5, 50, 500] }, prompts: ['a', 'b', 'c', 'd'].map(named) })
  const limits = requests.map(({ asks }) => asks.maxTokens ?? 0)
  const prompts = requests.map(({ asks }) => asks.prompt ?? -1)
  for (const round of [0, 3, 6, 9])
    expect(limits.slice(round, round + 3).toSorted((a, b) => a - b)).toEqual([5, 50, 500])
  for (const round of [0, 4, 8])
    expect(prompts.slice(round, round + 4).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3])
  expect(new Set([0, 4, 8].map((round) => prompts.slice(round, round + 4).join(''))).size).toBeGreaterThan(1)
})

test('limits of a range are any from its least to its most', () => {
  const limits = new Set(
    [...Array(40).keys()].flatMap((seed) =>
      asked({ outputs: { least: 3, most: 6 } }, seed).map(({ asks }) => asks.maxTokens),
    ),
  )
  expect(limits).toEqual(new Set([3, 4, 5, 6]))
  expect(asked({})[0]?.asks).toEqual({ nonce: expect.any(String) as string })
})

const trace = { ...sampleTrace, speed: 4 }

test('a request of a trace has its time by the speed, its length, its limit and its blocks', () => {
  const load = { rate: 1, arrivals: 'trace', seed: null, slots: 8 } as const
  const traced = [
    { at: 0, inputTokens: 600, outputTokens: 7, blocks: ['1', '2', '3'] },
    { at: 1000, inputTokens: 20, outputTokens: 9, blocks: [] },
  ]
  const requests = requestsOf(
    { ...level, contextTokens: null, load, warmups: 0, total: 2 },
    { work: { cache: 'cold', trace }, traced, random: seededRandom(1) },
  )
  expect(requests).toMatchObject([
    { dueMs: 0, contextTokens: 600, asks: { maxTokens: 7, blocks: ['1', '2'] } },
    { dueMs: 250, contextTokens: 20, asks: { maxTokens: 9, blocks: [] } },
  ])
})
