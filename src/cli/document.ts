import {
  accessSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { toJsonText } from '../core/json.ts'
import { messageOf } from '../core/error.ts'
import type { ResultRow } from '../core/row.ts'
import { makeFolder } from '../store/make-folder.ts'
import type { RunRow } from '../store/store.ts'

/** The document of `--json` and `--out`: the run and its results with the database's column names. */
export interface RunDocument {
  run: RunRow | null
  results: ResultRow[]
}

/** A document as indented JSON. */
export const documentText = (document: RunDocument): string => `${toJsonText(document, 2)}\n`

/** Whether a path is a folder's: of one that exists, or one that ends with a slash. */
const isFolder = (path: string): boolean =>
  /[/\\]$/.test(path) || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/** Why nothing can be written to a file or folder, or null: asked before a run whose results would have nowhere to go. */
export function unwritable(path: string): string | null {
  try {
    if (!isFolder(path)) {
      const isNew = lstatSync(path, { throwIfNoEntry: false }) === undefined
      closeSync(openSync(path, 'a'))
      // Whatever may still be refused leaves no empty file.
      if (isNew) rmSync(path)
    } else {
      makeFolder(path)
      accessSync(path, constants.W_OK | constants.X_OK)
    }
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/** Why files that flags name cannot all be written, or null: asked before what would have nowhere to go. */
export function unwritableFiles(named: readonly { flag: string; path: string }[]): string | null {
  const problems = named.map(({ flag, path }, place) => {
    const same = named.slice(0, place).find((other) => resolve(other.path) === resolve(path))
    if (same !== undefined) return `${same.flag} and ${flag} name the same file, ${path}: give each its own`
    const problem = isFolder(path) ? `${path} is a folder: name a file` : unwritable(path)
    return problem === null ? null : `${flag}: ${problem}`
  })
  return problems.find((problem) => problem !== null) ?? null
}

/** Writes a file, or says why not: then nothing of it is left, because half of it could be taken for all. */
export function writeWhole(path: string, text: string): string | null {
  try {
    writeFileSync(path, text)
    return null
  } catch (error) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) removeQuietly(path)
    return messageOf(error)
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path)
  } catch {
    // Why it could not be written is said; that it could not be removed adds nothing.
  }
}

/**
 * Writes the text of a document to a file, or to a new one in a folder that is named after the time and never
 * replaces another. The file, or why it could not be written.
 */
export function writeDocument(
  path: string,
  text: string,
  date: Date,
): { file: string } | { problem: string } {
  try {
    if (isFolder(path)) return { file: writeNew(path, text, date) }
    const problem = writeWhole(path, text)
    return problem === null ? { file: path } : { problem }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

/** The first name that is free: `firsttoken-20261129T131502Z.json`, then with `-2`, `-3`, ... */
function writeNew(folder: string, text: string, date: Date): string {
  const time = date.toISOString().replaceAll(/[-:]|\.\d+/g, '')
  for (let number = 1; ; number += 1) {
    const file = join(folder, `firsttoken-${time}${number === 1 ? '' : `-${number}`}.json`)
    try {
      writeFileSync(file, text, { flag: 'wx' })
      return file
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}
