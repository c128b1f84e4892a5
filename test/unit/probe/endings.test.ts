import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import {
  delta,
  done,
  event,
  head,
  healthy,
  pause,
  probed,
  saying,
  type Script,
  streamed,
  streamHead,
} from '../../support/loopback.ts'

/** Writes these pieces, then this often a piece, until the socket is gone. */
const forever =
  (pieces: string[], again: string, everyMs = 5): Script =>
  async (socket) => {
    for (const piece of pieces) socket.write(piece)
    while (!socket.destroyed) {
      socket.write(again)
      await pause(everyMs)
    }
  }

test('a stream compressed despite identity is read, and its timing is untrusted', async () => {
  const body = gzipSync(healthy.join(''))
  const seen = await probed(
    saying(
      Buffer.concat([
        Buffer.from(
          head(
            '200 OK',
            'content-type: text/event-stream',
            'content-encoding: gzip',
            `content-length: ${body.length}`,
          ),
        ),
        body,
      ]),
    ),
  )
  expect(seen).toMatchObject({
    success: true,
    responseText: 'Hello there',
    contentEncoding: 'gzip',
    timingQuality: 'untrusted',
  })
})

test('early hints are not an answer', async () => {
  const hints = 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n'
  const seen = await probed(async (socket) => {
    socket.write(hints)
    await pause(30)
    for (const piece of [streamHead, ...healthy]) socket.write(piece)
    socket.end()
  })
  expect(seen).toMatchObject({ success: true, statusCode: 200 })
  expect(seen.ttfbMs).toBeGreaterThan(25)
})

test('[DONE] is the end, even if the socket stays open', async () => {
  const seen = await probed(forever([streamHead, ...healthy], ''), { timeouts: { idle: 2000 } })
  expect(seen).toMatchObject({ success: true, finishReason: 'stop', outputTokens: 2 })
  expect(seen.totalLatencyMs).toBeLessThan(2000)
})

test('a finish reason without [DONE] is an end', async () => {
  const seen = await probed(saying(streamHead, ...healthy.slice(0, -1)))
  expect(seen).toMatchObject({ success: true, finishReason: 'stop', outputTokens: 2 })
})

test('a last event without its blank line counts', async () => {
  const seen = await probed(saying(streamHead, ...healthy.slice(0, 3), delta({}, 'stop').trimEnd()))
  expect(seen).toMatchObject({ success: true, finishReason: 'stop' })
})

test('a refusal is an answer', async () => {
  const seen = await probed(saying(streamHead, delta({ refusal: 'No.' }), delta({}, 'stop'), event('[DONE]')))
  expect(seen).toMatchObject({ success: true, responseText: '' })
})

test.for([
  ['event: stream_error\ndata: {"message":"boom"}\n\n', 'boom'],
  ['event: internalServerException\ndata: {"message":"boom"}\n\n', 'boom'],
  [event('error: upstream timeout'), 'upstream timeout'],
  [event('[ERROR] boom'), '[ERROR] boom'],
  [event('Internal Server Error'), 'Internal Server Error'],
  [event('"Error: boom"'), 'boom'],
  [event("{'error': {'message': 'boom'}}"), 'boom'],
  ['Internal Server Error\n\n', 'Internal Server Error'],
  ['<html><title>502 Bad Gateway</title></html>\n\n', '502 Bad Gateway'],
] as const)('behind words and before [DONE], %j is an error', async ([piece, message]) => {
  const seen = await streamed(...healthy.slice(0, 3), piece, done)
  expect(seen).toMatchObject({ success: false, errorKind: 'error_in_stream', faultDomain: 'provider' })
  expect(seen.errorMessage).toContain(message)
})

test.for([
  'event: warning\ndata: {"message":"the key expires soon"}\n\n',
  event('heartbeat'),
  event({ type: 'status', detail: 'Queued' }),
  event({ code: 1, msg: '成功' }),
  ': error: retrying upstream\n\n',
  'keepalive\n\n',
])('behind words and before the end, %j is no error', async (piece) => {
  expect(await streamed(...healthy.slice(0, 3), piece, ...healthy.slice(3))).toMatchObject({ success: true })
})
