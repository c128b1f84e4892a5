import { chmodSync, existsSync, mkdirSync, renameSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { asObject } from '../core/json.ts'
import { type Backend, EmbeddedServer } from './embedded-server.ts'
import type { WorkerInput, WorkerMessage } from './embedded-owner.ts'
import { codeOf, messageOf } from './error-code.ts'
import { startupMessage } from './postgres-protocol.ts'

/** Runs the embedded Postgres away from the thread that measures. */
const input = workerData as WorkerInput
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- only a window's takes one
const say = (message: WorkerMessage) => parentPort?.postMessage(message)

/** The last words of the server, which say why it ended. */
let lastWords = ''

function fail(error: unknown): never {
  say({ kind: 'failed', code: codeOf(error), message: `${messageOf(error)} ${lastWords}`.trim() })
  process.exit(1)
}

async function serve(): Promise<void> {
  if (!existsSync(input.dataDir)) await initialise()
  const db = await openDatabase(input.dataDir)
  const server = new EmbeddedServer(asBackend(db))
  await server.listen(input.socketPath)
  chmodSync(input.socketPath, 0o600)
  parentPort?.once('message', () => void stop(server, db))
  say({ kind: 'ready' })
}

/** Makes a database beside and moves it into place, so that one that was cut short is never taken for a whole one. */
async function initialise(): Promise<void> {
  say({ kind: 'initialising' })
  mkdirSync(input.draftDir, { mode: 0o700 })
  const db = await openDatabase(input.draftDir)
  await db.close()
  renameSync(input.draftDir, input.dataDir)
}

/** Not more of the log than this is kept after a checkpoint; the default is 1 GB. */
const startParams = [...PGlite.defaultStartParams, '-c', 'max_wal_size=128MB']

const openDatabase = (dir: string): Promise<PGlite> =>
  PGlite.create(dir, {
    startParams,
    onStderr: (line) => {
      const [words] = /(?:FATAL|PANIC):.*/.exec(line) ?? []
      lastWords = words ?? lastWords
      return false
    },
  })

/** The database closes before its socket does: until the socket is gone, nobody may open the directory. */
async function stop(server: EmbeddedServer, db: PGlite): Promise<void> {
  server.stop()
  await db.close()
  await server.close()
  parentPort?.close()
}

function asBackend(db: PGlite): Backend {
  endWithBackend(db)
  const run = (bytes: Uint8Array): Buffer[] => {
    const output: Buffer[] = []
    // All its work is done when it returns; what it would wait for is a file system that has to be synced.
    db.execProtocolRawStream(bytes, {
      syncToFs: false,
      onRawData: (data) => void output.push(Buffer.from(data)),
    }).catch(fail)
    return output
  }
  return { run, inTransaction: () => db.isInTransaction(), greeting: Buffer.concat(run(startupMessage())) }
}

/** How PGlite marks the jump back into its main loop after an SQL error; any other way out is the end of the backend. */
const longJump = 100
const runMessage = '_PostgresMainLoopOnce'

/** Ends this thread when the backend exits (PANIC, FATAL): PGlite would call into the dead one again, for ever. */
function endWithBackend(db: PGlite): void {
  const backend = db.Module
  const run = backend[runMessage]
  backend[runMessage] = () => {
    try {
      run()
    } catch (error) {
      if (asObject(error)?.['status'] !== longJump) fail(error)
      throw error
    }
  }
}

await serve().catch(fail)
