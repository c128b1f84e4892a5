import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { databaseName, diskError, socketName, sweepDrafts } from './data-directory.ts'
import type { Lock } from './lock.ts'
import { StoreError } from '../store/store.ts'
import { withShortPath } from './unix-socket.ts'

/** The worker thread's input. */
export interface WorkerInput {
  dataDir: string
  /** Where a new database is created. */
  draftDir: string
  socketPath: string
}

/** A message from the worker thread. */
export type WorkerMessage =
  | { kind: 'initialising' | 'ready' }
  | { kind: 'failed'; code: string | null; message: string }

/** The running database, as its owner controls it. */
export interface Owner {
  /** Opens the database to other processes. */
  announce: () => void
  /**
   * Closes the database, notifies every client and releases the directory. May be called twice, and after a
   * crash.
   */
  close: () => Promise<void>
}

/** The name of the socket until the database is announced. */
export const privateSocketName = '.s.PGSQL.1'

/**
 * Starts the database of a locked directory in a worker thread. If it fails, it releases the lock and rejects
 * with StoreError.
 */
export async function startOwner(options: {
  dir: string
  lock: Lock
  log: (message: string) => void
}): Promise<Owner> {
  const { dir, lock, log } = options
  const pathOf = (name: string) => join(dir, name)
  const releaseDirectory = once(() => {
    rmSync(pathOf(privateSocketName), { force: true })
    rmSync(pathOf(socketName), { force: true })
    sweepDrafts(dir)
    lock.release()
  })
  try {
    sweepDrafts(dir)
    rmSync(pathOf(privateSocketName), { force: true })
    const worker = await withShortPath(pathOf(privateSocketName), (socketPath) => {
      const draftDir = pathOf(`${databaseName}.${lock.holder.nonce}`)
      return start({ dataDir: pathOf(databaseName), draftDir, socketPath }, log)
    })
    worker.once('exit', releaseDirectory)
    return {
      announce: () => renameSync(pathOf(privateSocketName), pathOf(socketName)),
      close: () => stop(worker),
    }
  } catch (error) {
    releaseDirectory()
    throw error instanceof StoreError ? error : diskError(dir, error)
  }
}

/** Another process may own the directory afterwards, so that nothing in it may be touched again. */
function once(action: () => void): () => void {
  let done = false
  return () => {
    if (!done) action()
    done = true
  }
}

/** Resolves with the worker when it is ready; rejects with its failure when its thread has ended. */
function start(input: WorkerInput, log: (message: string) => void): Promise<Worker> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./worker-thread.${extension}`, import.meta.url), {
    workerData: input,
    // Node strips types by itself, so the main thread's loader is not needed; nor is its environment, which
    // has keys in it.
    execArgv: [],
    env: {},
  })
  let failure: Error | null = null
  const fail = (error: Error) => {
    log(`the embedded database has ended: ${error.message}`)
    failure = error
  }
  return new Promise((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'failed') fail(Object.assign(new Error(message.message), { code: message.code }))
      else if (message.kind === 'ready') resolve(worker)
      else log('creating the embedded database; this takes a few seconds, once')
    })
    worker.on('error', fail)
    worker.once('exit', (code) => reject(failure ?? new Error(`its thread ended with exit code ${code}`)))
  })
}

/** Asks a worker to close its database, and waits for its thread to end. */
function stop(worker: Worker): Promise<void> {
  if (worker.threadId === ended) return Promise.resolve()
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
    worker.postMessage('close')
  })
}

/** The id of a thread that has ended. */
const ended = -1
