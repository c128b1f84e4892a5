import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withoutKeysIn } from '../../../src/net/redact.ts'
import { lookAt, openLooks } from '../../../src/probe/live-text.ts'

const stream = (text: string, reasoning = '') => ({ text, reasoning, flagged: 0 })
const key = 'sk-live-3f9a77c1b2d4e6'

/** What somebody sees of an answer that grows by these pieces, look after look. */
function seenOf(pieces: readonly string[], secret: string | null = key): string[] {
  const answer = stream('')
  const look = lookAt(answer, secret)
  const seen = pieces.map((piece) => {
    answer.text += piece
    return look(false)?.text ?? ''
  })
  return [...seen, look(true)?.text ?? '']
}

test('whole words are shown, and the last one when the answer is over', () => {
  expect(seenOf(['Hel', 'lo wor', 'ld. The ', 'end'])).toEqual(['', 'Hello ', 'world. The ', '', 'end'])
  expect(seenOf(['今日', 'は晴', 'れ'])).toEqual(['今日', 'は晴', 'れ', ''])
})

test('what is new says where it begins, of the text and of the reasoning', () => {
  const answer = stream('', 'Let me ')
  const look = lookAt(answer, null)
  expect(look(false)).toEqual({ textAt: 0, text: '', reasoningAt: 0, reasoning: 'Let me ', flagged: 0 })
  expect(look(false)).toBeNull()
  Object.assign(answer, { text: 'So, yes', reasoning: 'Let me see. ', flagged: 4 })
  expect(look(false)).toEqual({ textAt: 0, text: 'So, ', reasoningAt: 7, reasoning: 'see. ', flagged: 4 })
  expect(look(true)).toMatchObject({ textAt: 4, text: 'yes', reasoningAt: 12, reasoning: '' })
})

test.each([
  `Your key is ${key}, keep it.`,
  `${key}${key} and ${key.slice(0, 14)} and "${key}"\n${key}`,
  `In base64 ${Buffer.from(key).toString('base64')}, ${encodeURIComponent(key).replaceAll('-', '%2D')} too.`,
  `今日は${key}です。${key.slice(3)}。`,
  `sk-live********d4e6 or ****d4e6 was wrong`,
])('a key in an answer is not seen in pieces either: %s', (text) => {
  const clean = withoutKeysIn(text, [key])
  expect(clean).not.toBe(text)
  for (const size of [1, 2, 3, 7, 16])
    expect(seenOf(text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? []).join(''), String(size)).toBe(clean)
})

test('a blank is no end of a word if the key has one', () => {
  const odd = 'a secret with blanks'
  expect(seenOf(['It is a secret ', 'with blanks, yes'], odd).join('')).toBe('It is [key], yes')
})

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('calls are looked at together, five times a second, while somebody does', () => {
  const posts: unknown[][] = []
  const looks = openLooks((news) => posts.push(news.map(({ id, text }) => [id, text])))
  const [one, other] = [stream('so far '), stream('')]
  looks.begin(1, lookAt(one, null))
  looks.begin(2, lookAt(other, null))
  expect(posts).toEqual([[[1, 'so far ']]])
  one.text += 'and on '
  other.text += 'first '
  vi.advanceTimersByTime(199)
  expect(posts).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(posts[1]).toEqual([
    [1, 'and on '],
    [2, 'first '],
  ])
  vi.advanceTimersByTime(1000)
  expect(posts).toHaveLength(2)
  other.text += 'last'
  looks.finish(2)
  expect(posts[2]).toEqual([[2, 'last']])
  looks.end(1)
  expect(vi.getTimerCount()).toBe(0)
  looks.finish(1)
  expect(posts).toHaveLength(3)
})
