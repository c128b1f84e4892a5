import { createParser } from 'eventsource-parser'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventParser } from '../../../src/net/events.ts'
import { tries } from '../../support/properties.ts'

/** What a parser tells of these pieces. */
function told(pieces: readonly string[]): unknown[] {
  const seen: unknown[] = []
  const parser = eventParser({
    onEvent: ({ data, event }) => void seen.push({ data, event }),
    onComment: () => void seen.push(':'),
    onLine: (line) => void seen.push(line),
  })
  for (const piece of pieces) parser.feed(piece)
  return seen
}

/** The same by a library, which tells of lines that are no field only if they arrive whole. */
function expected(text: string): unknown[] {
  const seen: unknown[] = []
  const parser = createParser({
    onEvent: ({ data, event }) => void seen.push({ data, event }),
    onComment: () => void seen.push(':'),
    onError: ({ type, line }) => void (type === 'unknown-field' && seen.push(line)),
  })
  parser.feed(text)
  return seen
}

const word = fc.constantFrom(
  'data',
  'event',
  'id',
  'retry',
  ':',
  ' ',
  'x',
  '{"a":1}',
  '\n',
  '\n\n',
  '\r',
  '\r\n',
  '\uFEFF',
  'error: {}',
)

test('events, comments and lines that are neither are told as the standard has them, however they are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.array(word, { maxLength: 12 }), { maxLength: 6 }), (parts) => {
      const pieces = parts.map((part) => part.join(''))
      expect(told(pieces)).toEqual(expected(pieces.join('')))
      expect(told(Array.from(pieces.join('')))).toEqual(expected(pieces.join('')))
    }),
    { numRuns: tries(2000) },
  )
})

test('bare JSON over several reads is told as its lines', () => {
  expect(told(['data: a\n\n{"err', 'or":', '1}\n', '\n'])).toEqual([
    { data: 'a', event: undefined },
    '{"error":1}',
  ])
})

test('what is not complete is pending, however many pieces it comes in', () => {
  const parser = eventParser({ onEvent: () => {}, onComment: () => {}, onLine: () => {} })
  for (const piece of ['data: 12345\n', 'da', 'ta']) parser.feed(piece)
  expect(parser.pending()).toBe('12345'.length + 'data'.length)
})
