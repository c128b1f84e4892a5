import { describe, expect, test } from 'vitest'
import { closingMs } from '../../../src/probe/deadlines.ts'
import {
  delta,
  done,
  event,
  flushed,
  healthy,
  probed,
  streamed,
  type Script,
  stop,
  streamHead,
} from '../../support/loopback.ts'

// Every way to write a stream and to cut it into reads, over a real socket.

const hi = [delta({ role: 'assistant', content: '' }), delta({ content: 'Hi' }), delta({ content: ' you' })]
const leftOpen: Script = async (socket) => {
  for (const piece of [streamHead, ...healthy]) {
    socket.write(piece)
    await flushed()
  }
}

describe('bytes', () => {
  const stream = healthy.join('')
  const rewritten = (change: (text: string) => string) => [change(stream)]
  const multiline = JSON.stringify({ choices: [{ index: 0, delta: { content: ' there' } }] }, null, 2)
  test.for<[string, (string | Buffer)[]]>([
    ['no space after the colon', rewritten((text) => text.replaceAll('data: ', 'data:'))],
    ['carriage return and line feed', rewritten((text) => text.replaceAll('\n', '\r\n'))],
    ['carriage returns alone', rewritten((text) => text.replaceAll('\n', '\r'))],
    ['a byte order mark', ['\uFEFF', stream]],
    ['a byte order mark in three reads', [Buffer.of(0xef), Buffer.of(0xbb), Buffer.of(0xbf), stream]],
    [
      'names of events, ids and times to retry',
      rewritten((text) => text.replaceAll('data: ', 'event: message\nid: 1\nretry: 10\ndata: ')),
    ],
    ['fields that nobody knows', rewritten((text) => text.replaceAll('data: ', 'x-field: 1\ndata: '))],
    ['comments between the lines', rewritten((text) => text.replaceAll('data: ', ': ping\ndata: '))],
    ['several blank lines', rewritten((text) => text.replaceAll('\n\n', '\n\n\n\n'))],
    [
      'data in several lines',
      [...healthy.slice(0, 2), `data: ${multiline.replaceAll('\n', '\ndata: ')}\n\n`, ...healthy.slice(3)],
    ],
    ['spaces around [DONE]', rewritten((text) => text.replace('[DONE]', ' [DONE] '))],
    ['no final blank line', [stream.trimEnd()]],
    ['one line feed at the end', [`${stream.trimEnd()}\n`]],
    ['no [DONE]', healthy.slice(0, -1)],
    ['events after [DONE]', [stream, delta({ content: 'late' }), usageOf(99)]],
    ['padding', rewritten((text) => text.replaceAll('"choices"', '"obfuscation":"aB3xQ0","choices"'))],
    [
      'padding inside the delta',
      rewritten((text) => text.replaceAll('"content"', '"padding":"abcdef","content"')),
    ],
    ['one read', [stream]],
    ['one read a byte', Array.from(Buffer.from(stream), (byte) => Buffer.of(byte))],
  ])('%s changes nothing', async ([, pieces]) => {
    const seen = await streamed(...pieces)
    expect(seen).toMatchObject({
      success: true,
      responseText: 'Hello there',
      finishReason: 'stop',
      inputTokens: 5,
      outputTokens: 2,
    })
    const kinds = seen.timeline.events
      .map(({ kind }) => kind)
      .filter((kind) => kind !== 'comment' && kind !== 'done')
    expect(kinds).toEqual(['role', 'text', 'text', 'finish', 'usage'])
  })

  test('characters split between reads are whole', async () => {
    const text = 'ä€😀한👩‍👩‍👧\u2028ñ'
    const bytes = Buffer.from(delta({ content: text }) + stop + done)
    const pieces = Array.from(bytes, (byte) => Buffer.of(byte))
    expect(await streamed(...pieces)).toMatchObject({ success: true, responseText: text })
  })

  test('invalid UTF-8 affects only its own event', async () => {
    const bad = Buffer.concat([
      Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"a'),
      Buffer.of(0xc3, 0xff),
      Buffer.from('b"}}]}\n\n'),
    ])
    expect(await streamed(bad, ...hi, stop, done)).toMatchObject({
      success: true,
      responseText: 'a\uFFFD\uFFFDbHi you',
    })
  })

  test('a socket that stays open after [DONE] does not delay the result', async () => {
    const seen = await probed(leftOpen)
    expect(seen).toMatchObject({ success: true, outputTokens: 2 })
    expect(seen.totalLatencyMs).toBeLessThan(closingMs.complete)
  })
})

function usageOf(completion: number): string {
  return event({ choices: [], usage: { prompt_tokens: 1, completion_tokens: completion } })
}
