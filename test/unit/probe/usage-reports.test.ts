import { describe, expect, test } from 'vitest'
import type { Usage } from '../../../src/core/usage.ts'
import { openStream, takeEvent } from '../../../src/probe/stream.ts'
import { mergeUsage, readUsage } from '../../../src/probe/usage.ts'

// Usage objects of public reports and vendors' pages; the expected values are what the reporters or the
// vendors say was used.

type Fields = Record<string, unknown>

const openai = ([prompt, completion, total]: [number, number, number | null], more: Fields = {}): Fields => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  ...(total !== null && { total_tokens: total }),
  ...more,
})
const cached = (cached_tokens: number, more: Fields = {}) => ({
  prompt_tokens_details: { cached_tokens, ...more },
})
const reasoned = (reasoning_tokens: number) => ({ completion_tokens_details: { reasoning_tokens } })

describe('a difference between the total and its parts', () => {
  test.for<[string, Fields, Partial<Usage>]>([
    [
      'is the cache (Portkey, Anthropic)',
      openai([368, 19, 10_923], { cache_read_input_tokens: 10_536, cache_creation_input_tokens: 0 }),
      { input: 10_904, output: 19, reasoning: null, cached: 10_536 },
    ],
    [
      'is the cache (vercel/ai pull 9774, xAI)',
      openai([4142, 254, 8724], cached(4328)),
      { input: 8470, output: 254, reasoning: null, cached: 4328 },
    ],
    [
      'is cache and cache write',
      openai([40, 20, 3060], { cache_read_input_tokens: 2000, cache_creation_input_tokens: 1000 }),
      { input: 3040, output: 20, cached: 2000, cacheWrite: 1000 },
    ],
    [
      'is cache and reasoning',
      openai([400, 20, 5480], { ...cached(5000), ...reasoned(60) }),
      { input: 5400, output: 80, reasoning: 60 },
    ],
    [
      'is reasoning, with the cache inside (vercel/ai pull 9774, xAI)',
      openai([2640, 182, 3494], { ...cached(473), ...reasoned(672) }),
      { input: 2640, output: 854, reasoning: 672, cached: 473 },
    ],
    [
      'is reasoning, one token off (vectorize-io/hindsight pull 3920)',
      openai([3110, 673, 4691], reasoned(909)),
      { input: 3110, output: 1582, reasoning: 909 },
    ],
    [
      'is all of the answer (router-for-me/CLIProxyAPI issue 5733)',
      openai([21, 0, 81], reasoned(60)),
      { input: 21, output: 60, reasoning: 60 },
    ],
    [
      'is audio, priced by the second (Mistral)',
      openai([11, 15, 401], cached(9, { audio_tokens: 375 })),
      { input: 11, output: 15, reasoning: null },
    ],
    [
      'is images, named',
      openai([30, 15, 1135], cached(0, { image_tokens: 1090 })),
      { input: 30, output: 15, reasoning: null },
    ],
    [
      'is reasoning that nobody names (mozilla-ai/any-llm issue 1290)',
      openai([20, 198, 623]),
      { input: 20, output: 603, reasoning: 405 },
    ],
    [
      'is reasoning that nobody names, less than the answer (vercel/ai issue 6082)',
      openai([7477, 2060, 11_476], cached(4096)),
      { input: 7477, output: 3999, reasoning: 1939, cached: 4096 },
    ],
    ['is a total that is off', openai([3110, 673, 3785]), { input: 3110, output: 673, reasoning: null }],
    [
      'is unknown, if two parts explain it',
      openai([900, 700, 2101], { ...cached(500), ...reasoned(502) }),
      { input: null, output: null },
    ],
    [
      'is negative, and says nothing',
      openai([900, 70, 470], cached(500)),
      { input: 900, output: 70, cached: 500 },
    ],
  ])('%s', ([, usage, expected]) => {
    expect(readUsage(usage)).toMatchObject(expected)
  })
})

describe('a part that does not fit the whole', () => {
  test.for<[string, Fields, Partial<Usage>]>([
    [
      'reasoning that the total leaves out (open-webui-cost-tracker issue 6, Perplexity)',
      openai([108, 3256, 3364], { reasoning_tokens: 73_248, citation_tokens: 7299 }),
      { input: 108, output: 76_504, reasoning: 73_248 },
    ],
    [
      'reasoning without a total (Effect-TS/effect pull 8170)',
      openai([1000, 293, null], reasoned(321)),
      { input: 1000, output: 614, reasoning: 321 },
    ],
    [
      'reasoning counted past the stop (sgl-project/sglang issue 39826)',
      openai([164, 23_870, 24_034], { reasoning_tokens: 23_871 }),
      { input: 164, output: 23_870, reasoning: 23_870 },
    ],
    [
      'reasoning one larger than the completion (vercel/ai pull 18614)',
      openai([951, 6000, 6952], { ...cached(60), ...reasoned(6001) }),
      { input: 951, output: 6000, reasoning: 6000 },
    ],
    [
      'reasoning by another tokenizer than the completion',
      openai([200, 100, 300], reasoned(110)),
      { output: 100, reasoning: 100 },
    ],
    [
      'a cache without a total (earendil-works/pi issue 2048)',
      openai([5800, 1200, null], cached(12_252)),
      { input: 18_052, cached: 12_252 },
    ],
    [
      'a cache that the total leaves out (sgl-project/sglang pull 11900)',
      openai([59_946, 7437, 67_383], cached(122_884)),
      { input: null, output: 7437 },
    ],
    [
      'a prompt below zero (looplj/axonhub pull 1276)',
      openai([-35, 20, null], cached(100)),
      { input: null, output: 20 },
    ],
  ])('%s', ([, usage, expected]) => {
    expect(readUsage(usage)).toMatchObject(expected)
  })
})

describe('the names of', () => {
  test.for<[string, Fields, Partial<Usage>]>([
    [
      'mlx-vlm (earendil-works/pi issue 2326)',
      { input_tokens: 11, output_tokens: 10, total_tokens: 21, prompt_tps: 21.55 },
      { input: 11, output: 10 },
    ],
    [
      'the Responses API (dotnet/extensions issue 7635)',
      {
        input_tokens: 9658,
        input_tokens_details: { cache_write_tokens: 9655, cached_tokens: 0 },
        output_tokens: 42,
        output_tokens_details: { reasoning_tokens: 25 },
        total_tokens: 9700,
      },
      { input: 9658, output: 42, reasoning: 25, cached: 0, cacheWrite: 9655 },
    ],
    [
      'Anthropic, which counts the cache beside the input',
      {
        input_tokens: 2048,
        cache_read_input_tokens: 1800,
        cache_creation_input_tokens: 248,
        output_tokens: 503,
      },
      { input: 4096, output: 503, cached: 1800, cacheWrite: 248 },
    ],
    [
      'LiteLLM, which counts it inside',
      openai([2048, 503, 2551], { cache_read_input_tokens: 1800, ...cached(1800) }),
      { input: 2048, output: 503, cached: 1800 },
    ],
    [
      'Bedrock',
      {
        inputTokens: 12,
        outputTokens: 30,
        totalTokens: 1042,
        cacheReadInputTokens: 1000,
        cacheWriteInputTokens: 0,
      },
      { input: 1012, output: 30, cached: 1000, cacheWrite: 0 },
    ],
    [
      'Gemini (Helicone/helicone pull 5604)',
      { promptTokenCount: 15, candidatesTokenCount: 359, totalTokenCount: 1035, thoughtsTokenCount: 661 },
      { input: 15, output: 1020, reasoning: 661 },
    ],
    [
      'Gemini without an answer (router-for-me/CLIProxyAPI issue 5733)',
      { promptTokenCount: 21, thoughtsTokenCount: 60, totalTokenCount: 81 },
      { input: 21, output: 60, reasoning: 60 },
    ],
    [
      'Gemini with results of tools',
      { promptTokenCount: 50, candidatesTokenCount: 30, toolUsePromptTokenCount: 500, totalTokenCount: 580 },
      { input: 550, output: 30, reasoning: null },
    ],
    ['Ollama', { prompt_eval_count: 26, eval_count: 298 }, { input: 26, output: 298 }],
    [
      'both APIs of OpenAI, one of them zero (new-api)',
      openai([0, 0, 21], { input_tokens: 11, output_tokens: 10 }),
      { input: 11, output: 10 },
    ],
    [
      'both caches, one of them zero (Doubleword)',
      openai([357, 77, 434], { ...cached(0), cache_read_input_tokens: 128 }),
      { input: 357, output: 77, cached: 128 },
    ],
  ])('%s are read', ([, usage, expected]) => {
    expect(readUsage(usage)).toMatchObject({ source: 'usage', ...expected })
  })
})

test.for<[string, Fields, number | null]>([
  ['a number', { cost: 0.002 }, 0.002],
  ['a decimal string', { cost: '0.00123456' }, 0.00123456],
  ['an object with the currency', { cost: { usd: 0.25 } }, 0.25],
  ['an estimate as an object', { estimated_cost: { usd: 0.25 } }, 0.25],
  ['a name with the currency', { cost_usd: 0.25 }, 0.25],
  ['text with the currency', { cost: '$0.25' }, 0.25],
  ['an object with the total', { cost: { total: 0.5, input: 0.25, output: 0.25 } }, 0.5],
  ['parts with the total (Perplexity)', { cost: { currency: 'USD', total_cost: 0.00501 } }, 0.00501],
  ['an object in another currency', { cost: { currency: 'EUR', total_cost: 0.00501 } }, null],
  ['in another currency', { cost: 0.5, currency: 'CNY' }, null],
  ['an estimate (DeepInfra)', { estimated_cost: 0.0000268 }, 0.0000268],
  ['a breakdown (LLM Gateway)', { cost_usd_total: 0.000125, cost_usd_input: 0.000025 }, 0.000125],
  ['ticks (xAI)', { cost_in_usd_ticks: 739_000 }, 0.0000739],
  ['credit', { cost: -0.5 }, null],
  ['more than a call can cost', { cost: 1e308 }, null],
  ['the same as text', { cost: '$1e308' }, null],
  ['the same as an estimate', { estimated_cost: { usd: 12_000 } }, null],
  ['ticks that come to more', { cost_in_usd_ticks: 1.2e14 }, null],
  ['ticks of a dear call (xAI)', { cost_in_usd_ticks: 9e13 }, 9000],
  [
    'a fee and a price that do together',
    { cost: 6000, is_byok: true, cost_details: { upstream_inference_cost: 6000 } },
    null,
  ],
  ['no number', { cost: NaN, estimated_cost: Infinity }, null],
  ['words', { cost: 'free', estimated_cost: '' }, null],
])('a charge as %s', ([, usage, expected]) => {
  expect(readUsage(openai([10, 5, 15], usage)).costUsd).toBe(expected)
})

describe('several usage objects in one stream', () => {
  const real = openai([9, 10, 19], { ...cached(4), cost: 0.5 })
  test.for<[string, Fields[], Partial<Usage>]>([
    ['zeros first (CLIProxyAPI issue 4053)', [openai([0, 0, 0]), real], { input: 9, output: 10, cached: 4 }],
    ['an empty one last', [real, {}], { input: 9, output: 10, cached: 4, costUsd: 0.5 }],
    ['zeros last', [real, openai([0, 0, 0], cached(0))], { input: 9, output: 10, cached: 4 }],
    ['the prompt alone last', [real, { prompt_tokens: 9, total_tokens: 9 }], { input: 9, output: 10 }],
    [
      'the prompt alone last, after hidden reasoning',
      [openai([9, 10, 500]), { prompt_tokens: 9, total_tokens: 9 }],
      { input: 9, output: 491, reasoning: 481 },
    ],
    [
      'the prompt first (llm-d/llm-d-router pull 2437)',
      [
        { input_tokens: 4522, cache_read_input_tokens: 4511, output_tokens: 1 },
        { output_tokens: 76, input_tokens: 0 },
      ],
      { input: 9033, output: 76, cached: 4511 },
    ],
    [
      'the details first, the counts last',
      [openai([900, 1, 901], cached(640)), openai([900, 70, 970], { prompt_tokens_details: null })],
      { input: 900, output: 70, cached: 640 },
    ],
    [
      'details that add to each other',
      [
        openai([900, 1, 901], cached(640)),
        openai([900, 70, 970], { prompt_tokens_details: { cache_write_tokens: 64 } }),
      ],
      { cached: 640, cacheWrite: 64 },
    ],
    [
      'an estimate of the prompt first',
      [openai([5000, 0, 5000]), openai([4200, 30, 4230])],
      { input: 4200, output: 30, reasoning: null },
    ],
    [
      'running counts (Gemini, langchain-ai/langchain pull 35615)',
      [openai([10, 3, 50]), openai([10, 9, 90]), openai([10, 12, 112])],
      { input: 10, output: 102, reasoning: 90 },
    ],
    ['a charge last', [openai([9, 10, 19]), { cost: 0.25 }], { input: 9, output: 10, costUsd: 0.25 }],
    [
      'a charge as an object, then nothing',
      [openai([9, 10, 19], { cost: { usd: 1 } }), { cost: {} }],
      { costUsd: 1 },
    ],
    ['a charge as an object, then a number', [{ cost: { usd: 1 } }, { cost: 0.5 }], { costUsd: 0.5 }],
  ])('%s', ([, objects, expected]) => {
    const stream = openStream()
    for (const [read, usage] of objects.entries())
      takeEvent(stream, { data: JSON.stringify({ choices: [], usage }) }, read)
    expect(readUsage(stream.usage ?? {})).toMatchObject(expected)
  })

  test('are not changed by being merged', () => {
    const [one, other] = [openai([9, 0, 9], cached(4)), openai([9, 10, 19])]
    const before = JSON.stringify([one, other])
    mergeUsage(one, other)
    expect(JSON.stringify([one, other])).toBe(before)
  })
})

test.for<[string, Fields]>([
  ['empty beside that of Groq', { usage: {}, x_groq: { usage: openai([9, 10, 19]) } }],
  ['of Gemini, passed on', { usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 10 } }],
])('a chunk with usage %s', ([, body]) => {
  const stream = openStream()
  takeEvent(stream, { data: JSON.stringify({ choices: [], ...body }) }, 0)
  expect(readUsage(stream.usage ?? {})).toMatchObject({ input: 9, output: 10 })
})
