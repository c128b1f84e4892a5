import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Asked, Timed } from './answers.ts'
import { ended } from './ways.ts'

/** A client in a process of its own, or in several. */
export interface Client {
  pids: number[]
  /** Rejects if not all of every answer came. */
  ask: (asked: Asked) => Promise<Timed[]>
  close: () => Promise<void>
}

/** Starts one. */
export function startClient(): Client {
  const child = fork(new URL('./client-process.ts', import.meta.url), { execArgv: [] })
  return {
    pids: [child.pid ?? 0],
    ask: async (asked) => {
      const over = new AbortController()
      const { signal } = over
      child.send(asked)
      const [timed] = (await Promise.race([
        once(child, 'message', { signal }),
        once(child, 'exit', { signal }).then(() => Promise.reject(new Error('the client has ended'))),
      ]).finally(() => over.abort())) as [Timed[]]
      return timed
    },
    close: () => ended(child),
  }
}

/** Streams that one process reads and stamps without being late. */
const mostStreams = 128

/** Starts as many as so many streams take, who share them. */
export function startClients(streams: number): Client {
  const clients = Array.from({ length: Math.ceil(streams / mostStreams) }, startClient)
  const n = clients.length
  return {
    pids: clients.flatMap(({ pids }) => pids),
    ask: async (asked) => {
      const parts = clients.map((client, index) =>
        client.ask({ ...asked, streams: Math.ceil(asked.streams / n), round: asked.round * n + index }),
      )
      return (await Promise.all(parts)).flat()
    },
    close: async () => void (await Promise.all(clients.map(({ close }) => close()))),
  }
}
