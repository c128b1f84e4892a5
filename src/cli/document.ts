import { accessSync, closeSync, constants, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toJsonText } from '../core/json.ts'
import { messageOf } from '../core/error.ts'
import type { ResultRow } from '../core/row.ts'
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
    if (!isFolder(path)) closeSync(openSync(path, 'a'))
    else {
      mkdirSync(path, { recursive: true })
      accessSync(path, constants.W_OK | constants.X_OK)
    }
    return null
  } catch (error) {
    return messageOf(error)
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
    writeFileSync(path, text)
    return { file: path }
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
