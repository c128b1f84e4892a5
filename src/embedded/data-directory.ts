import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, messageOf } from '../core/error.ts'
import { isLockFile } from './lock.ts'
import { makeFolder } from '../store/make-folder.ts'
import { StoreError, type StoreErrorKind } from '../store/store.ts'

/** Names in the directory of the embedded database. psql looks for a socket of this name. */
export const databaseName = 'pgdata'
export const socketName = '.s.PGSQL.5432'

/** The Postgres version of the installed PGlite, which cannot read the files of another. */
const postgresMajor = '18'

/**
 * Creates the directory, readable by its owner only; refuses one that holds anything else. Throws StoreError.
 */
export function prepareDirectory(dir: string): void {
  onDisk(dir, () => makeFolder(dir, 0o700))
  const names = onDisk(dir, () => readdirSync(dir))
  const strange = names.filter((name) => !isOurs(name))
  if (strange.length > 0 && !names.includes(databaseName)) {
    const some = strange.slice(0, 3).join(', ')
    throw new StoreError(
      'invalid',
      `${dir} is not the directory of an embedded database: it holds ${some}. Choose an empty directory.`,
    )
  }
  checkVersion(join(dir, databaseName))
}

/** Hidden files may be anywhere (.gitkeep, .DS_Store), and lost+found is on every volume. */
const isOurs = (name: string): boolean =>
  name.startsWith('.') || name.startsWith(databaseName) || name === 'lost+found' || isLockFile(name)

function checkVersion(dataDir: string): void {
  if (!existsSync(dataDir)) return
  const file = join(dataDir, 'PG_VERSION')
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : null
  if (found === postgresMajor) return
  const orElse = 'or move it elsewhere to start with an empty one.'
  throw new StoreError(
    'invalid',
    found === null
      ? `${dataDir} holds no database (PG_VERSION is missing). Restore it from a backup, ${orElse}`
      : `${dataDir} was created by Postgres ${found}; this version of firsttoken runs Postgres ` +
          `${postgresMajor}. Use the version that created it, ${orElse}`,
  )
}

/**
 * Deletes databases whose creation was interrupted. For the owner of the directory only. Somebody may have
 * deleted all of it meanwhile.
 */
export function sweepDrafts(dir: string): void {
  if (!existsSync(dir)) return
  const drafts = readdirSync(dir).filter((name) => name.startsWith(`${databaseName}.`))
  for (const name of drafts) rmSync(join(dir, name), { recursive: true, force: true })
}

/** Runs a file system action on a directory; its errors become StoreErrors that say what to do. */
export function onDisk<T>(dir: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw error instanceof StoreError ? error : diskError(dir, error)
  }
}

const refusals: Record<string, { kind: StoreErrorKind; advice: string }> = {
  EACCES: { kind: 'denied', advice: 'Make it writable for this user, or choose another directory.' },
  EPERM: { kind: 'denied', advice: 'Make it writable for this user, or choose another directory.' },
  EROFS: { kind: 'denied', advice: 'Its file system is read-only: choose another directory.' },
  ENOSPC: { kind: 'unavailable', advice: 'The disk is full: free some space and retry.' },
  EDQUOT: { kind: 'unavailable', advice: 'The disk quota is used up: free some space and retry.' },
  ENOTDIR: { kind: 'invalid', advice: 'A part of that path is a file: choose another directory.' },
  EEXIST: { kind: 'invalid', advice: 'That is a file: choose another directory.' },
  ENOENT: { kind: 'invalid', advice: 'It cannot be created there: choose another directory.' },
}

/** Failures without a code that may pass: the disk or the memory was full. */
const passing = /no space left|disk quota|memory|thread ended/i

/**
 * A file system error as a StoreError; or the database's own, which ends its thread when its files are damaged:
 * that does not pass by waiting.
 */
export function diskError(dir: string, error: unknown): StoreError {
  const [code, message] = [codeOf(error), messageOf(error)]
  const unknown =
    code === null && !passing.test(message)
      ? ({
          kind: 'invalid',
          advice:
            'Its files are damaged: restore them from a backup, or move them elsewhere to start with an empty one.',
        } as const)
      : ({ kind: 'unavailable', advice: 'Check its file system, or choose another directory.' } as const)
  const { kind, advice } = refusals[code ?? ''] ?? unknown
  return new StoreError(kind, `The embedded database cannot use ${dir}: ${message}. ${advice}`, {
    code,
    cause: error,
  })
}
