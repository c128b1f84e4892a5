import { expect, test, vi } from 'vitest'
import { usageCutter } from '../../../src/proxy/cut-usage.ts'
import { recordedStreams, withoutUsage } from '../../support/recordings.ts'

/** What goes on of a stream that arrives in these pieces, piece by piece. */
function cut(pieces: readonly (string | Buffer)[]): string[] {
  const cutter = usageCutter()
  const passed = pieces.map((piece) => cutter.feed(Buffer.from(piece as string))?.toString('latin1') ?? '')
  return [...passed, cutter.rest()?.toString('latin1') ?? '']
}

const joined = (pieces: readonly (string | Buffer)[]): string => cut(pieces).join('')
const everyByte = (bytes: Buffer): Buffer[] => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))

const token = 'data: {"choices":[{"index":0,"delta":{"content":"Hi"}}],"usage":null}'
const usage = 'data: {"id":"1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}'
const done = 'data: [DONE]'

test.each([
  ['line feeds', '\n'],
  ['carriage returns with line feeds', '\r\n'],
  ['carriage returns', '\r'],
])('exactly the event of usage is cut of a stream with %s, however it is split', (_, end) => {
  const events = [token, usage, done].map((event) => `${event}${end}${end}`)
  const expected = `${events[0]}${events[2]}`
  const stream = Buffer.from(events.join(''))
  expect(joined([stream])).toBe(expected)
  expect(joined(everyByte(stream))).toBe(expected)
  for (let at = 1; at < stream.length; at += 1)
    expect(joined([stream.subarray(0, at), stream.subarray(at)])).toBe(expected)
})

test('an event goes on with the bytes that complete it, and not before', () => {
  expect(cut([`${token}\n`, `\n${token}`, '\n\n'])).toEqual(['', `${token}\n\n`, `${token}\n\n`, ''])
})

test('what is not complete at the end goes on, and the event of usage is cut without its blank line too', () => {
  expect(cut([`${token}\n\n`, done])).toEqual([`${token}\n\n`, '', done])
  expect(joined([`${token}\n\n`, usage.slice(0, -1)])).toBe(`${token}\n\n${usage.slice(0, -1)}`)
  for (const end of ['', '\n', '\r\n', '\r'])
    expect(joined([`${token}\n\n`, usage.slice(0, 9), `${usage.slice(9)}${end}`])).toBe(`${token}\n\n`)
})

test.each([
  ['line ends alone', '\r'],
  ['events without a blank line', `${token}\r`],
  ['events', `${token}\r\r`],
  ['events whose line feeds come later', `${token}\r\n\r\n`],
])('the work for a stream with %s grows with its length alone', (_, event) => {
  /** Bytes that were decoded or copied, which a cutter does besides looking at each once. */
  const workOf = (pieces: readonly Buffer[]): number => {
    const decoded = vi.spyOn(Buffer.prototype, 'toString')
    const copied = vi.spyOn(Buffer, 'concat')
    const cutter = usageCutter()
    for (const piece of pieces) cutter.feed(piece)
    const texts = decoded.mock.results.map(({ value }) => String(value).length)
    const copies = copied.mock.results.map(({ value }) => (value as Buffer).length)
    vi.restoreAllMocks()
    return [...texts, ...copies].reduce((sum, length) => sum + length, 0)
  }
  const stream = Buffer.from(event.repeat(Math.ceil(20_000 / event.length)))
  for (const pieces of [[stream], everyByte(stream)]) expect(workOf(pieces)).toBeLessThan(4 * stream.length)
})

test.each([
  ['usage beside a choice', 'data: {"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":3}}'],
  ['no choices and no usage', 'data: {"choices":[],"prompt_filter_results":[],"usage":null}'],
  [
    'a text that says so',
    String.raw`data: {"choices":[{"delta":{"content":"\"choices\":[],\"usage\":{}"}}]}`,
  ],
  [
    'choices elsewhere',
    'data: {"choices":[{"delta":{}}],"x":{"choices":[],"usage":{"a":1}},"usage":{"a":1}}',
  ],
  ['something that is no JSON', 'data: {"choices":[],"usage":{'],
  ['a comment', ': "choices":[] "usage"'],
])('an event with %s goes on', (_, event) => {
  expect(joined([`${event}\n\n${done}\n\n`])).toBe(`${event}\n\n${done}\n\n`)
})

test('blanks between its members, other fields and no blank after the colon are of no account', () => {
  const odd = 'event: message\nid: 7\ndata:{ "usage" : {"prompt_tokens":3}, "choices" : [ ] }\n\n'
  expect(joined([`${token}\n\n${odd}${done}\n\n`])).toBe(`${token}\n\n${done}\n\n`)
})

test('an event that is too long to be held goes on as it comes, and the next ones are looked at again', () => {
  const long = `data: {"choices":[{"delta":{"content":"${'x'.repeat(200_000)}"}}]}\n\n`
  const pieces = [long.slice(0, 70_000), long.slice(70_000, 70_001), long.slice(70_001, -1), '\n']
  const passed = cut([...pieces, `${usage}\n\n${done}\n\n`])
  expect(passed[0]).toHaveLength(70_000)
  expect(passed[1]).toHaveLength(1)
  expect(passed.join('')).toBe(`${long}${done}\n\n`)
})

const streams = recordedStreams()

test.skipIf(streams.length === 0)(
  'of every recorded stream exactly that event is cut, in one piece and byte by byte',
  () => {
    expect(streams.length).toBeGreaterThan(30)
    const cutOf = streams.map(({ name, bytes }) => ({
      name,
      isRight: [[bytes], everyByte(bytes.subarray(-5000))].map(
        (pieces) => joined(pieces) === withoutUsage(Buffer.concat(pieces)).toString('latin1'),
      ),
    }))
    expect(cutOf.filter(({ isRight }) => isRight.includes(false))).toEqual([])
    expect(streams.filter(({ bytes }) => withoutUsage(bytes).length < bytes.length).length).toBeGreaterThan(
      10,
    )
  },
)
