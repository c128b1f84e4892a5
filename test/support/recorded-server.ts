import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A request as it arrived. */
interface Arrived {
  /** In ms since 1970. */
  at: number
  body: Record<string, unknown>
}

/** Passes what it is sent on to a server of this machine, and keeps what arrived, in order. */
export async function recordedServer(port: number) {
  const arrived: Arrived[] = []
  const pass = async (from: IncomingMessage, response: ServerResponse) => {
    const at = Date.now()
    const bytes = await buffer(from)
    arrived.push({ at, body: JSON.parse(bytes.toString()) as Arrived['body'] })
    const { method, url, headers } = from
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    })
    onward.end(bytes)
  }
  const server = createServer((from, response) => void pass(from, response))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    arrived,
    close: () => {
      server.closeAllConnections()
      return new Promise((closed) => server.close(closed))
    },
  }
}
