import { expect, test } from 'vitest'
import { resultSearch } from '../../../web/screens/result/search.ts'
import {
  characterCount,
  placedPhases,
  type Result,
  stallsOf,
  ticksOf,
  type Timeline,
  tokensOf,
  tokenText,
} from '../../../web/screens/result/stream.ts'

type Event = Timeline['events'][number]
const event = (at: number, given: Partial<Event>): Event => ({
  at_ms: at,
  kind: 'text',
  text: 0,
  reasoning: 0,
  other: 0,
  ...given,
})
const events = [
  event(90, { kind: 'role' }),
  event(100, { kind: 'reasoning', reasoning: 6 }),
  event(120, { text: 4 }),
  event(140, { text: 5 }),
  event(900, { text: 1 }),
  event(920, { kind: 'usage' }),
]
const timeline = { events, reads: [], end_ms: 920 } as unknown as Timeline

test('a token is an event that carried characters, of what it carried', () => {
  expect(tokensOf(timeline).map(({ at, kind, characters }) => [at, kind, characters])).toEqual([
    [100, 'reasoning', 6],
    [120, 'answer', 4],
    [140, 'answer', 5],
    [900, 'answer', 1],
  ])
  expect(tokenText(tokensOf(timeline), 3)).toBe('4 of 4 at 900 ms: 1 character of the answer')
})

test('a stall is longer than 500 ms and than ten median gaps, as the metric has it', () => {
  expect(stallsOf(tokensOf(timeline))).toEqual([{ from: 140, to: 900 }])
  const slow = [0, 90, 180, 270, 900].map((at) => ({ at, kind: 'answer', characters: 1 }) as const)
  expect(stallsOf(slow)).toEqual([])
  expect(stallsOf(slow.slice(0, 2))).toEqual([])
})

test('the text that had come by a moment is that of the events until then', () => {
  expect([99, 120, 899, 900].map((at) => characterCount(timeline, at))).toEqual([0, 4, 9, 10])
})

test('what opened the socket is before 0, and each phase begins where the one before ends', () => {
  const result = { dns_ms: 5, tcp_ms: 10, tls_ms: null, ttft_ms: 100, ttfa_ms: 120, total_latency_ms: 920 }
  expect(placedPhases(result as Result)).toEqual([
    { name: 'dns', from: -15, to: -10 },
    { name: 'tcp', from: -10, to: 0 },
    { name: 'wait', from: 0, to: 100 },
    { name: 'reasoning', from: 100, to: 120 },
    { name: 'answer', from: 120, to: 920 },
  ])
  const failed = { ...result, ttft_ms: null, ttfa_ms: null }
  expect(placedPhases(failed as Result).at(-1)).toEqual({ name: 'wait', from: 0, to: 920 })
})

test('an axis has round marks within its ends', () => {
  expect(ticksOf(-15, 920)).toEqual([0, 200, 400, 600, 800])
  expect(ticksOf(0, 1)).toEqual([0, 1])
})

test('a URL asks for the text, or for the table', () => {
  expect(resultSearch({ text: false, view: 'x' })).toEqual({})
  expect(resultSearch({ text: true, view: 'table' })).toEqual({ text: true, view: 'table' })
})
