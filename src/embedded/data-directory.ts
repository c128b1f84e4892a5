import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, messageOf } from '../core/error.ts'
import { isLockFile } from './lock.ts'
import { StoreError, type StoreErrorKind } from '../store/store.ts'

/** Where things are in the directory of the embedded database. The socket's name is the one psql looks for. */
export const databaseName = 'pgdata'
export const socketName = '.s.PGSQL.5432'

/** The Postgres of the PGlite that is installed; it reads no other's files. */
const postgresMajor = '18'

/** Makes the directory, for its owner alone, and refuses one that is somebody else's. Throws StoreError. */
export function prepareDirectory(dir: string): void {
  onDisk(dir, () => mkdirSync(dir, { recursive: true, mode: 0o700 }))
  const names = onDisk(dir, () => readdirSync(dir))
  const strange = names.filter((name) => !isOurs(name))
  if (strange.length > 0 && !names.includes(databaseName)) {
    const some = strange.slice(0, 3).join(', ')
    throw new StoreError(
      'invalid',
      `${dir} is not the directory of an embedded database: it holds ${some}. Name an empty or a new directory.`,
    )
  }
  checkVersion(join(dir, databaseName))
}

/** Hidden files may lie anywhere (.gitkeep, .DS_Store), lost+found on every volume. */
const isOurs = (name: string): boolean =>
  name.startsWith('.') || name.startsWith(databaseName) || name === 'lost+found' || isLockFile(name)

function checkVersion(dataDir: string): void {
  if (!existsSync(dataDir)) return
  const file = join(dataDir, 'PG_VERSION')
  const found = existsSync(file) ? readFileSync(file, 'utf8').trim() : null
  if (found === postgresMajor) return
  throw new StoreError(
    'invalid',
    found === null
      ? `${dataDir} holds no database (PG_VERSION is missing). Restore it from a backup, or move it away to begin with an empty one.`
      : `${dataDir} was made by Postgres ${found}; this version of firsttoken runs Postgres ${postgresMajor}. Use the version that made it, or move it away to begin with an empty one.`,
  )
}

/** Removes databases whose making was cut short. For the owner of the directory only. */
export function sweepDrafts(dir: string): void {
  const drafts = readdirSync(dir).filter((name) => name.startsWith(`${databaseName}.`))
  for (const name of drafts) rmSync(join(dir, name), { recursive: true, force: true })
}

/** Does something with the files of a directory; what the system refuses becomes a StoreError that says what to do. */
export function onDisk<T>(dir: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw error instanceof StoreError ? error : diskError(dir, error)
  }
}

const refusals: Record<string, { kind: StoreErrorKind; advice: string }> = {
  EACCES: { kind: 'denied', advice: 'Make it writable for this user, or name another directory.' },
  EPERM: { kind: 'denied', advice: 'Make it writable for this user, or name another directory.' },
  EROFS: { kind: 'denied', advice: 'Its file system is read-only: name another directory.' },
  ENOSPC: { kind: 'unavailable', advice: 'The disk is full: make room, and try again.' },
  EDQUOT: { kind: 'unavailable', advice: 'The disk quota is used up: make room, and try again.' },
  ENOTDIR: { kind: 'invalid', advice: 'A part of that path is a file: name another directory.' },
  EEXIST: { kind: 'invalid', advice: 'That is a file: name another directory.' },
  ENOENT: { kind: 'invalid', advice: 'It cannot be made there: name another directory.' },
}

/** The error of a file system as ours. */
export function diskError(dir: string, error: unknown): StoreError {
  const code = codeOf(error)
  const { kind, advice } = refusals[code ?? ''] ?? {
    kind: 'unavailable',
    advice: 'See whether its file system works, or name another directory.',
  }
  return new StoreError(kind, `The embedded database cannot use ${dir}: ${messageOf(error)}. ${advice}`, {
    code,
    cause: error,
  })
}
