import { Worker } from 'node:worker_threads'
import type { ServerOptions, Synthetic } from './server.ts'

/**
 * Starts the synthetic provider in its own thread, so that its timers and writes do not disturb the clock of
 * the measuring thread. Node's own type stripping is the thread's only loader, and it has no environment: it
 * needs no keys.
 */
export async function startSyntheticWorker(at: ServerOptions = {}): Promise<Synthetic> {
  const thread = new Worker(new URL('./worker-thread.ts', import.meta.url), {
    workerData: at,
    execArgv: [],
    env: {},
    name: 'synthetic',
  })
  const { promise, resolve, reject } = Promise.withResolvers<Pick<Synthetic, 'url' | 'port'>>()
  thread.once('message', resolve).once('error', reject)
  const { url, port } = await promise
  return {
    url,
    port,
    close: async () => {
      await thread.terminate()
    },
  }
}
