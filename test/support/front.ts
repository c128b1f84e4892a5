import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { listening } from './loopback.ts'

/** A server in front of a provider of this machine: it counts the calls that come, and may keep them waiting. */
export interface Front {
  /** Without a path. */
  url: string
  /** In flight now, the most at once, and all. */
  seen: { now: number; most: number; all: number }
  /** Keeps calls waiting until they are released, once some have passed; `arrived` resolves when so many wait. */
  hold: (count: number, passing?: number) => { arrived: Promise<void>; release: () => void }
  close: () => void
}

/** Starts one in front of what listens on this port. */
export async function startFront(port: number): Promise<Front> {
  const seen = { now: 0, most: 0, all: 0 }
  const open = () => Promise.resolve()
  let enter: () => Promise<void> = open
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    seen.now += 1
    seen.all += 1
    seen.most = Math.max(seen.most, seen.now)
    outgoing.on('close', () => {
      seen.now -= 1
    })
    await enter()
    const { method, url, headers } = incoming
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  }
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing))
  return {
    url: await listening(server),
    seen,
    hold: (count, passing = 0) => {
      const [arrived, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      let come = 0
      enter = () => {
        come += 1
        if (come <= passing) return open()
        if (come === passing + count) arrived.resolve()
        return released.promise
      }
      const release = () => {
        enter = open
        released.resolve()
      }
      return { arrived: arrived.promise, release }
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
