import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Asked, Timed } from './answers.ts'
import { ended } from './ways.ts'

/** A client in a process of its own. */
export interface Client {
  /** Rejects if not all of every answer came. */
  ask: (asked: Asked) => Promise<Timed[]>
  close: () => Promise<void>
}

/** Starts one. */
export function startClient(): Client {
  const child = fork(new URL('./client-process.ts', import.meta.url), { execArgv: [] })
  return {
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
