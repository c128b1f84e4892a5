import { createHttp } from '../../src/http/http.ts'
import { type Listening, listen } from '../../src/http/listen.ts'
import type { HttpParts } from '../../src/http/parts.ts'
import { createParser, type EventSourceMessage } from 'eventsource-parser'

/** An application that listens on this machine, until it is closed. */
export async function serve(
  given: HttpParts,
): Promise<{ url: string; closing: AbortController; close: () => Promise<void>; listening: Listening }> {
  const closing = new AbortController()
  let port = 0
  const access = { ...given.access, hosts: () => ({ port, publicUrl: null, allowed: [] }) }
  const { hono } = createHttp({ ...given, access, closing: closing.signal })
  const listening = await listen(hono, { host: '127.0.0.1', port: 0 })
  ;({ port } = listening)
  return {
    url: `http://127.0.0.1:${port}/api/v1`,
    closing,
    listening,
    close: async () => {
      closing.abort()
      await listening.close(new AbortController().signal)
    },
  }
}

/** Server-sent events as they come, until the stream ends or nobody reads on. */
export async function* eventsOf(response: Response): AsyncGenerator<EventSourceMessage> {
  const waiting: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => waiting.push(event) })
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }))
    yield* waiting.splice(0)
  }
}

/** All of them, up to so many. */
export async function collect(
  response: Response,
  most = Infinity,
): Promise<{ id: string | undefined; event: string | undefined; data: Record<string, unknown> }[]> {
  const events: Awaited<ReturnType<typeof collect>> = []
  for await (const { id, event, data } of eventsOf(response)) {
    events.push({ id, event, data: JSON.parse(data) as Record<string, unknown> })
    if (events.length >= most) break
  }
  return events
}
