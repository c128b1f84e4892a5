import { closeSync, openSync, writeFileSync } from 'node:fs'
import { messageOf } from '../core/error.ts'
import type { Digest } from '../run/digest.ts'
import { toRunRow } from '../store/rows.ts'
import type { ResultRow } from '../store/store.ts'

/** What `--json` prints: the run and its results with the database's column names. */
export interface RunDocument {
  run: Record<string, unknown> | null
  results: ResultRow[]
}

/** The document of a run. */
export const documentOf = ({ run, results }: Digest): RunDocument => ({
  run: run === null ? null : toRunRow(run),
  results,
})

const failureOf = (write: () => void): string | null => {
  try {
    write()
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/** Why a file cannot be written, or null: asked before a run whose results would have nowhere to go. */
export const unwritable = (path: string): string | null => failureOf(() => closeSync(openSync(path, 'a')))

/** Writes the document as indented JSON; why it could not, or null. */
export const writeDocument = (path: string, document: RunDocument): string | null =>
  failureOf(() => writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`))
