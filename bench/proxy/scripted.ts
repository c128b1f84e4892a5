import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { machineClock } from '../../src/core/clock.ts'

/** An upstream of this process. */
export interface Scripted {
  url: string
  /** How a request is answered. */
  answer: (response: ServerResponse) => void
  /** Resolves with the socket that the next request comes on. */
  next: () => Promise<Socket>
  close: () => void
}

/** Starts one that says nothing. */
export async function startScripted(): Promise<Scripted> {
  let arrived = Promise.withResolvers<Socket>()
  const server = createServer((request, response) => {
    // The proxy asks what models there are.
    if (request.method === 'GET') response.writeHead(404).end()
    else
      request.resume().once('end', () => {
        arrived.resolve(request.socket)
        upstream.answer(response)
      })
  })
  const upstream: Scripted = {
    url: await listening(server),
    answer: () => undefined,
    next: () => {
      arrived = Promise.withResolvers()
      return arrived.promise
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return upstream
}

/** Makes a server listen; gives its URL. */
export async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Sends a request for a stream by hand, without the last `missing` bytes of its body. */
export function sendTo(port: number, missing = 0): Socket {
  const body = '{"model":"tiny","stream":true,"messages":[]}'
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  socket.write(head + body.slice(0, body.length - missing))
  return socket
}

/** Ms from now until a socket is closed; as long as it takes. */
export async function msToClose(socket: Socket): Promise<number> {
  const from = machineClock.now()
  // A reset comes first, of which `once` of node:events would make a failure.
  if (!socket.closed) await new Promise((closed) => socket.once('close', closed))
  return machineClock.now() - from
}

/** An event with this text. */
export const textEvent = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
