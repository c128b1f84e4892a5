import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { textStreamOf } from './event-stream.ts'

/**
 * Sends a stream of events over its connection, one text when the connection has room for it; gives back what says that it was
 * sent. Any other response is given back as it is.
 */
export function sendStream(response: Response, outgoing: ServerResponse): Response {
  const stream = textStreamOf(response)
  if (stream === null) return response
  if (outgoing.destroyed) {
    void stream.leave()
    return RESPONSE_ALREADY_SENT
  }
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.once('close', () => void stream.leave())
  const send = async () => {
    for (let text = await stream.next(); text !== null; text = await stream.next())
      if (!outgoing.write(text)) await roomIn(outgoing)
    outgoing.end()
  }
  void send()
  return RESPONSE_ALREADY_SENT
}

/** Waits until a connection has room, or is closed. */
async function roomIn(outgoing: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  outgoing.once('drain', resolve).once('close', resolve)
  if (!outgoing.destroyed) await promise
  outgoing.off('drain', resolve).off('close', resolve)
}
