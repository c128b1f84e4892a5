import { expect, test } from 'vitest'
import { readAsked, settingsOf } from '../../../src/proxy/asked.ts'

function asked(body: unknown) {
  const said = readAsked(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))
  return { ...said, ...settingsOf(said) }
}

test('what a request asks for is read, and the characters of its texts are counted, not those of its images', () => {
  const content = [
    { type: 'text', text: 'See' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
  ]
  expect(
    asked({
      model: 'm',
      stream: true,
      max_completion_tokens: 7,
      max_tokens: 9,
      reasoning_effort: 'low',
      messages: [
        { role: 'system', content: 'Be brief' },
        { role: 'user', content },
        { role: 'assistant', content: null },
      ],
    }),
  ).toMatchObject({
    model: 'm',
    stream: true,
    maxTokens: 7,
    reasoning: 'low',
    promptCharacters: 'Be briefSee'.length,
  })
  expect(asked({ prompt: ['ab', 'cde'], max_tokens: 9 })).toMatchObject({
    promptCharacters: 5,
    maxTokens: 9,
    model: null,
  })
})

test('a body may be of any depth: what is no text of a prompt has no characters', () => {
  const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000)
  for (const content of [deep('[', ']'), deep('{"content":', '}').replace('{"content":}', '{}')])
    expect(asked(`{"model": "m", "messages": [{"content": "Hi"}, {"content": ${content}}]}`)).toMatchObject({
      model: 'm',
      promptCharacters: 2,
    })
  // A tool's result is the deepest text that there is.
  const result = { type: 'tool_result', content: [{ type: 'text', text: 'abc' }] }
  expect(asked({ messages: [{ role: 'user', content: [result] }] }).promptCharacters).toBe(3)
})

test.each([
  [{ reasoning: { effort: 'high' } }, 'high'],
  [{ thinking: { type: 'disabled', budget_tokens: 1 } }, 'disabled'],
  [{ enable_thinking: false }, 'false'],
  [{ chat_template_kwargs: { enable_thinking: true } }, 'true'],
  [{ reasoning: null }, null],
])('the reasoning setting of %j is %s', (body, reasoning) => {
  expect(asked(body).reasoning).toBe(reasoning)
})

test.each([['not JSON'], ['[]'], ['null'], [''], ['"text"']])(
  'a body that is no object (%s) asks for nothing',
  (body) => {
    expect(asked(body)).toEqual({
      fields: null,
      model: null,
      stream: false,
      reasoning: null,
      maxTokens: null,
      promptCharacters: null,
    })
  },
)

test('what is of another type than it should be is not taken for something else', () => {
  expect(asked({ model: 7, stream: 'true', max_tokens: 1.5, messages: { content: {} } })).toMatchObject({
    model: null,
    stream: false,
    maxTokens: null,
    promptCharacters: 0,
  })
})
