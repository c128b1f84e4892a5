import { expect, test } from 'vitest'
import { type Answer, makeFrames } from '../../../src/synthetic/chunks.ts'
import { type Dialect, type DialectName, dialects } from '../../../src/synthetic/dialects.ts'
import { makeScript } from '../../../src/synthetic/script.ts'

const answer: Answer = {
  id: 'chatcmpl-1',
  model: 'synthetic-1',
  created: 1_700_000_000,
  promptTokens: 11,
  includeUsage: true,
  finish: 'stop',
}

interface Event {
  choices: { delta: Record<string, unknown>; finish_reason: string | null; usage?: unknown }[]
  usage?: Record<string, unknown>
  [name: string]: unknown
}

/** The events of five tokens, the first two of them reasoning where the dialect has any. */
function speak(name: DialectName, about: Partial<Answer> = {}): { events: Event[]; texts: string[] } {
  const dialect: Dialect = dialects[name]
  const script = makeScript(3, { frames: 5, reasoningTokens: dialect.reasoning === undefined ? 0 : 2 })
  const texts = makeFrames(script, dialect, { ...answer, ...about }).map(({ text }) => text)
  const data = texts.filter((text) => text.startsWith('data: {'))
  return { texts, events: data.map((text) => JSON.parse(text.slice('data: '.length)) as Event) }
}
/** All but the one that writes its events in a way of its own. */
const names = (Object.keys(dialects) as DialectName[]).filter((name) => name !== 'verbose')
const inGroq = (event: Event) => (event['x_groq'] as Event | undefined)?.usage
const deltas = (name: DialectName) => speak(name).events.map(({ choices }) => choices[0]?.delta)
const contents = (events: Event[]) => events.map(({ choices }) => choices[0]?.delta['content'])

test.each(names)('%s: a stream is in order, has one finish reason and ends with [DONE]', (name) => {
  const { texts, events } = speak(name)
  expect(texts.at(-1)).toBe('data: [DONE]\n\n')
  expect(texts.every((text) => text.endsWith('\n\n') && text.indexOf('\n\n') === text.length - 2)).toBe(true)
  const reasons = events.flatMap(({ choices }) => choices.map((choice) => choice.finish_reason))
  const repeats = ['openrouter', 'openrouter-summary', 'sloppy'].includes(name)
  expect(reasons.filter(Boolean)).toEqual(repeats ? ['stop', 'stop'] : ['stop'])
})

test.each(names)('%s: usage counts the tokens that were sent', (name) => {
  const { events } = speak(name)
  const usages = events
    .flatMap((event) => [event.usage, event.choices[0]?.usage, inGroq(event)])
    .filter(Boolean)
  // Two of the five tokens are reasoning, which only the total of these holds.
  const completion = ['gemini', 'xai'].includes(name) ? 3 : 5
  expect(usages.at(-1)).toMatchObject({ prompt_tokens: 11, completion_tokens: completion, total_tokens: 16 })
})

test.each(names)('%s: usage that was not asked for is sent only if the provider sends it anyway', (name) => {
  const sent = JSON.stringify(speak(name, { includeUsage: false }).events).includes('completion_tokens')
  expect(sent).toBe(/^(groq|openrouter|kimi|gemini|mistral)/.test(name))
})

test('openai sends usage in an event of its own, without choices', () => {
  const [finish, usage] = speak('openai').events.slice(-2)
  expect(finish).not.toHaveProperty('usage')
  expect(usage?.choices).toEqual([])
})

test('groq sends usage twice on the event that finishes', () => {
  const last = speak('groq').events.at(-1)
  expect(last?.choices[0]?.finish_reason).toBe('stop')
  expect(last?.['x_groq']).toMatchObject({ usage: last?.usage })
})

test('deepseek and kimi send reasoning in reasoning_content, with a content of null', () => {
  for (const name of ['deepseek', 'kimi'] as const) {
    const reasoning = deltas(name).filter((delta) => delta !== undefined && 'reasoning_content' in delta)
    expect(reasoning).toHaveLength(2)
    expect(reasoning.every((delta) => delta?.['content'] === null)).toBe(true)
  }
})

test('kimi puts usage into the choice, with cached tokens at its top', () => {
  expect(speak('kimi').events.at(-1)?.choices[0]?.usage).toMatchObject({ cached_tokens: 5 })
})

test('comments come first if the provider sends keep-alives', () => {
  expect(speak('openrouter').texts[0]).toBe(': OPENROUTER PROCESSING\n\n')
  expect(speak('deepseek').texts[0]).toBe(': keep-alive\n\n')
  expect(speak('openai').texts[0]).toMatch(/^data: /)
})

test('openrouter names the provider that answered and the charge', () => {
  const { events } = speak('openrouter')
  expect(events.every((event) => event['provider'] === 'Synthetic')).toBe(true)
  // 11 tokens at 0.10 and 5 at 0.50 USD per million.
  expect(events.at(-1)?.usage?.['cost']).toBeCloseTo(3.6e-6, 12)
})

test('minimax thinks inside its text, between tags', () => {
  const text = contents(speak('minimax').events).join('')
  expect(text).toMatch(/^<think>\n\S.*\n<\/think>\n\n.+/s)
  expect(speak('minimax').events.at(-1)?.['base_resp']).toMatchObject({ status_code: 0 })
})

test('gemini sends few large pieces, each with the usage so far', () => {
  const script = makeScript(3, { frames: 100 })
  const events = makeFrames(script, dialects.gemini, answer).slice(0, 3)
  const counts = events.map(({ text }) => (JSON.parse(text.slice(6)) as Event).usage?.['completion_tokens'])
  expect(counts).toEqual([40, 80, 100])
})

test('mistral thinks in parts of an array', () => {
  const [, first] = contents(speak('mistral').events)
  expect(first).toEqual([
    { type: 'thinking', thinking: [{ type: 'text', text: expect.any(String) as string }] },
  ])
})

test('llama.cpp sends its timings on the last event, asked or not', () => {
  const timings = { timings: { prompt_n: 11, predicted_n: 5 } }
  expect(speak('llamacpp').events.at(-1)).toMatchObject(timings)
  expect(speak('llamacpp', { includeUsage: false }).events.at(-1)).toMatchObject(timings)
})

test('the role comes alone, on the first delta or on every one', () => {
  const roles = (name: DialectName) =>
    speak(name).events.map(({ choices }) => choices[0]?.delta['role'] === 'assistant')
  expect(roles('openai').slice(0, 3)).toEqual([true, false, false])
  expect(contents(speak('openai').events)[0]).toBe('')
  expect(roles('anthropic').slice(0, 3)).toEqual([true, false, false])
  expect(contents(speak('anthropic').events)[0]).not.toBe('')
  expect(roles('openrouter').slice(0, 5)).toEqual([true, true, true, true, true])
})

test('openrouter sends its reasoning twice, or summarizes it', () => {
  expect(deltas('openrouter')[0]).toMatchObject({
    reasoning: expect.any(String) as string,
    reasoning_details: [{ type: 'reasoning.text', text: deltas('openrouter')[0]?.['reasoning'] }],
  })
  const summaries = deltas('openrouter-summary').filter((delta) => delta && 'reasoning_details' in delta)
  expect(summaries).toMatchObject([{ reasoning_details: [{ type: 'reasoning.summary' }] }])
})

test('minimax-split repeats all earlier reasoning in every detail', () => {
  const texts = speak('minimax-split').events.flatMap(({ choices }) => {
    const details = choices[0]?.delta['reasoning_details'] as { text: string }[] | undefined
    return details?.map(({ text }) => text) ?? []
  })
  expect(texts).toHaveLength(2)
  expect(texts[1]?.startsWith(texts[0] ?? '-')).toBe(true)
})

test('gemini bills thoughts that it does not send', () => {
  const { events } = speak('gemini')
  expect(JSON.stringify(events)).not.toContain('reasoning')
  expect(contents(events).join('')).not.toBe('')
})

test('verbose uses what server-sent events allow', () => {
  const [first = '', role = '', ...rest] = speak('verbose').texts.filter((_, index) => index !== 1)
  expect(first).toBe('\uFEFF: ping\n\n')
  expect(role).toMatch(
    /^event: message\r\nid: 7\r\nretry: 1000\r\ndata:\{\r\ndata: "id": .*\r\ndata:\}\r\n\r\n$/s,
  )
  expect(rest.at(-1)).toBe('event: message\r\nid: 7\r\nretry: 1000\r\ndata:[DONE]\r\n\r\n')
})

test('sloppy splits a token in two and has a choice with another index', () => {
  const { events } = speak('sloppy')
  expect(events.every(({ choices }) => (choices[0] as unknown as { index: number }).index === 3)).toBe(true)
  expect(events.length).toBeGreaterThan(5 + 2)
})
