import { parentPort } from 'node:worker_threads'
import { machineClock } from '../../src/core/clock.ts'

// The thread that wake.ts starts: it sleeps until the moment that it is told, and says so.
const never = new Int32Array(new SharedArrayBuffer(4))
parentPort?.on('message', (at: number) => {
  Atomics.wait(never, 0, 0, Math.max(0, at - machineClock.now()))
  parentPort?.postMessage(null)
})
