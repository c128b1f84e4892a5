import { parentPort, workerData } from 'node:worker_threads'
import { type ServerOptions, startSynthetic } from './server.ts'

// The thread that worker.ts starts: it says where it listens, and ends with its thread.
const { url, port } = await startSynthetic(workerData as ServerOptions)
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.postMessage({ url, port })
