import { parentPort, workerData } from 'node:worker_threads'
import { type ServerOptions, startSynthetic } from './server.ts'

// The thread that worker.ts starts: it reports where it listens.
const { url, port } = await startSynthetic(workerData as ServerOptions)
parentPort?.postMessage({ url, port })
