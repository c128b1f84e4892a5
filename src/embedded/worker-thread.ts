import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { WorkerInput, WorkerMessage } from './owner.ts'
import { EmbeddedServer } from './server.ts'
import { codeOf, messageOf } from '../core/error.ts'
import { openBackend, type PgliteBackend } from './pglite-backend.ts'

/** Runs the embedded Postgres outside the thread that measures. */
const input = workerData as WorkerInput
const send = (message: WorkerMessage) => parentPort?.postMessage(message)

function fail(error: unknown): never {
  send({ kind: 'failed', code: codeOf(error), message: messageOf(error) })
  process.exit(1)
}

async function serve(): Promise<void> {
  if (!existsSync(input.dataDir)) await initialise()
  const backend = await openBackend(input.dataDir, fail)
  const server = new EmbeddedServer(backend)
  await server.listen(input.socketPath)
  chmodSync(input.socketPath, 0o600)
  parentPort?.once('message', () => void stop(server, backend))
  send({ kind: 'ready' })
}

/**
 * Creates a database elsewhere and moves it into place, so that an interrupted one is never taken for a
 * complete one.
 */
async function initialise(): Promise<void> {
  send({ kind: 'initialising' })
  mkdirSync(input.draftDir, { mode: 0o700 })
  const draft = await openBackend(input.draftDir, fail)
  await draft.close()
  renameSync(input.draftDir, input.dataDir)
}

/**
 * The database closes before its socket: until the socket is gone, no other process may open the directory.
 */
async function stop(server: EmbeddedServer, backend: PgliteBackend): Promise<void> {
  server.stop()
  await backend.close()
  await server.close()
  parentPort?.close()
}

await serve().catch(fail)
