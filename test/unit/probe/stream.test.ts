import { expect, test } from 'vitest'
import { closeStream, openStream, type Stream, takeEvent } from '../../../src/probe/stream.ts'

/** A stream that took these chunks, one a read. */
function taken(...chunks: unknown[]): Stream {
  const stream = openStream()
  for (const [read, chunk] of chunks.entries())
    takeEvent(stream, { data: typeof chunk === 'string' ? chunk : JSON.stringify(chunk) }, read)
  closeStream(stream)
  return stream
}
const choice = (delta: object, more: object = {}): object => ({ choices: [{ index: 0, delta, ...more }] })
const kinds = ({ events }: Stream): string[] => events.map(({ kind }) => kind)

test.for<[string, object, object]>([
  ['reasoning_content', { reasoning_content: 'Hm', content: null }, { reasoning: 'Hm', form: 'full' }],
  ['reasoning', { reasoning: 'Hm' }, { reasoning: 'Hm', form: 'full' }],
  [
    'reasoning beside the same in details',
    { reasoning: 'Hm', reasoning_details: [{ type: 'reasoning.text', text: 'Hm' }] },
    { reasoning: 'Hm', form: 'full' },
  ],
  [
    'a summary',
    { reasoning_details: [{ type: 'reasoning.summary', summary: 'Hm' }] },
    { reasoning: 'Hm', form: 'summary' },
  ],
  [
    'a cipher',
    { reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] },
    { reasoning: '', form: 'none' },
  ],
  [
    'parts that think',
    { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] },
    { reasoning: 'Hm', text: '', form: 'full' },
  ],
  ['reasoning_text', { reasoning_text: 'Hm' }, { reasoning: 'Hm', form: 'full' }],
  ['thinking', { thinking: 'Hm', content: '' }, { reasoning: 'Hm', form: 'full' }],
  ['thought', { thought: 'Hm' }, { reasoning: 'Hm', form: 'full' }],
  [
    'blocks of thinking',
    { thinking_blocks: [{ type: 'thinking', thinking: 'Hm', signature: 'sig' }] },
    { reasoning: 'Hm', form: 'full' },
  ],
  ['an object', { reasoning_content: { text: 'Hm' } }, { reasoning: 'Hm', form: 'full' }],
  ['a list', { reasoning: [{ text: 'Hm' }, { text: ', so' }] }, { reasoning: 'Hm, so', form: 'full' }],
  [
    'a block of Bedrock',
    { reasoningContent: { reasoningText: { text: 'Hm', signature: 'sig' } } },
    { reasoning: 'Hm', form: 'full' },
  ],
  [
    'a part that is a summary',
    { content: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] }] },
    { reasoning: 'Hm', text: '', form: 'summary' },
  ],
  [
    'parts that a flag calls thoughts',
    {
      content: [
        { type: 'text', text: 'Hm', thought: true },
        { type: 'text', text: 'Hi' },
      ],
    },
    { reasoning: 'Hm', text: 'Hi', form: 'full' },
  ],
  [
    'what is only about reasoning',
    { reasoning_signature: 'a', thought_signature: 'b', reasoning_tokens: 5, thinkingId: 'c', content: 'Hi' },
    { reasoning: '', text: 'Hi', form: 'none' },
  ],
  ['reasoning that is empty', { reasoning_content: '', reasoning: null, thinking: [] }, { reasoning: '' }],
  ['parts of text', { content: [{ type: 'text', text: 'Hi' }] }, { reasoning: '', text: 'Hi' }],
  ['a tool call', { tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }, { other: 'f{}' }],
  ['an old tool call', { function_call: { name: 'f', arguments: '{}' } }, { other: 'f{}' }],
  ['a refusal', { refusal: 'No' }, { other: 'No' }],
])('%s is read correctly', ([, delta, expected]) => {
  expect(taken(choice(delta))).toMatchObject(expected)
})

test('details that repeat all earlier text are distinguished from new ones', () => {
  const details = ['I', 'I see', 'I see it'].map((text) => choice({ reasoning_details: [{ text }] }))
  expect(taken(...details).reasoning).toBe('I see it')
})

test('reasoning that comes word by word in lists is not taken for one that grows', () => {
  const words = [' so', ' so', ' so', ' and'].map((text) => choice({ reasoning: [{ text }] }))
  expect(taken(...words).reasoning).toBe(' so so so and')
})

test('text that the provider marks as a thought is reasoning', () => {
  const stream = taken(
    choice({ content: 'Hm', extra_content: { google: { thought: true } } }),
    choice({ content: 'Hi' }),
  )
  expect(stream).toMatchObject({ text: 'HmHi', form: 'full' })
  expect(kinds(stream)).toEqual(['reasoning', 'text'])
})

test('a finish reason that tokens follow is none, and one beside a token is', () => {
  const finish = (reason: string | null, content: string) => choice({ content }, { finish_reason: reason })
  expect(taken(finish('stop', 'a'), finish(null, 'b'))).toMatchObject({ finish: null, resumed: 1 })
  expect(taken(finish('stop', 'a'), finish('stop', 'b')).finish).toMatchObject({ reason: 'stop' })
  expect(taken(finish('stop', ''), finish(null, '')).finish).toMatchObject({ reason: 'stop' })
})

test.for([
  ['in one piece', ['<think>Hm</think>Hi']],
  ['tag by tag', ['<think>', 'Hm', '</think>', 'Hi']],
  ['with its tags cut', ['<', 'thi', 'nk>H', 'm</', 'think', '>H', 'i']],
  ['after a line break', ['\n<think>', 'Hm</think>Hi']],
])('inline thinking %s counts as reasoning and stays in the text', ([, pieces]) => {
  const stream = taken(...(pieces as string[]).map((content) => choice({ content })))
  const sum = (field: 'text' | 'reasoning') => stream.events.reduce((total, event) => total + event[field], 0)
  expect(stream.text).toBe((pieces as string[]).join(''))
  expect(sum('text')).toBe('Hi'.length)
  expect(sum('reasoning')).toBe(stream.text.length - 'Hi'.length)
  expect(stream.form).toBe('full')
})

test('an answer that starts like a tag is text', () => {
  expect(kinds(taken(choice({ content: '<' }), choice({ content: 'b>bold</b> <think>' })))).toEqual([
    'text',
    'text',
  ])
})

test('of several choices the first to arrive counts', () => {
  const both = {
    choices: [
      { index: 1, delta: { content: 'b' } },
      { index: 0, delta: { content: 'a' } },
    ],
  }
  const other = { choices: [{ index: 1, delta: { content: 'z' }, finish_reason: 'length' }] }
  expect(taken(choice({ content: 'a' }), both, other)).toMatchObject({ text: 'aa', finish: null })
})

test('a lone choice that is not the first of its kind counts', () => {
  expect(taken({ choices: [{ index: 1, delta: { content: 'a' } }] }).text).toBe('a')
})

test('an event is named after the first thing it carries', () => {
  const seen = taken(
    choice({ role: 'assistant', content: '' }),
    choice({ role: 'assistant', content: 'Hi' }, { finish_reason: 'stop' }),
    choice({}, { finish_reason: 'stop' }),
    { choices: [], usage: { prompt_tokens: 1 } },
    { type: 'ping' },
    '[DONE]',
  )
  expect(kinds(seen)).toEqual(['role', 'text', 'finish', 'usage', 'other', 'done'])
})

test.for<[string, object, object]>([
  ['in the chunk', { usage: { completion_tokens: 3 } }, { completion_tokens: 3 }],
  ['under x_groq', { x_groq: { usage: { completion_tokens: 3 } } }, { completion_tokens: 3 }],
  ['in the choice', choice({}, { usage: { completion_tokens: 3 } }), { completion_tokens: 3 }],
])('usage is found %s, and the last that is not null is kept', ([, chunk, usage]) => {
  expect(taken({ usage: { completion_tokens: 1 } }, chunk, { usage: null }).usage).toEqual(usage)
})

test.for<[string, object]>([
  ['an error object', { error: { message: 'boom' } }],
  ['an error text', { error: 'boom' }],
  ['an object that is an error', { object: 'error', message: 'boom' }],
  ['a code that is not 0', { base_resp: { status_code: 1002, status_msg: 'boom' } }],
  ['an error under x_groq', { x_groq: { error: 'boom' } }],
])('%s is an error', ([, chunk]) => {
  expect(taken(chunk).error).not.toBeNull()
})

test('a code of 0 is ignored', () => {
  expect(taken({ base_resp: { status_code: 0 } }).error).toBeNull()
})
