import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What a receiver answers; `silent` never does, `reset` closes the connection instead. */
export interface Reply {
  status?: number
  headers?: Record<string, string>
  body?: string
  silent?: true
  reset?: true
}

/** A running receiver of HTTP requests. */
export interface Receiver {
  url: string
  /** The next replies, then 200. */
  replies: Reply[]
  /** What it got; `at` is when it had all of it, by `performance.now()`. */
  received: { method: string; path: string; headers: IncomingHttpHeaders; body: string; at: number }[]
  close: () => Promise<void>
}

async function receive(
  { received, replies }: Receiver,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', url: path = '', headers } = request
  const sent = await text(request)
  received.push({ method, path, headers, body: sent, at: performance.now() })
  const { silent, reset, status = 200, headers: more, body = '{}' } = replies.shift() ?? {}
  if (silent) return
  if (reset) return void request.socket.resetAndDestroy()
  response.writeHead(status, { 'content-type': 'application/json', ...more })
  response.end(body)
}

/** Receives HTTP requests on loopback. */
export async function startReceiver(): Promise<Receiver> {
  const receiver: Receiver = { url: '', replies: [], received: [], close: () => Promise.resolve() }
  const server = createServer((request, response) => {
    void receive(receiver, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  receiver.close = async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return receiver
}
