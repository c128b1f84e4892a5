import { pipeline } from 'node:stream/promises'
import type { RowPage } from '../core/row-page.ts'
import { formatCsv } from '../report/csv.ts'
import { formatJsonRows } from '../report/json-rows.ts'
import { codeOf, messageOf } from '../core/error.ts'
import { StoreError } from '../store/store.ts'
import { exitCode } from './exit-code.ts'
import type { Refusal } from './failure.ts'

const formats = { csv: formatCsv, json: formatJsonRows }

/** What rows can be written as. */
export type RowFormat = keyof typeof formats

/** Rows that were written in part. */
class IncompleteOutput extends Error {
  override name = 'IncompleteOutput' as const

  constructor(cause: unknown) {
    super(`the output is incomplete: ${messageOf(cause)}`, { cause })
  }
}

/**
 * Writes rows as they come, as fast as the stream takes them, and leaves it open. One that nobody reads any more (`| head`)
 * ends it quietly. Rejects with what went wrong, which is IncompleteOutput once something was written.
 */
export async function writeRows(
  pages: AsyncIterable<RowPage>,
  format: RowFormat,
  stream: NodeJS.WritableStream,
): Promise<void> {
  let begun = false
  const chunks = async function* () {
    for await (const chunk of formats[format](pages)) {
      begun = true
      yield chunk
    }
  }
  try {
    await pipeline(chunks, stream, { end: false })
  } catch (error) {
    const unread = !(error instanceof StoreError) && codeOf(error) === 'EPIPE'
    if (!unread) throw begun ? new IncompleteOutput(error) : error
  }
}

/** A failure of reading or writing rows that the person can do something about; anything else is rethrown. */
export function outputRefusal(error: unknown): Refusal {
  if (error instanceof IncompleteOutput)
    return { problem: error.message, code: exitCode.notRecorded, stderrOnly: true }
  if (error instanceof StoreError || codeOf(error) === null) throw error
  return { problem: messageOf(error) }
}
