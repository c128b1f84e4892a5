import { pipeline } from 'node:stream/promises'
import type { RowPage } from '../core/row-page.ts'
import { formatCsv } from '../report/csv.ts'
import { printable } from '../report/format.ts'
import { formatJsonRows } from '../report/json-rows.ts'
import { codeOf, messageOf } from '../core/error.ts'
import { StoreError } from '../store/store.ts'
import { exitCode } from './exit-code.ts'
import type { CommandFailure } from './failure.ts'

const formats = { csv: formatCsv, json: formatJsonRows }

/** A format of rows. */
export type RowFormat = keyof typeof formats

/** Only part of the rows was written, or none of them is where it should be. */
class IncompleteOutput extends Error {
  override name = 'IncompleteOutput' as const

  constructor(cause: unknown) {
    super(`the output is incomplete: ${messageOf(cause)}`, { cause })
  }
}

/**
 * Writes rows as they arrive, with backpressure, and leaves the stream open. On a terminal a row of CSV stays on
 * its line and without what the terminal would obey. A closed pipe (`| head`) ends it silently. Rejects with the failure, wrapped in IncompleteOutput once something was written.
 */
export async function writeRows(
  pages: AsyncIterable<RowPage>,
  format: RowFormat,
  stream: NodeJS.WritableStream & { isTTY?: boolean },
): Promise<void> {
  let begun = false
  const shown = stream.isTTY === true ? printable : undefined
  const chunks = async function* () {
    for await (const chunk of formats[format](pages, shown)) {
      begun = true
      yield chunk
    }
  }
  try {
    await pipeline(chunks, stream, { end: false })
  } catch (error) {
    const unread = !(error instanceof StoreError) && codeOf(error) === 'EPIPE'
    if (!unread) throw begun ? incomplete(error) : error
  }
}

/** The failure of an output that was begun. */
export const incomplete = (error: unknown): Error =>
  error instanceof IncompleteOutput ? error : new IncompleteOutput(error)

/** The refusal for a failure to read or write rows; rethrows a StoreError and what is no system error. */
export function outputRefusal(error: unknown): CommandFailure {
  if (error instanceof IncompleteOutput)
    return { problem: error.message, code: exitCode.notRecorded, stderrOnly: true }
  if (error instanceof StoreError || codeOf(error) === null) throw error
  return { problem: messageOf(error) }
}
