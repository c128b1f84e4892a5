import { once } from 'node:events'
import { connect } from 'node:net'

/** What is asked, over how many connections at once, for how long. */
export interface Load {
  port: number
  path: string
  headers?: Record<string, string>
  connections: number
  seconds: number
}

/** Answers that are alike are told apart by their length alone: a client that parses them would be the limit itself. */
interface Alike {
  status: number
  /** Bytes of one answer, its head included. */
  bytes: number
}

const requestOf = ({ port, path, headers = {} }: Load): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '\r\n',
  ].join('\r\n')

/** One answer, which says how long all of them are. Rejects if it says no length. */
async function firstOf(load: Load): Promise<Alike> {
  const socket = connect(load.port, '127.0.0.1')
  socket.write(requestOf(load))
  let text = ''
  while (!text.includes('\r\n\r\n')) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    text += chunk.toString('latin1')
  }
  socket.destroy()
  const head = text.slice(0, text.indexOf('\r\n\r\n') + 4)
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  const length = /^content-length: (\d+)/im.exec(head)?.[1]
  if (length === undefined && status !== 304) throw new Error(`an answer without a length:\n${head}`)
  return { status, bytes: head.length + Number(length ?? 0) }
}

/** Requests per second that are answered, each connection sending the next when it has its answer; and what they are. */
export async function rateOf(load: Load): Promise<Alike & { perSecond: number }> {
  const alike = await firstOf(load)
  const request = requestOf(load)
  const until = performance.now() + load.seconds * 1000
  const began = performance.now()
  const counts = await Promise.all(
    Array.from({ length: load.connections }, () => countOn(load.port, { request, ...alike, until })),
  )
  const seconds = (performance.now() - began) / 1000
  return { ...alike, perSecond: counts.reduce((sum, each) => sum + each, 0) / seconds }
}

const countOn = (
  port: number,
  { request, status, bytes, until }: Alike & { request: string; until: number },
): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let [received, answered] = [0, 0]
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      if (received === 0 && chunk.toString('latin1', 0, 12) !== `HTTP/1.1 ${status}`) wrong(chunk)
      received += chunk.length
      if (received < bytes) return
      if (received > bytes) wrong(chunk)
      received = 0
      answered += 1
      if (performance.now() < until) socket.write(request)
      else socket.end(() => resolve(answered))
    })
    const wrong = (chunk: Buffer) => {
      socket.destroy()
      reject(new Error(`another answer than the first:\n${chunk.toString('latin1', 0, 300)}`))
    }
  })
