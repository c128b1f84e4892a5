import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Creates a folder and those above it that are missing; `mode` is of those it creates. Throws the error of the file
 * system. Node's own `recursive` never returns (24.21) if a folder is missing and cannot be created, as in /proc, or a
 * relative one in a working folder that was deleted.
 */
export function makeFolder(path: string, mode?: number): void {
  const folder = resolve(path)
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
  if (!existsSync(dirname(folder))) makeFolder(dirname(folder), mode)
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    // Another process was faster.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}
