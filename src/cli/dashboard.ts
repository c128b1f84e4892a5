import { execFile } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '../core/error.ts'
import { builtFrom, stampName } from './built-from.ts'

/** How a folder of files is made: builds the dashboard of a checkout there, or rejects. */
export type Build = (root: string, into: string) => Promise<void>

/** The files to serve, and why they are not the dashboard, if they are not. */
export interface Dashboard {
  folder: string
  problem: string | null
}

/** Whether the dashboard was built from what is there now. */
export function isCurrent(root: string): boolean {
  const stamp = join(root, 'web/dist', stampName)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === builtFrom(root)
}

/**
 * The dashboard's files. If they are missing or older than their sources they are built first, which takes seconds; if that fails, an
 * older build or the start page is served. Several starts may build at once: each does so in a folder of its own.
 */
export async function openDashboard(root: string, build: Build = buildByVite): Promise<Dashboard> {
  const dist = join(root, 'web/dist')
  if (isCurrent(root)) return { folder: dist, problem: null }
  const made = join(root, `web/.build-${process.pid}`)
  try {
    await build(root, made)
    replace(dist, made)
    return { folder: dist, problem: null }
  } catch (error) {
    rmSync(made, { recursive: true, force: true })
    if (isCurrent(root)) return { folder: dist, problem: null }
    const hasOlder = existsSync(join(dist, 'index.html'))
    const instead = hasOlder ? 'an older one is served' : 'a start page is served'
    const problem = `the dashboard could not be built, ${instead}: ${messageOf(error)}`
    return { folder: hasOlder ? dist : join(root, 'public'), problem }
  }
}

/** Puts a folder in the place of another. */
function replace(folder: string, by: string): void {
  const old = `${by}-old`
  if (existsSync(folder)) renameSync(folder, old)
  renameSync(by, folder)
  rmSync(old, { recursive: true, force: true })
}

/** Vite in a process of its own, which takes its memory with it. */
async function buildByVite(root: string, into: string): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js')
  const args = [vite, 'build', '--config', 'web/vite.config.ts', '--outDir', into, '--logLevel', 'error']
  try {
    await promisify(execFile)(process.execPath, args, { cwd: root, timeout: 120_000 })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    throw said === '' ? error : new Error(said, { cause: error })
  }
}
