import { expect, test } from 'vitest'
import { thinkingMarks, thoughtLength } from '../../../src/probe/inline-thinking.ts'

const pairs = thinkingMarks.flatMap(({ open, close }) => open.map((from) => [from, close] as const))

test.for(pairs)('%s ... %s at the beginning is thinking, in any case', ([open, close]) => {
  for (const [from, to] of [
    [open, close],
    [open.toUpperCase(), close.toUpperCase()],
  ]) {
    const thought = `\n${from}\nfirst this, then that\n${to}\n\n`
    expect(thoughtLength(`${thought}The answer.`, false)).toBe(thought.length)
  }
})

test.for(thinkingMarks.map(({ close }) => close))(
  '%s alone ends thinking that the template opened',
  (close) => {
    for (const thought of [`Let me see.\n${close}\n\n`, `Let me see.${close}`, `Let me see. ${close}\n`])
      expect(thoughtLength(`${thought}The answer.`, false)).toBe(thought.length)
  },
)

test.each(['<think_fast>hm</think_fast>', '<ns:thinking>hm</ns:thinking>', '<|reason|>hm<|/reason|>'])(
  '%s is thinking, by the name of its tag',
  (block) => {
    expect(thoughtLength(`${block}The answer.`, false)).toBe(block.length)
  },
)

test.each([
  'Write `</think>` at the end.',
  'The tag "</think>" closes it.',
  'Models write </think> when they are done.',
  'It ends with </think>.',
  'In XML, <think> is closed by </think>\nand that is all.',
  '```\nthought\n</think>\n```\nis how it looks.',
  'a < b and [THINK] about it',
  '<thinker>no such tag</thinker>',
  '<thinkpad> is a laptop',
  '<thoughts> opens what nothing closes',
])('%j only mentions a mark', (text) => {
  expect(thoughtLength(text, false)).toBe(0)
})

test('thinking that is never closed is all there is', () => {
  expect(thoughtLength('<think>and so on', false)).toBe('<think>and so on'.length)
})

test('several blocks, one behind the other, are thinking', () => {
  const thought = '<think>a</think>\n<thinking>b</thinking> '
  expect(thoughtLength(`${thought}c`, false)).toBe(thought.length)
})

test('a closing mark counts beside reasoning in a field of its own only at the very beginning', () => {
  expect(thoughtLength('\n</think>\n\nThe answer.', true)).toBe('\n</think>\n\n'.length)
  expect(thoughtLength('First.\n</think>\nThe answer.', true)).toBe(0)
})
