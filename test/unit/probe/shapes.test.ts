import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Observation } from '../../../src/core/result.ts'
import { carriesTokens } from '../../../src/core/timeline.ts'
import { delta, done, event, streamed, stop } from '../../support/loopback.ts'

// Every shape of an answer, over a real socket; the expected values are read off the bytes by hand.

const hi = [delta({ role: 'assistant', content: '' }), delta({ content: 'Hi' }), delta({ content: ' you' })]
const firstToken = ({ timeline: { events } }: Observation) => {
  const index = events.findIndex(carriesTokens)
  return [index, events[index]?.kind]
}
const characters = ({ timeline: { events } }: Observation) =>
  (['text', 'reasoning', 'other'] as const).map((field) => events.reduce((sum, each) => sum + each[field], 0))

const thinking = (...deltas: JsonObject[]) =>
  streamed(...deltas.map((each) => delta(each)), ...hi, stop, done)
const call = (fields: JsonObject, index = 0) => delta({ tool_calls: [{ index, ...fields }] })
const choiceOf = (index: number, content: string, reason: string | null = null) => ({
  index,
  delta: { content },
  finish_reason: reason,
})

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
  ])('%s is not a token', async ([, before, first]) => {
    const seen = await streamed(...before, delta({ role: 'assistant', content: 'Hi' }), stop, done)
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
    ['as a cipher of Copilot', [{ reasoning_opaque: 'gAAAAB==' }], 0, 'none'],
    ['as a state', [{ reasoning_state: 'started', thinking_mode: 'on' }], 0, 'none'],
    ['in one part that is no list', [{ content: { type: 'thinking', thinking: 'Hm' } }], 2, 'full'],
    [
      'beside the fields of OpenAI (LiteLLM)',
      [{ provider_specific_fields: { thinking_blocks: [{ type: 'thinking', thinking: 'Hm' }] } }],
      2,
      'full',
    ],
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
    const seen = await streamed(...pieces, stop, done)
    expect(seen.responseText).toBe('<think>\nHm\n</think>\n\nHi')
    expect(seen.timeline.events.slice(0, 5).map(({ kind }) => kind)).toEqual([
      'reasoning',
      'reasoning',
      'reasoning',
      'reasoning',
      'text',
    ])
    // 'Hi'; '<think>\nHm\n</think>\n\n'.
    expect(characters(seen)).toEqual([2, 21, 0])
    expect(seen.ttfaMs).toBeGreaterThanOrEqual(seen.ttftMs ?? Infinity)
  })
})

describe('answers other than text', () => {
  test('a refusal', async () => {
    const seen = await streamed(
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
    const seen = await streamed(
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

  test('an old-style function call', async () => {
    const seen = await streamed(
      delta({ function_call: { name: 'f', arguments: '{}' } }),
      delta({}, 'function_call'),
      done,
    )
    expect(characters(seen)).toEqual([0, 0, 3])
  })
})

describe('choices', () => {
  test('a repeated finish reason counts once', async () => {
    expect(await streamed(...hi, stop, stop, delta({ content: '' }, 'stop'), done)).toMatchObject({
      success: true,
      finishReason: 'stop',
      responseText: 'Hi you',
    })
  })

  test('a finish reason beside the last text', async () => {
    expect(await streamed(delta({ content: 'Hi' }, 'length'), done)).toMatchObject({
      success: true,
      finishReason: 'length',
      responseText: 'Hi',
    })
  })

  test('an empty or null finish reason is ignored', async () => {
    const empty = event({ choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: '' }] })
    expect(await streamed(empty, stop, done)).toMatchObject({ finishReason: 'stop' })
    expect(await streamed(empty)).toMatchObject({ errorKind: 'truncated', finishReason: null })
  })

  test('a choice with an index other than 0 counts if it arrives first', async () => {
    const seen = await streamed(
      event({ choices: [choiceOf(2, 'Hi')] }),
      event({ choices: [choiceOf(0, 'Yo'), choiceOf(2, ' you')] }),
      event({ choices: [choiceOf(0, '', 'length')] }),
      event({ choices: [choiceOf(2, '', 'stop')] }),
      done,
    )
    expect(seen).toMatchObject({ success: true, responseText: 'Hi you', finishReason: 'stop' })
  })
})
