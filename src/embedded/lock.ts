import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { asObject } from '../core/json.ts'
import { codeOf } from '../core/error.ts'

/**
 * One owner for a directory, over nothing but files. `lock` names the holder. Who finds it stale claims its place by
 * making `lock.<nonce of the stale one>`, which only one can make; looks whether the stale one is still in force; and
 * moves the claim over `lock`, which is atomic. A claimant that died in between is stale itself, and claimed in the
 * same way, so the holder is always the last of a chain. A file appears by link(2), so it is never seen half written.
 */
export interface LockHolder {
  pid: number
  /** When the process began, as the system says it: a pid alone may belong to somebody else by now. */
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

/** Whether a file of this name in a locked directory is the lock's own. */
export const isLockFile = (name: string): boolean =>
  name === root || name.startsWith(`${root}.`) || name.startsWith(`.${root}-`)

/** Who holds the lock of a directory, dead or alive; null where nobody does. */
export function readLock(dir: string): LockHolder | null {
  let holder = readHolder(join(dir, root))
  for (let next = holder; next !== null; next = readHolder(join(dir, claimOf(next)))) holder = next
  return holder
}

function readHolder(path: string): LockHolder | null {
  const text = readIfThere(path)
  if (text === null) return null
  // What cannot be read was cut off by a power failure: nobody holds it.
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

/** ESRCH is what /proc says of a process that ends while it is read. */
function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return null
    throw error
  }
}

/**
 * Takes the lock of a directory from nobody, or from a holder that was found dead; null when somebody else was
 * faster. Throws what the file system throws.
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

/** Removes what claimants left that died; one that is alive finds its file gone and tries again. */
function sweep(dir: string): void {
  const leftovers = readdirSync(dir).filter((name) => name !== root && isLockFile(name))
  for (const name of leftovers) rmSync(join(dir, name), { force: true })
}

function release(dir: string, holder: LockHolder): void {
  if (readHolder(join(dir, root))?.nonce === holder.nonce) rmSync(join(dir, root), { force: true })
}

/** A holder on another host (a container that shares the directory) cannot be looked at, so it has this long to open its socket. */
const foreignGraceMs = 60_000

/** Whether the process that took the lock still runs. */
export function isAlive(holder: LockHolder): boolean {
  if (holder.host !== hostname()) return Date.now() - Date.parse(holder.since) < foreignGraceMs
  const started = startOf(holder.pid)
  return started !== null && started === holder.started
}

/** When a process began, in the system's own words; null when there is no such process, or only its zombie. */
function startOf(pid: number): string | null {
  if (process.platform === 'linux') {
    // Fields 3 (state) and 22 (start, in clock ticks after boot) of proc_pid_stat(5); the name before them may hold anything.
    const fields = readIfThere(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ')
    return fields && fields[0] !== 'Z' ? (fields[19] ?? null) : null
  }
  const listed = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  return listed.stdout?.trim() || null
}
