import { expect, test } from 'vitest'
import { chunkedBody } from '../../../src/net/chunked.ts'

/** What these pieces come to, and whether the body ended with them. */
function read(pieces: readonly Buffer[]): { text: string; ended: boolean } | Error {
  const body = chunkedBody()
  let text = ''
  for (const piece of pieces) {
    const taken = body.feed(piece)
    if (taken instanceof Error) return taken
    text += taken.toString('latin1')
  }
  return { text, ended: body.ended() }
}

const one = (text: string) => read([Buffer.from(text, 'latin1')])

test('a chunked body decodes to its text', () => {
  expect(one('5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n')).toEqual({ text: 'hello world', ended: true })
})

test('sizes are hexadecimal in either case, with zeros, extensions and spaces', () => {
  const ten = '0123456789'
  expect(one(`A\r\n${ten}\r\n00a;name="v"\r\n${ten}\r\na \t\r\n${ten}\r\n000\r\n\r\n`)).toEqual({
    text: ten.repeat(3),
    ended: true,
  })
})

test('line feeds in a chunk are data', () => {
  expect(one('6\r\na\r\nb\n\n\r\n0\r\n\r\n')).toEqual({ text: 'a\r\nb\n\n', ended: true })
})

test('neither trailers nor anything after them belong to the body', () => {
  expect(one('2\r\nhi\r\n0\r\nx-took: 5\r\nx-more: 6\r\n\r\nHTTP/1.1 200 OK\r\n\r\n')).toEqual({
    text: 'hi',
    ended: true,
  })
})

test('a body that stops short has not ended', () => {
  const whole = '5\r\nhello\r\n0\r\nx: y\r\n\r\n'
  for (let length = 0; length < whole.length; length += 1)
    expect(one(whole.slice(0, length))).toEqual({
      text: 'hello'.slice(0, Math.max(0, length - 3)),
      ended: false,
    })
})

test('the result is the same however it is split', () => {
  const whole = Buffer.from('5\r\nhello\r\nd;x=1\r\n\r\n wide world\r\n0\r\nx: y\r\n\r\n', 'latin1')
  const expected = { text: 'hello\r\n wide world', ended: true }
  for (let first = 0; first <= whole.length; first += 1)
    for (let second = first; second <= whole.length; second += 1) {
      const pieces = [whole.subarray(0, first), whole.subarray(first, second), whole.subarray(second)]
      expect(read(pieces)).toEqual(expected)
    }
  expect(read([...whole].map((byte) => Buffer.of(byte)))).toEqual(expected)
})

test.each([
  ['no size', '\r\nhello\r\n'],
  ['a size that is no number', 'five\r\nhello\r\n'],
  ['a negative size', '-5\r\nhello\r\n'],
  ['a size with a prefix', '0x5\r\nhello\r\n'],
  ['a size that no chunk has', 'fffffffff\r\nhello\r\n'],
  ['a chunk longer than its size', '4\r\nhello\r\n'],
  ['a line without end', '5;'.padEnd(20_000, 'x')],
])('%s is an error, not an exception', (_, text) => {
  expect(one(text)).toMatchObject({ code: 'HPE_INVALID_CHUNK_SIZE' })
})
