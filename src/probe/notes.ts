import { cutWithoutKeys } from '../net/redact.ts'
import type { Evidence } from './evidence.ts'

/** Characters quoted of a word. */
const maxQuoted = 60

/** What was odd about an answer and is no failure: who closed, and finish reasons that are none. */
export function notesIn({ call, exchange, stream, closedByUs }: Evidence): string[] {
  const notes: string[] = []
  if (exchange.reused) notes.push('sent on a connection that an earlier request had opened')
  if (closedByUs) notes.push('closed by us: the server kept the connection open after the answer')
  for (const [reason, times] of stream.unknownFinishes) {
    const word = cutWithoutKeys(reason, maxQuoted, [call.provider.key])
    notes.push(`unknown finish reason ${JSON.stringify(word)}, ${times} x`)
  }
  if (stream.resumed > 0) notes.push(`tokens after a finish reason, ${stream.resumed} x`)
  return notes
}
