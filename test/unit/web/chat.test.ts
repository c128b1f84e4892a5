import { expect, test } from 'vitest'
import { type Answer, asked, seen, withPiece } from '../../../web/screens/chat/answer.ts'
import { choicesOf } from '../../../web/screens/chat/choices.ts'
import { createConversation, isBusy, messagesOf, requestOf } from '../../../web/screens/chat/conversation.ts'
import { curlOf } from '../../../web/screens/chat/curl.ts'
import { apart, pieceOf, readEvents, refusalIn } from '../../../web/screens/chat/events.ts'
import { chatSearch } from '../../../web/screens/chat/search.ts'

test.each([1, 2, 3, 7, 1000])('events are the same in pieces of %i characters', (size) => {
  const text = 'data: {"a":1}\n\n: a comment\r\ndata:{"b":2}\r\n\r\nevent: x\ndata: [DONE]\n\n'
  const read = readEvents()
  const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  )
  expect(pieces.flatMap(read)).toEqual(['{"a":1}', '{"b":2}', '[DONE]'])
})

const delta = (fields: object) => JSON.stringify({ choices: [{ delta: fields }] })

test.each([
  [delta({ content: 'Hi' }), { text: 'Hi', reasoning: '', error: null }],
  [delta({ content: '', reasoning_content: 'Hm' }), { text: '', reasoning: 'Hm', error: null }],
  // OpenRouter sends the same text twice.
  [
    delta({ content: null, reasoning: 'Hm', reasoning_details: [{ text: 'Hm' }] }),
    { text: '', reasoning: 'Hm', error: null },
  ],
  [
    delta({ content: [{ text: 'a' }, { text: 'b' }], thought_signature: 'x' }),
    { text: 'ab', reasoning: '', error: null },
  ],
  [
    '{"choices":[{"message":{"content":"All at once"}}]}',
    { text: 'All at once', reasoning: '', error: null },
  ],
  ['{"error":{"message":"Overloaded"}}', { text: '', reasoning: '', error: 'Overloaded' }],
  ['{"choices":[],"usage":{"total_tokens":3}}', null],
  ['[DONE]', null],
  ['null', null],
])('%s says %j', (data, piece) => {
  expect(pieceOf(data)).toEqual(piece)
})

test.each([
  ['{"error":{"message":"No.","type":"requests","code":null}}', { message: 'No.', code: 'requests' }],
  ['{"error":"No."}', { message: 'No.', code: null }],
  ['[{"error":{"message":"No.","code":400}}]', { message: 'No.', code: null }],
  ['{"detail":"No."}', { message: 'No.', code: null }],
  ['<h1>No.</h1>', { message: '<h1>No.</h1>', code: null }],
])('a refusal of %s says %j', (text, said) => {
  expect(refusalIn(text)).toEqual(said)
})

test('what a model thinks inside its text is apart from what it says', () => {
  const whole = (text: string) => apart({ text, reasoning: '' })
  expect(whole('<think>Hm')).toEqual({ text: '', reasoning: 'Hm' })
  expect(whole('\n<think>Hm</think>\n\nYes')).toEqual({ text: 'Yes', reasoning: 'Hm' })
  expect(whole('The tag <think> is')).toEqual({ text: 'The tag <think> is', reasoning: '' })
})

const done = (text: string, more: Partial<Answer> = {}): Answer => ({
  ...asked({ key: 0, model: 'groq/a', messages: [] }, 0),
  state: 'done',
  text,
  ...more,
})
const question = (at: number) => asked({ key: 0, model: 'groq/a', messages: [] }, at)
const piece = { text: 'x', reasoning: '', error: null }

test('TTFT counts from the question, and speed from the first token to the last', () => {
  const answer = [400, 600, 900].reduce((before, at) => withPiece(before, piece, at), question(100))
  expect(seen(answer)).toEqual({ ttftMs: 300, tps: 4 })
  expect(seen(question(100))).toEqual({ ttftMs: null, tps: null })
  expect(seen(withPiece(question(100), piece, 300))).toEqual({ ttftMs: 200, tps: null })
})

test('each model goes on with its own answers, without what nobody has answered and what was only thought', () => {
  const before = [
    { id: 1, prompt: 'one', answers: [done('first'), done('<think>Hm</think>second')] },
    { id: 2, prompt: 'lost', answers: [done('', { state: 'failed' }), done('there')] },
    { id: 3, prompt: 'three', answers: [done('alone')] },
  ]
  const said = (place: number) =>
    messagesOf(before, place, { prompt: 'now', system: ' ' }).map(({ content }) => content)
  expect(said(0)).toEqual(['one', 'first', 'three', 'alone', 'now'])
  expect(said(1)).toEqual(['one', 'second', 'lost', 'there', 'three', 'alone', 'now'])
  expect(messagesOf([], 0, { prompt: 'now', system: 'Be brief.' })).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'now' },
  ])
})

const usual = { system: '', maxTokens: null, temperature: null, reasoning: 'default' } as const

test('a request names a target or the endpoint of one’s own, and no parameter that was not chosen', () => {
  expect(requestOf({ model: 'groq/openai/gpt-oss-20b', messages: [] }, usual)).toEqual({
    target: { provider: 'groq', model: 'openai/gpt-oss-20b' },
    messages: [],
    reasoning: 'default',
  })
  const chosen = { ...usual, maxTokens: 5, temperature: 0 }
  expect(requestOf({ model: 'own', messages: [] }, chosen)).toEqual({
    target: 'own',
    messages: [],
    reasoning: 'default',
    max_tokens: 5,
    temperature: 0,
  })
})

test('a model asked again answers in the same place, where late words of its first answer change nothing', () => {
  const tellers: ((change: Partial<Answer>) => void)[] = []
  const frames: (() => void)[] = []
  const signals: AbortSignal[] = []
  const talk = createConversation({
    now: () => 0,
    nextFrame: (act) => frames.push(act),
    stream: (first, _, { onChange, signal }) => {
      tellers.push((change) => onChange({ ...first, ...change }))
      signals.push(signal)
      return Promise.resolve()
    },
  })
  let drawn = 0
  talk.subscribe(() => {
    drawn += 1
  })
  const texts = () => talk.turns().map(({ prompt, answers }) => [prompt, ...answers.map(({ text }) => text)])
  talk.ask('one', ['groq/a', 'groq/b'], usual)
  for (const text of 'abc') tellers[0]?.({ text, state: 'done' })
  // One picture however many tokens come before it.
  expect(frames).toHaveLength(1)
  frames.shift()?.()
  expect([drawn, isBusy(talk.turns())]).toEqual([1, true])
  const [first] = talk.turns()[0]?.answers ?? []
  if (first !== undefined) talk.retry(first, usual)
  expect(texts()).toEqual([['one', '', '']])
  tellers[0]?.({ text: 'late' })
  tellers[1]?.({ text: 'other', state: 'done' })
  tellers[2]?.({ text: 'again', state: 'done' })
  expect([texts(), isBusy(talk.turns())]).toEqual([[['one', 'again', 'other']], false])
  talk.ask('two', ['groq/a'], usual)
  // Whoever stops ends what is coming, and not what comes later.
  talk.stop()
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, false, true])
  talk.clear()
  tellers[3]?.({ text: 'too late' })
  expect(talk.turns()).toEqual([])
})

test('a command asks the same, naming the variable of the key, whatever the question says', () => {
  const messages = [{ role: 'user' as const, content: "it's $HOME" }]
  const request = {
    url: 'https://llm.example.com/v1/chat/completions',
    key_name: 'GROQ_API_KEY',
    parameters: { stream: true },
  }
  const measured = { request, model_asked: 'a' } as unknown as NonNullable<Answer['measured']>
  expect(curlOf({ ...done(''), messages, measured })).toBe(
    [
      "curl -N 'https://llm.example.com/v1/chat/completions'",
      '-H "Authorization: Bearer $GROQ_API_KEY"',
      "-H 'Content-Type: application/json'",
      `-d '{"model":"a","messages":[{"role":"user","content":"it'\\''s $HOME"}],"stream":true}'`,
    ].join(' \\\n  '),
  )
  expect(curlOf(done(''))).toBe(null)
})

test('there is what is benchmarked at each provider with a key, else its usual model', () => {
  const provider = (id: string, [usualModel, ...more]: string[], configured = true) =>
    ({
      id,
      name: id.toUpperCase(),
      configured,
      models: usualModel === undefined ? [] : [usualModel, ...more],
      default_model: usualModel ?? null,
    }) as Parameters<typeof choicesOf>[0][number]
  const target = (of: string, model: string, active: boolean) =>
    ({ provider: of, model, active }) as Parameters<typeof choicesOf>[1][number]
  const groups = choicesOf(
    [
      provider('groq', ['a', 'b']),
      provider('xai', ['c']),
      provider('openai', ['d'], false),
      provider('x', []),
    ],
    [
      target('groq', 'b', true),
      target('groq', 'b', true),
      target('groq', 'a', false),
      target('xai', 'x', false),
    ],
  )
  expect(groups.map(({ provider: { id }, models }) => [id, models.map(({ name }) => name)])).toEqual([
    ['groq', ['groq/b']],
    ['xai', ['xai/c']],
  ])
})

test.each([
  [{ models: ['groq/a', 'own', 'groq/c'] }, { models: ['groq/a', 'own'] }],
  [{ models: ['nobody', 7] }, {}],
  [{ models: 'groq/a' }, {}],
])('of the URL %j the screen knows %j', (given, known) => {
  expect(chatSearch(given)).toEqual(known)
})
