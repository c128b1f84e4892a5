import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { asObject } from '../core/json.ts'
import { codeOf } from '../core/error.ts'

/**
 * The owner of a directory, by files alone. `lock` names the holder. A process that finds it stale claims it
 * by creating `lock.<nonce of the stale holder>`, which only one process can do; checks that the stale holder
 * is still in force; and renames the claim to `lock`, which is atomic. A claimant that died in between is
 * stale itself and claimed in the same way, so the holder is always the last of a chain. Files are created by
 * link(2), so that they are never seen half written.
 */
export interface LockHolder {
  pid: number
  /** When the process started, as the system reports it: the pid alone may have been reused. */
  started: string | null
  host: string
  /** Wall clock when the lock was taken, ISO. */
  since: string
  nonce: string
}

/** A lock that this process holds. */
export interface Lock {
  holder: LockHolder
  release: () => void
}

const root = 'lock'
const claimOf = (holder: LockHolder): string => `${root}.${holder.nonce}`
const draftOf = (nonce: string): string => `.${root}-${nonce}`

/** Whether a file of this name belongs to the lock. */
export const isLockFile = (name: string): boolean =>
  name === root || name.startsWith(`${root}.`) || name.startsWith(`.${root}-`)

/** The holder of a directory's lock, dead or alive; null if there is none. */
export function readLock(dir: string): LockHolder | null {
  let holder = readHolder(join(dir, root))
  for (let next = holder; next !== null; next = readHolder(join(dir, claimOf(next)))) holder = next
  return holder
}

function readHolder(path: string): LockHolder | null {
  const text = readIfThere(path)
  if (text === null) return null
  // An unreadable file was cut off by a power failure: nobody holds it.
  const nobody: LockHolder = {
    pid: 0,
    started: null,
    host: hostname(),
    since: '',
    nonce: `damaged.${basename(path)}`,
  }
  try {
    return { ...nobody, ...asObject(JSON.parse(text)) }
  } catch {
    return nobody
  }
}

/** /proc gives ESRCH if the process ends while it is read. */
function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return null
    throw error
  }
}

/**
 * Takes the lock of a directory, from a dead holder if there is one; null if another process was faster.
 * Throws file system errors.
 */
export function takeLock(dir: string, stale: LockHolder | null): Lock | null {
  const holder = makeHolder()
  const draft = join(dir, draftOf(holder.nonce))
  const claim = join(dir, stale ? claimOf(stale) : root)
  writeFileSync(draft, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
  try {
    linkSync(draft, claim)
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) return null
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
  if (readLock(dir)?.nonce !== holder.nonce) {
    rmSync(claim, { force: true })
    return null
  }
  if (stale) renameSync(claim, join(dir, root))
  sweep(dir)
  return { holder, release: () => release(dir, holder) }
}

const makeHolder = (): LockHolder => ({
  pid: process.pid,
  started: startOf(process.pid),
  host: hostname(),
  since: new Date().toISOString(),
  nonce: randomBytes(8).toString('hex'),
})

/** Deletes the files of dead claimants; a live one finds its file gone and retries. */
function sweep(dir: string): void {
  const leftovers = readdirSync(dir).filter((name) => name !== root && isLockFile(name))
  for (const name of leftovers) rmSync(join(dir, name), { force: true })
}

function release(dir: string, holder: LockHolder): void {
  if (readHolder(join(dir, root))?.nonce === holder.nonce) rmSync(join(dir, root), { force: true })
}

/**
 * A holder on another host (a container that shares the directory) cannot be inspected, so it has this long
 * to open its socket.
 */
const foreignGraceMs = 60_000

/** Whether the process that took the lock is still running. */
export function isAlive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return Date.now() - Date.parse(holder.since) < foreignGraceMs
  const started = startOf(holder.pid)
  return started !== null && started === holder.started
}

/** When a process started, as the system formats it; null if it does not exist or is a zombie. */
function startOf(pid: number): string | null {
  if (process.platform === 'linux') {
    // Fields 3 (state) and 22 (start, in clock ticks after boot) of proc_pid_stat(5); the name before them
    // may contain anything.
    const fields = readIfThere(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ')
    return fields && fields[0] !== 'Z' ? (fields[19] ?? null) : null
  }
  const listed = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  return listed.stdout?.trim() || null
}
