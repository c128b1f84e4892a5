import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import { delta, done, event, said, stop } from '../../support/loopback.ts'

// Every shape of usage, over a real socket; the expected values are read off the bytes by hand.

const hi = [delta({ role: 'assistant', content: '' }), delta({ content: 'Hi' }), delta({ content: ' you' })]
const finish = (more: JsonObject, choice: JsonObject = {}) =>
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', ...choice }], ...more })
const running = (text: string, completion: number) =>
  event({
    choices: [{ index: 0, delta: { content: text } }],
    usage: { prompt_tokens: 9, completion_tokens: completion },
  })

describe('usage', () => {
  const counts = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }
  test.for<[string, string[]]>([
    ['in an event of its own', [...hi, stop, event({ choices: [], usage: counts }), done]],
    [
      'in an event of its own, null on the others',
      [
        event({ choices: [{ index: 0, delta: { content: 'Hi' } }], usage: null }),
        event({ choices: [{ index: 0, delta: { content: ' you' } }], usage: null }),
        finish({ usage: null }),
        event({ choices: [], usage: counts }),
        done,
      ],
    ],
    ['on the event that finishes', [...hi, finish({ usage: counts }), done]],
    [
      'on a later event with a choice',
      [
        ...hi,
        stop,
        event({ choices: [{ index: 0, delta: { content: '' }, finish_reason: null }], usage: counts }),
        done,
      ],
    ],
    ['on a later event that finishes again', [...hi, stop, finish({ usage: counts }), done]],
    ['on every event, running', [running('Hi', 1), running(' you', 2), stop, done]],
    [
      'on the last event that has text',
      [
        delta({ content: 'Hi' }),
        event({ choices: [{ index: 0, delta: { content: ' you' }, finish_reason: 'stop' }], usage: counts }),
        done,
      ],
    ],
    ['under x_groq alone', [...hi, finish({ x_groq: { id: 'req_1', usage: counts } }), done]],
    [
      'in both of the homes that Groq has',
      [...hi, finish({ usage: counts, x_groq: { usage: counts } }), done],
    ],
    ['inside the choice', [...hi, finish({}, { usage: counts }), done]],
    ['without choices at all', [...hi, stop, event({ usage: counts }), done]],
    [
      'of the prompt first, of both later',
      [event({ choices: [], usage: { prompt_tokens: 9 } }), ...hi, finish({ usage: counts }), done],
    ],
  ])('%s is found, and takes no text away', async ([, pieces]) => {
    const seen = await said(...pieces)
    expect(seen).toMatchObject({
      success: true,
      responseText: 'Hi you',
      finishReason: 'stop',
      inputTokens: 9,
      outputTokens: 2,
      tokenSource: 'usage',
    })
  })

  test('that is absent is counted by us, as far as it can be', async () => {
    // "Hi" and " you" are a token each in o200k_base.
    expect(await said(...hi, stop, done)).toMatchObject({
      inputTokens: null,
      outputTokens: 2,
      tokenSource: 'tokenizer',
    })
  })

  test('of zero with an answer is what the provider says', async () => {
    const seen = await said(
      ...hi,
      finish({ usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } }),
      done,
    )
    expect(seen).toMatchObject({
      success: true,
      inputTokens: 0,
      outputTokens: 0,
      tokenSource: 'usage',
      tps: null,
    })
  })

  test.for<[string, JsonObject, (number | null)[]]>([
    [
      'within the completion',
      {
        prompt_tokens: 10,
        completion_tokens: 7,
        total_tokens: 17,
        completion_tokens_details: { reasoning_tokens: 5 },
      },
      [10, 7, 5, null],
    ],
    [
      'beside the completion, named',
      {
        prompt_tokens: 10,
        completion_tokens: 2,
        total_tokens: 17,
        completion_tokens_details: { reasoning_tokens: 5 },
      },
      [10, 7, 5, null],
    ],
    [
      'beside the completion, in the total alone',
      { prompt_tokens: 10, completion_tokens: 2, total_tokens: 17 },
      [10, 7, 5, null],
    ],
    [
      'within, at the top',
      { prompt_tokens: 10, completion_tokens: 7, total_tokens: 17, reasoning_tokens: 5 },
      [10, 7, 5, null],
    ],
    [
      'none, and cached as OpenAI says it',
      { prompt_tokens: 10, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 8 } },
      [10, 2, null, 8],
    ],
    [
      'none, and cached as Kimi says it',
      { prompt_tokens: 10, completion_tokens: 2, cached_tokens: 8 },
      [10, 2, null, 8],
    ],
    [
      'none, and cached as DeepSeek says it',
      { prompt_tokens: 10, completion_tokens: 2, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 },
      [10, 2, null, 8],
    ],
    [
      'none, and cached as Mistral says it',
      { prompt_tokens: 10, completion_tokens: 2, num_cached_tokens: 8 },
      [10, 2, null, 8],
    ],
  ])('with reasoning %s', async ([, usage, expected]) => {
    const seen = await said(...hi, finish({ usage }), done)
    expect([seen.inputTokens, seen.outputTokens, seen.reasoningTokens, seen.cachedTokens]).toEqual(expected)
  })
})

describe('tokens and events', () => {
  test('several tokens in an event are told from several events', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 8 }
    const seen = await said(
      delta({ content: 'one two three four' }),
      delta({ content: ' five six seven eight' }),
      event({ choices: [], usage }),
      stop,
      done,
    )
    expect(seen).toMatchObject({
      outputTokens: 8,
      tokensPerEvent: 4,
      responseText: 'one two three four five six seven eight',
    })
  })

  test('a token in several events is one token', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 }
    const seen = await said(
      ...['inter', 'nation', 'al'].map((content) => delta({ content })),
      event({ choices: [], usage }),
      stop,
      done,
    )
    expect(seen).toMatchObject({ outputTokens: 1, tps: null, tpotMs: null })
    expect(seen.tokensPerEvent).toBeCloseTo(1 / 3, 12)
  })
})
