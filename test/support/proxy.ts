import { connect, createServer, type Socket } from 'node:net'
import { listening } from './loopback.ts'

/** A proxy on loopback: what it was asked for, line by line, and its address. */
export interface TestProxy {
  host: string
  asked: string[]
  close: () => void
}

/**
 * Starts a proxy that tunnels and forwards to loopback; or that answers every request with these bytes, and
 * with none says nothing.
 */
export async function startProxy(answer?: string): Promise<TestProxy> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    return socket
  }
  const server = createServer((client) => {
    keep(client).once('data', (bytes) => {
      const [line = ''] = bytes.toString('latin1').split('\r\n')
      asked.push(line)
      if (answer !== undefined) {
        if (answer !== '') client.end(answer)
        return
      }
      const [method = '', target = ''] = line.split(' ')
      const url = new URL(method === 'CONNECT' ? `tunnel://${target}` : target)
      const upstream = keep(connect(Number(url.port), url.hostname))
      if (method === 'CONNECT') client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      else upstream.write(bytes)
      client.pipe(upstream).pipe(client)
    })
  })
  const host = (await listening(server)).replace('http://', '')
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { host, asked, close }
}
