import { expect, test } from 'vitest'
import type { Usage } from '../../../src/core/usage.ts'
import { openStream, takeEvent } from '../../../src/probe/stream.ts'
import { usageOf } from '../../../src/probe/tokens.ts'
import { readUsage } from '../../../src/probe/usage.ts'

const basic = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }

test.for<[string, object, Partial<Usage>]>([
  ['plain', basic, { input: 10, output: 5, reasoning: null, cached: null, source: 'usage', costUsd: null }],
  [
    'reasoning within the completion',
    { ...basic, completion_tokens_details: { reasoning_tokens: 3 } },
    { output: 5, reasoning: 3 },
  ],
  // xAI: 12 + 1 + 290 = 303.
  [
    'reasoning beside the completion',
    {
      prompt_tokens: 12,
      completion_tokens: 1,
      total_tokens: 303,
      completion_tokens_details: { reasoning_tokens: 290 },
    },
    { output: 291, reasoning: 290 },
  ],
  [
    'thoughts that only the total shows',
    { prompt_tokens: 10, completion_tokens: 5, total_tokens: 40 },
    { output: 30, reasoning: 25 },
  ],
  [
    'audio that only the total shows',
    {
      prompt_tokens: 11,
      completion_tokens: 15,
      total_tokens: 401,
      prompt_tokens_details: { audio_tokens: 375 },
    },
    { input: 11, output: 15, reasoning: null },
  ],
  [
    'cached as OpenAI has it',
    { ...basic, prompt_tokens_details: { cached_tokens: 8 } },
    { input: 10, cached: 8 },
  ],
  ['cached as Kimi has it', { ...basic, cached_tokens: 8 }, { cached: 8 }],
  [
    'cached as DeepSeek has it',
    { ...basic, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 },
    { cached: 8 },
  ],
  ['cached as Mistral has it', { ...basic, num_cached_tokens: 8 }, { cached: 8 }],
  [
    'cached beside the prompt',
    { ...basic, total_tokens: 95, prompt_tokens_details: { cached_tokens: 80 } },
    { input: 90, cached: 80 },
  ],
  ['a charge', { ...basic, cost: 0.002 }, { costUsd: 0.002 }],
  ['a charge of nothing', { ...basic, cost: 0 }, { costUsd: 0 }],
  ['a charge in parts', { ...basic, cost: { total_cost: 0.005 } }, { costUsd: 0.005 }],
  ['a charge in ticks', { ...basic, cost_in_usd_ticks: 739_000 }, { costUsd: 0.0000739 }],
  [
    'a fee on top of the host',
    { ...basic, cost: 0.25, is_byok: true, cost_details: { upstream_inference_cost: 0.5 } },
    { costUsd: 0.75 },
  ],
  [
    'numbers that are none',
    { prompt_tokens: -1, completion_tokens: 'many' },
    { input: null, output: null, source: null },
  ],
  ['counts of zero without a total', { total_tokens: 0 }, { input: null, output: null, source: null }],
])('usage with %s', ([, usage, expected]) => {
  expect(readUsage(usage as Record<string, unknown>)).toMatchObject(expected)
})

const streaming = (...deltas: object[]) => {
  const stream = openStream()
  for (const [read, delta] of deltas.entries())
    takeEvent(stream, { data: JSON.stringify({ choices: [{ index: 0, delta }] }) }, read)
  return stream
}

test('without usage tokens are counted; special tokens are text', async () => {
  const stream = streaming(
    { reasoning: 'Hello world' },
    { content: 'Hello world' },
    { content: '<|endoftext|>' },
  )
  const usage = await usageOf(stream)
  expect(usage).toMatchObject({ input: null, reasoning: 2, source: 'tokenizer', costUsd: null })
  expect(usage.output).toBeGreaterThan(4 + 3)
})

test('without tokens nothing is counted', async () => {
  expect(await usageOf(openStream())).toMatchObject({ output: null, source: null })
})

test('a text without spaces is counted quickly, and exactly if a space ends each stretch', async () => {
  const start = performance.now()
  const { output } = await usageOf(streaming({ content: '\uD55C'.repeat(200_000) }))
  // One token a syllable; the square of it would take more than a minute.
  expect(output).toBe(200_000)
  expect(performance.now() - start).toBeLessThan(10_000)
  const spaced = await usageOf(streaming({ content: ' hello world'.repeat(1000) }))
  expect(spaced.output).toBe(2000)
})
