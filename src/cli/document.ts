import { closeSync, openSync, writeFileSync } from 'node:fs'
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

const whyFailed = (write: () => void): string | null => {
  try {
    write()
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/** Why a file cannot be written, or null: asked before a run whose results would have nowhere to go. */
export const unwritable = (path: string): string | null => whyFailed(() => closeSync(openSync(path, 'a')))

/** Writes the text of a document; why it could not be written, or null. */
export const writeDocument = (path: string, text: string): string | null =>
  whyFailed(() => writeFileSync(path, text))
