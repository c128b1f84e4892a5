import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A server of the status page in a process of its own, with a bare static file beside it. */
export interface Served {
  port: number
  filePort: number
  close: () => Promise<void>
}

/** Starts it. It ends with this process at the latest. */
export async function startServer(): Promise<Served> {
  const child = fork(new URL('./server-process.ts', import.meta.url))
  const [ports] = (await once(child, 'message')) as [Omit<Served, 'close'>]
  return {
    ...ports,
    close: async () => {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}
