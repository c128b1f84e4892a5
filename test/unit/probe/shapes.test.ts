import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Observation } from '../../../src/core/result.ts'
import { carriesTokens } from '../../../src/core/timeline.ts'
import {
  delta,
  event,
  flushed,
  healthy,
  pause,
  probed,
  saying,
  type Script,
  streamHead,
} from '../../support/loopback.ts'

// Every shape that streams come in, over a real socket; the expected values are read off the bytes by hand.

const stop = delta({}, 'stop')
const done = event('[DONE]')
const hi = [delta({ role: 'assistant', content: '' }), delta({ content: 'Hi' }), delta({ content: ' you' })]
const said = (...pieces: (string | Buffer)[]) => probed(saying(streamHead, ...pieces))
const firstToken = ({ timeline: { events } }: Observation) => {
  const index = events.findIndex(carriesTokens)
  return [index, events[index]?.kind]
}
const characters = ({ timeline: { events } }: Observation) =>
  (['text', 'reasoning', 'other'] as const).map((field) => events.reduce((sum, each) => sum + each[field], 0))

const thinking = (...deltas: JsonObject[]) => said(...deltas.map((each) => delta(each)), ...hi, stop, done)
const call = (fields: JsonObject, index = 0) => delta({ tool_calls: [{ index, ...fields }] })
const finish = (more: JsonObject, choice: JsonObject = {}) =>
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop', ...choice }], ...more })
const running = (text: string, completion: number) =>
  event({
    choices: [{ index: 0, delta: { content: text } }],
    usage: { prompt_tokens: 9, completion_tokens: completion },
  })
const choiceOf = (index: number, content: string, reason: string | null = null) => ({
  index,
  delta: { content },
  finish_reason: reason,
})
const leftOpen: Script = async (socket) => {
  for (const piece of [streamHead, ...healthy]) {
    socket.write(piece)
    await flushed()
  }
  await pause(600)
  socket.end()
}

describe('what comes before the first token', () => {
  test.for<[string, string[], [number, string]]>([
    ['a chunk with the role alone', [delta({ role: 'assistant' })], [1, 'text']],
    ['the role beside an empty content', [delta({ role: 'assistant', content: '' })], [1, 'text']],
    ['the role beside a null content', [delta({ role: 'assistant', content: null })], [1, 'text']],
    ['an empty delta', [delta({})], [1, 'text']],
    [
      'empty fields of every kind',
      [
        delta({
          content: '',
          reasoning_content: '',
          reasoning: '',
          refusal: '',
          tool_calls: [],
          reasoning_details: [],
        }),
      ],
      [1, 'text'],
    ],
    ['a choice without a delta', [event({ choices: [{ index: 0 }] })], [1, 'text']],
    [
      'chunks without choices',
      [event({ choices: [] }), event({ id: 'x' }), event({ choices: null })],
      [3, 'text'],
    ],
    [
      'filter results of the prompt',
      [event({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] })],
      [1, 'text'],
    ],
    [
      'a usage of the prompt alone',
      [event({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 0 } })],
      [1, 'text'],
    ],
    ['comments', [': OPENROUTER PROCESSING\n\n', ':\n\n'], [2, 'text']],
    ['a ping', ['event: ping\ndata: {"type": "ping"}\n\n'], [1, 'text']],
    ['an empty event', ['data:\n\n', 'data: \n\n'], [2, 'text']],
    ['nothing: the role on the first token', [], [0, 'text']],
  ])('%s is no token', async ([, before, first]) => {
    const seen = await said(...before, delta({ role: 'assistant', content: 'Hi' }), stop, done)
    expect(seen).toMatchObject({ success: true, responseText: 'Hi' })
    expect(firstToken(seen)).toEqual(first)
  })
})

describe('reasoning', () => {
  const encrypted = { type: 'reasoning.encrypted', data: 'gAAAAB==' }
  test.for<[string, JsonObject[], number, string]>([
    [
      'in reasoning_content',
      [{ reasoning_content: 'Hm', content: null }, { reasoning_content: ', so' }],
      6,
      'full',
    ],
    ['in reasoning', [{ reasoning: 'Hm' }, { reasoning: ', so' }], 6, 'full'],
    ['in both at once', [{ reasoning: 'Hm', reasoning_content: 'Hm' }], 2, 'full'],
    [
      'in details',
      [
        {
          reasoning_details: [
            { type: 'reasoning.text', text: 'Hm' },
            { type: 'reasoning.text', text: '!' },
          ],
        },
      ],
      3,
      'full',
    ],
    [
      'in a field and the same in details',
      [{ reasoning: 'Hm', reasoning_details: [{ type: 'reasoning.text', text: 'Hm' }] }],
      2,
      'full',
    ],
    [
      'in details that repeat what was said',
      [{ reasoning_details: [{ text: 'Hm' }] }, { reasoning_details: [{ text: 'Hm, so' }] }],
      6,
      'full',
    ],
    [
      'in parts of the content',
      [{ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }],
      2,
      'full',
    ],
    [
      'as a summary',
      [{ reasoning_details: [{ type: 'reasoning.summary', summary: 'Thought' }] }],
      7,
      'summary',
    ],
    [
      'as a summary, repeated in a field',
      [{ reasoning: 'Thought', reasoning_details: [{ type: 'reasoning.summary', summary: 'Thought' }] }],
      7,
      'summary',
    ],
    ['as a cipher', [{ reasoning_details: [encrypted] }], 0, 'none'],
    [
      'as a summary and a cipher',
      [
        { reasoning_details: [{ type: 'reasoning.summary', summary: 'Thought' }] },
        { reasoning_details: [encrypted] },
      ],
      7,
      'summary',
    ],
  ])('%s is counted once', async ([, deltas, length, form]) => {
    const seen = await thinking(...deltas)
    expect(seen).toMatchObject({ success: true, responseText: 'Hi you' })
    expect(characters(seen)).toEqual(['Hi you'.length, length, 0])
    expect(firstToken(seen)).toEqual(length > 0 ? [0, 'reasoning'] : [2, 'text'])
    expect(seen.timeline.reasoningForm).toBe(form)
  })

  test('inside the text stays in the text, and the answer begins after it', async () => {
    const pieces = ['<th', 'ink>\nHm', '\n</thi', 'nk>', '\n\nHi'].map((content) => delta({ content }))
    const seen = await said(...pieces, stop, done)
    expect(seen.responseText).toBe('<think>\nHm\n</think>\n\nHi')
    expect(seen.timeline.events.slice(0, 5).map(({ kind }) => kind)).toEqual([
      'reasoning',
      'reasoning',
      'reasoning',
      'reasoning',
      'text',
    ])
    // '<think>\nHm\n</think>' and '\n\nHi'.
    expect(characters(seen)).toEqual([4, 19, 0])
    expect(seen.ttfaMs).toBeGreaterThanOrEqual(seen.ttftMs ?? Infinity)
  })
})

describe('answers that are no text', () => {
  test('a refusal', async () => {
    const seen = await said(
      delta({ role: 'assistant', refusal: 'I ' }),
      delta({ refusal: 'will not.' }),
      stop,
      done,
    )
    expect(seen).toMatchObject({ success: true, responseText: '', ttfaMs: null })
    expect(firstToken(seen)).toEqual([0, 'refusal'])
    expect(characters(seen)).toEqual([0, 0, 'I will not.'.length])
  })

  test('tool calls: their names and arguments count, their ids do not', async () => {
    const seen = await said(
      call({ id: 'call_1', type: 'function', function: { name: 'look', arguments: '' } }),
      call({ function: { arguments: '{"at":' } }),
      call({ function: { arguments: '"it"}' } }),
      call({ id: 'call_2', type: 'function', function: { name: 'go', arguments: '{}' } }, 1),
      delta({}, 'tool_calls'),
      done,
    )
    expect(seen).toMatchObject({ success: true, finishReason: 'tool_calls', ttfaMs: null })
    expect(firstToken(seen)).toEqual([0, 'tool'])
    expect(characters(seen)).toEqual([0, 0, 'look{"at":"it"}go{}'.length])
  })

  test('a tool call of the old kind', async () => {
    const seen = await said(
      delta({ function_call: { name: 'f', arguments: '{}' } }),
      delta({}, 'function_call'),
      done,
    )
    expect(characters(seen)).toEqual([0, 0, 3])
  })
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

describe('choices', () => {
  test('a finish reason that is repeated is one', async () => {
    expect(await said(...hi, stop, stop, delta({ content: '' }, 'stop'), done)).toMatchObject({
      success: true,
      finishReason: 'stop',
      responseText: 'Hi you',
    })
  })

  test('a finish reason beside the last text', async () => {
    expect(await said(delta({ content: 'Hi' }, 'length'), done)).toMatchObject({
      success: true,
      finishReason: 'length',
      responseText: 'Hi',
    })
  })

  test('an empty or null finish reason is none', async () => {
    const empty = event({ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: '' }] })
    expect(await said(empty, stop, done)).toMatchObject({ finishReason: 'stop' })
    expect(await said(empty)).toMatchObject({ errorKind: 'truncated', finishReason: null })
  })

  test('a choice whose index is not 0 counts where it came first', async () => {
    const seen = await said(
      event({ choices: [choiceOf(2, 'Hi')] }),
      event({ choices: [choiceOf(0, 'Yo'), choiceOf(2, ' you')] }),
      event({ choices: [choiceOf(0, '', 'length')] }),
      event({ choices: [choiceOf(2, '', 'stop')] }),
      done,
    )
    expect(seen).toMatchObject({ success: true, responseText: 'Hi you', finishReason: 'stop' })
  })
})

describe('bytes', () => {
  const stream = healthy.join('')
  const rewritten = (change: (text: string) => string) => [change(stream)]
  const multiline = JSON.stringify({ choices: [{ index: 0, delta: { content: ' there' } }] }, null, 2)
  test.for<[string, (string | Buffer)[]]>([
    ['no space after the colon', rewritten((text) => text.replaceAll('data: ', 'data:'))],
    ['carriage return and line feed', rewritten((text) => text.replaceAll('\n', '\r\n'))],
    ['carriage returns alone', rewritten((text) => text.replaceAll('\n', '\r'))],
    ['a byte order mark', ['\uFEFF', stream]],
    ['a byte order mark in three reads', [Buffer.of(0xef), Buffer.of(0xbb), Buffer.of(0xbf), stream]],
    [
      'names of events, ids and times to retry',
      rewritten((text) => text.replaceAll('data: ', 'event: message\nid: 1\nretry: 10\ndata: ')),
    ],
    ['fields that nobody knows', rewritten((text) => text.replaceAll('data: ', 'x-field: 1\ndata: '))],
    ['comments between the lines', rewritten((text) => text.replaceAll('data: ', ': ping\ndata: '))],
    ['several blank lines', rewritten((text) => text.replaceAll('\n\n', '\n\n\n\n'))],
    [
      'data in several lines',
      [...healthy.slice(0, 2), `data: ${multiline.replaceAll('\n', '\ndata: ')}\n\n`, ...healthy.slice(3)],
    ],
    ['spaces around [DONE]', rewritten((text) => text.replace('[DONE]', ' [DONE] '))],
    ['no final blank line', [stream.trimEnd()]],
    ['one line feed at the end', [`${stream.trimEnd()}\n`]],
    ['no [DONE]', healthy.slice(0, -1)],
    ['events after [DONE]', [stream, delta({ content: 'late' }), usageOf(99)]],
    ['padding', rewritten((text) => text.replaceAll('"choices"', '"obfuscation":"aB3xQ0","choices"'))],
    [
      'padding inside the delta',
      rewritten((text) => text.replaceAll('"content"', '"padding":"abcdef","content"')),
    ],
    ['one read', [stream]],
    ['one read a byte', Array.from(Buffer.from(stream), (byte) => Buffer.of(byte))],
  ])('%s changes nothing', async ([, pieces]) => {
    const seen = await said(...pieces)
    expect(seen).toMatchObject({
      success: true,
      responseText: 'Hello there',
      finishReason: 'stop',
      inputTokens: 5,
      outputTokens: 2,
    })
    const kinds = seen.timeline.events
      .map(({ kind }) => kind)
      .filter((kind) => kind !== 'comment' && kind !== 'done')
    expect(kinds).toEqual(['role', 'text', 'text', 'finish', 'usage'])
  })

  test('characters that are cut by reads come whole', async () => {
    const text = 'ä€😀한👩‍👩‍👧\u2028ñ'
    const bytes = Buffer.from(delta({ content: text }) + stop + done)
    const pieces = Array.from(bytes, (byte) => Buffer.of(byte))
    expect(await said(...pieces)).toMatchObject({ success: true, responseText: text })
  })

  test('bytes that are no UTF-8 spoil their own event alone', async () => {
    const bad = Buffer.concat([
      Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"a'),
      Buffer.of(0xc3, 0xff),
      Buffer.from('b"}}]}\n\n'),
    ])
    expect(await said(bad, ...hi, stop, done)).toMatchObject({
      success: true,
      responseText: 'a\uFFFD\uFFFDbHi you',
    })
  })

  test('a socket that stays open after [DONE] keeps nobody waiting', async () => {
    const seen = await probed(leftOpen)
    expect(seen).toMatchObject({ success: true, outputTokens: 2 })
    expect(seen.totalLatencyMs).toBeLessThan(400)
  })
})

function usageOf(completion: number): string {
  return event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: completion } })
}
