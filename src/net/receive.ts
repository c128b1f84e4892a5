import type { IncomingMessage } from 'node:http'
import { type Body, decompressed, streamBody, textBody } from './body.ts'
import { takeChunks } from './reader.ts'
import type { Open } from './wire.ts'

/** Takes the head of an answer, and its body as it is read, up to its end. */
export function receive(response: IncomingMessage, call: Open): void {
  const { seen, finish } = call
  const { onHead, onBody } = call.parts.tap ?? {}
  call.response = response
  const { statusCode: status = 0, headers, httpVersion } = response
  Object.assign(seen, {
    status,
    headers,
    httpVersion,
    headersAt: seen.reads.at(-1) ?? null,
    forwardedBy: seen.awaitedProxy,
    awaitedProxy: null,
  })
  onHead?.(status, headers)
  const body = status >= 200 && status < 300 ? eventsOf(call) : textBody()
  const source = decompressed(response)
  call.source = source
  const feed = (bytes: Buffer | null) => {
    const progress = body.feed(bytes)
    seen.text = body.text()
    if (progress === 'ended') finish(null, seen.reads.at(-1))
    else if (progress === 'too_long') finish(status < 300 ? tooLong() : null)
    else if (bytes === null) finish(null)
  }
  const take = onBody
    ? (bytes: Buffer | null) => {
        if (bytes !== null) onBody(bytes)
        feed(bytes)
      }
    : feed
  const guarded = (bytes: Buffer | null) => {
    try {
      take(bytes)
    } catch (error) {
      call.bug(error)
      finish(null)
    }
  }
  // Only the HTTP parser tells an agent that a socket is free.
  if (headers['transfer-encoding'] === 'chunked' && source === response && call.parts.reuse !== true)
    call.takeBody = takeChunks(guarded, finish)
  source.on('data', guarded)
  source.on('end', () => {
    guarded(null)
  })
  for (const stage of new Set([response, source])) stage.on('error', finish)
}

const tooLong = () =>
  Object.assign(new Error('the answer exceeds the limit of what is read'), { code: 'TOO_LONG' })

/** Passes on the events of a stream with the index of the read that completed each. */
function eventsOf({ seen, parts }: Open): Body {
  const read = () => Math.max(0, seen.reads.length - 1)
  return streamBody({
    onEvent: (event) => parts.onEvent(event, read()),
    onComment: () => {
      parts.onComment(read())
    },
    onLine: parts.onLine,
  })
}
