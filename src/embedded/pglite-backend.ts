import { PGlite } from '@electric-sql/pglite'
import { asObject } from '../core/json.ts'
import type { Backend } from './server.ts'
import { startupMessage } from './postgres-protocol.ts'

/** A PGlite as the backend of a server. */
export interface PgliteBackend extends Backend {
  /** Writes a checkpoint and ends; an open PGlite keeps its thread alive. */
  close: () => Promise<void>
}

/** Not more of the log than this is kept after a checkpoint; the default is 1 GB. */
const startParams = [...PGlite.defaultStartParams, '-c', 'max_wal_size=128MB']

/**
 * Opens the database in a directory, or makes one in an empty directory. `onEnd` is told when the backend ends by
 * itself (PANIC, FATAL), with its last words, and must not return: the backend cannot be called again.
 */
export async function openBackend(dir: string, onEnd: (error: unknown) => never): Promise<PgliteBackend> {
  let lastWords = ''
  const onStderr = (line: string) => {
    lastWords = /(?:FATAL|PANIC):.*/.exec(line)?.[0] ?? lastWords
    return false
  }
  const db = await PGlite.create(dir, { startParams, onStderr }).catch((error: unknown) => {
    throw explain(error, lastWords)
  })
  const end = (error: unknown) => onEnd(explain(error, lastWords))
  endWithBackend(db, end)
  const run = (bytes: Uint8Array): Buffer[] => {
    const output: Buffer[] = []
    const onRawData = (data: Uint8Array) => void output.push(Buffer.from(data))
    // All its work is done when it returns; what it promises is to sync file systems that need it.
    db.execProtocolRawStream(bytes, { syncToFs: false, onRawData }).catch(end)
    return output
  }
  return {
    run,
    inTransaction: () => db.isInTransaction(),
    greeting: Buffer.concat(run(startupMessage())),
    close: () => db.close(),
  }
}

/** The numbers of WASI for what a disk may refuse: https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#errno */
const diskErrors: Record<number, string> = {
  2: 'EACCES',
  19: 'EDQUOT',
  51: 'ENOSPC',
  63: 'EPERM',
  69: 'EROFS',
}

/** Why a backend ended: by its last words, else by what it threw, which may be a bare number from its file system. */
function explain(error: unknown, lastWords: string): unknown {
  const number = asObject(error)?.['errno']
  const code = lastWords.includes('No space left') ? 'ENOSPC' : diskErrors[Number(number)]
  if (lastWords === '' && error instanceof Error) return error
  const words = lastWords || `its file system failed (${code ?? String(number)})`
  return Object.assign(new Error(words, { cause: error }), code && { code })
}

/** How PGlite marks the jump back into its main loop after an SQL error; any other way out is the end of the backend. */
const longJump = 100
const runMessage = '_PostgresMainLoopOnce'

/** Ends with the backend: PGlite would call into the dead one again, for ever. */
function endWithBackend(db: PGlite, onEnd: (error: unknown) => never): void {
  const backend = db.Module
  const run = backend[runMessage]
  backend[runMessage] = () => {
    try {
      run()
    } catch (error) {
      if (asObject(error)?.['status'] !== longJump) onEnd(error)
      throw error
    }
  }
}
