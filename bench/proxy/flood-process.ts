import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { textEvent } from './scripted.ts'

// An upstream that writes as fast as it can for as long as it is read, and says how many bytes that were.
const [characters = '0'] = process.argv.slice(2)
const event = textEvent('x'.repeat(Number(characters)))
const piece = event.repeat(Math.ceil(10_000 / event.length))
const sockets = new Set<Socket>()
const server = createServer((request, response) => {
  // The proxy asks what models there are.
  if (request.method === 'GET') response.writeHead(404).end()
  else {
    sockets.add(request.socket)
    request.resume().once('end', () => flood(response))
  }
})
function flood(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const more = () => {
    while (!response.destroyed && response.write(piece));
  }
  response.on('drain', more)
  more()
}
/** What was handed to the kernel: what waits here was not taken. */
const taken = () => [...sockets].map((socket) => socket.bytesWritten - socket.writableLength)
process.on('message', () => process.send?.(taken()))
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())
