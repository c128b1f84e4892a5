import { closeSync, openSync, writeFileSync } from 'node:fs'
import type { RunEvent } from '../run/execute.ts'
import { toResultRow, toRunRow } from '../store/rows.ts'
import type { ResultRow, RunRecord } from '../store/store.ts'
import { exitCode } from './app.ts'

/** What `--json` prints: the run and its results with the database's column names. */
export interface RunDocument {
  run: Record<string, unknown> | null
  results: ResultRow[]
}

/** The document and the exit code that the events of a run come to. */
export interface Gathered {
  add: (event: RunEvent) => void
  document: () => RunDocument
  exitCode: () => number
}

/** Gathers the events of a run. */
export function gather(): Gathered {
  let run: RunRecord | null = null
  let slotTaken = false
  const results: ResultRow[] = []
  const seen = { recorded: 0, succeeded: 0 }
  return {
    add: (event) => {
      if ('run' in event) run = event.run
      if (event.type === 'slot_taken') slotTaken = true
      if (event.type === 'unrecorded') results.push(toResultRow(event.result))
      if (event.type !== 'result') return
      seen.recorded += 1
      seen.succeeded += event.result.success ? 1 : 0
      const { providerId, modelId, createdAt } = event.receipt
      results.push({
        ...toResultRow(event.result),
        provider_id: providerId,
        model_id: modelId,
        created_at: createdAt,
      })
    },
    document: () => ({ run: run === null ? null : toRunRow(run), results }),
    exitCode: () => {
      if (slotTaken) return exitCode.ok
      if (run?.status === 'cancelled') return exitCode.interrupted
      if (seen.succeeded > 0) return exitCode.ok
      return seen.recorded > 0 ? exitCode.allFailed : exitCode.notRecorded
    },
  }
}

/** Why a file cannot be written, or null: asked before a run whose results would have nowhere to go. */
export function unwritable(path: string): string | null {
  try {
    closeSync(openSync(path, 'a'))
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Writes the document as indented JSON. */
export const writeDocument = (path: string, document: RunDocument): void =>
  writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`)
