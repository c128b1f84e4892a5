import { parentPort, workerData } from 'node:worker_threads'
import { type ServerOptions, startSynthetic } from './server.ts'

// The thread that worker.ts starts: it says where it listens, and ends with its thread.
const { url, port } = await startSynthetic(workerData as ServerOptions)
parentPort?.postMessage({ url, port })
