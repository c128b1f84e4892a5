import { PGlite } from '@electric-sql/pglite'
import { asObject } from '../core/json.ts'
import type { Backend } from './server.ts'
import { startupMessage } from './postgres-protocol.ts'

/** A PGlite as the backend of a server. */
export interface PgliteBackend extends Backend {
  /** Writes a checkpoint and ends; an open PGlite keeps its thread alive. */
  close: () => Promise<void>
}

/** Limits the write-ahead log that is kept after a checkpoint; the default is 1 GB. */
const startParams = [...PGlite.defaultStartParams, '-c', 'max_wal_size=128MB']

/**
 * Opens the database in a directory, or creates one in an empty directory. `onEnd` is called with the last
 * error if the backend ends by itself (PANIC, FATAL), and must not return, because the backend cannot be
 * called again.
 */
export async function openBackend(dir: string, onEnd: (error: unknown) => never): Promise<PgliteBackend> {
  let lastLine = ''
  const onStderr = (line: string) => {
    lastLine = /(?:FATAL|PANIC):.*/.exec(line)?.[0] ?? lastLine
    return false
  }
  const db = await PGlite.create(dir, { startParams, onStderr }).catch((error: unknown) => {
    throw explain(error, lastLine)
  })
  const end = (error: unknown) => onEnd(explain(error, lastLine))
  watchForEnd(db, end)
  const run = (bytes: Uint8Array): Buffer[] => {
    const output: Buffer[] = []
    const onRawData = (data: Uint8Array) => void output.push(Buffer.from(data))
    // Its work is done when it returns; the promise is only for file systems that need a sync.
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

/**
 * WASI's numbers of disk errors: https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#errno
 */
const diskErrors: Record<number, string> = {
  2: 'EACCES',
  19: 'EDQUOT',
  51: 'ENOSPC',
  63: 'EPERM',
  69: 'EROFS',
}

/**
 * Why a backend ended: its last FATAL or PANIC line, else the error it threw, which may be a bare number of
 * its file system.
 */
function explain(error: unknown, lastLine: string): unknown {
  const number = asObject(error)?.['errno']
  const code = lastLine.includes('No space left') ? 'ENOSPC' : diskErrors[Number(number)]
  if (lastLine === '' && error instanceof Error) return error
  const text = lastLine || `its file system failed (${code ?? String(number)})`
  return Object.assign(new Error(text, { cause: error }), code && { code })
}

/**
 * How PGlite marks the jump back into its main loop after an SQL error; any other exception is the end of the
 * backend.
 */
const longJump = 100
const runMessage = '_PostgresMainLoopOnce'

/** Without this, PGlite would call into a dead backend forever. */
function watchForEnd(db: PGlite, onEnd: (error: unknown) => never): void {
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
