import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { unseen } from '../../../src/net/wire.ts'
import { openStream } from '../../../src/probe/stream.ts'
import { readAsked } from '../../../src/proxy/asked.ts'
import { isCaptured, toText } from '../../../src/proxy/capture.ts'
import { tries } from '../../support/properties.ts'
import { upstreamAt } from '../../support/proxied.ts'

const key = 'Zq7-own.key_of~the+client/0042'
const most = 64 * 1024

/** The texts of a request with this body, which was answered with these. */
const textsOf = (body: object, answer: { text?: string; reasoning?: string } = {}) =>
  toText(
    {
      id: 'one',
      path: 'chat',
      receivedAt: new Date('2026-11-30T12:00:00Z'),
      start: 0,
      attempt: null,
      asked: readAsked(Buffer.from(JSON.stringify(body))),
      upstream: { provider: upstreamAt('http://127.0.0.1:9/v1'), model: 'tiny' },
      admitted: null,
      requestBytes: 0,
      bodyAt: 0,
      injectedUsage: false,
      isCaptured: true,
      exchange: unseen(0),
      stream: { ...openStream(), ...answer },
      isStream: true,
      coding: null,
      isSent: true,
      upstreamEndAt: null,
      status: 200,
      responseBytes: 0,
      firstWrittenAt: null,
      lastWrittenAt: null,
      firstTokenWrittenAt: null,
      pausedAt: null,
      stalledMs: 0,
      left: null,
      endAt: 0,
    },
    [key],
  )
const messagesOf = (body: object) => textsOf(body).messages

const asked = { request: { headers: {} }, query: '' }
const ids = Array.from({ length: 4000 }, (_, n) => `request-${n}`)
const chosen = (share: number) => ids.filter((id) => isCaptured({ ...asked, id }, share))

test('a share chooses so many requests, always the same, and those of a smaller share among them', () => {
  expect([chosen(0).length, chosen(1).length]).toEqual([0, 4000])
  // 5 % of 4000 are 200, with a standard deviation of 13.8.
  expect(Math.abs(chosen(0.05).length - 200)).toBeLessThan(5 * 13.8)
  expect(chosen(0.05)).toEqual(chosen(0.05))
  expect(chosen(0.5)).toEqual(expect.arrayContaining(chosen(0.05)))
})

test('a client that names the header refuses, unless it says 1', () => {
  const whenItSays = (value: string) =>
    isCaptured({ ...asked, id: 'one', request: { headers: { 'x-firsttoken-capture': value } } }, 1)
  expect(['0', 'off', '', '0, 0', '1'].map(whenItSays)).toEqual([false, false, false, false, true])
})

test('a request with more keys than can be looked for is not kept', () => {
  const cookie = Array.from({ length: 100 }, (_, n) => `name-${n}=value-${n}`).join('; ')
  expect(isCaptured({ ...asked, id: 'one', request: { headers: { cookie } } }, 1)).toBe(false)
  expect(isCaptured({ ...asked, id: 'one', request: { headers: { cookie: 'a=b' } } }, 1)).toBe(true)
})

test('messages are text in their order; what is none is there by its kind and size, tool calls are not', () => {
  const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(978)}` } }
  expect(
    messagesOf({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'What is this?' }, image] },
        { role: 'assistant', content: null, tool_calls: [{ function: { name: 'look', arguments: '{}' } }] },
        { role: 'tool', content: 'a cat' },
        'no message',
        7,
      ],
    }),
  ).toEqual([
    { role: 'system', content: 'Be brief.' },
    // 9 characters of its type, 22 before the image, and 978.
    { role: 'user', content: 'What is this?\n[image_url, 1009 characters]' },
    { role: 'assistant', content: '' },
    { role: 'tool', content: 'a cat' },
    { role: null, content: 'no message' },
    { role: null, content: '[no text, 0 characters]' },
  ])
})

test('a prompt of completions is a message, several are its parts', () => {
  expect(messagesOf({ prompt: 'Once' })).toEqual([{ role: 'prompt', content: 'Once' }])
  expect(messagesOf({ prompt: ['Once', 'Twice'] })).toEqual([{ role: 'prompt', content: 'Once\nTwice' }])
  expect([messagesOf({}), messagesOf([])]).toEqual([[], []])
})

test('of long texts the newest messages are kept, and the beginning of an answer, by bytes', () => {
  const long = (mark: string) => mark + '模'.repeat(10_000)
  const messages = ['a', 'b', 'c', 'd'].map((mark) => ({ role: 'user', content: long(mark) }))
  const { messages: kept, answerText } = textsOf({ messages }, { text: '模'.repeat(100_000) })
  // Two are 60,002 bytes, and 64 each beside them: 5,406 are left for the third, whose characters have three.
  expect(kept.map(({ content }) => [content[0], Buffer.byteLength(content)])).toEqual([
    ['b', 5404],
    ['c', 30_001],
    ['d', 30_001],
  ])
  expect(Buffer.byteLength(answerText)).toBe(65_535)
})

test('a key that the request carries, and what looks like one, is in none of the texts, nor is half of one', () => {
  const about = `my key is ${key} and sk-proj-abc123DEF456ghi`
  const messages = [{ role: key, content: about }]
  const edge = 'x'.repeat(most - 20) + key
  expect(textsOf({ messages }, { text: about, reasoning: edge })).toMatchObject({
    messages: [{ role: '[key]', content: 'my key is [key] and [key]' }],
    answerText: 'my key is [key] and [key]',
    reasoningText: expect.not.stringContaining('Zq7') as unknown,
  })
})

test('whatever is asked, what is kept of it is bounded and holds no key', () => {
  const content = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constant(key),
    fc.constant('\u0001'.repeat(70_000)),
    fc.jsonValue(),
    fc.array(fc.oneof(fc.record({ type: fc.string(), text: fc.string() }), fc.jsonValue()), { maxLength: 4 }),
  )
  const message = fc.oneof(
    fc.record({ role: fc.oneof(fc.string(), fc.constant(key)), content }),
    fc.jsonValue(),
  )
  const body = fc.oneof(
    fc.record({ messages: fc.array(message, { maxLength: 6 }) }),
    fc.record({ prompt: content }),
    fc.jsonValue().map((value) => ({ messages: value })),
  )
  fc.assert(
    fc.property(body, (given) => {
      const { messages } = textsOf(given)
      const bytes = messages.reduce((sum, each) => sum + Buffer.byteLength(each.content), 0)
      expect(bytes).toBeLessThanOrEqual(most)
      expect(JSON.stringify(messages)).not.toContain(key.slice(0, 12))
    }),
    { numRuns: tries(60) },
  )
})

test('ten thousand messages, and one that is nested deeply, are read', () => {
  expect(
    messagesOf({ messages: Array.from({ length: 10_000 }, () => ({ role: 'user', content: '' })) }),
  ).toHaveLength(1024)
  const deep: unknown = JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`)
  expect(messagesOf({ messages: [{ role: 'user', content: deep }] })).toMatchObject([{ role: 'user' }])
})
