import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

// The least that a proxy on node:http is: it pipes both ways, and does nothing else.
const [upstreamPort] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true })
const server = createServer((incoming, outgoing) => {
  const { method, url, headers } = incoming
  const asked = request({ host: '127.0.0.1', port: upstreamPort, method, path: url, headers, agent })
  asked.once('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    outgoing.flushHeaders()
    answer.pipe(outgoing)
  })
  asked.once('error', () => outgoing.destroy())
  incoming.pipe(asked)
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.once('disconnect', () => process.exit())
