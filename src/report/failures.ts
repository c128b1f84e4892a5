import type { ErrorKind } from '../core/outcome.ts'
import type { ResultRow } from '../core/row.ts'
import { printable, shortened } from './format.ts'

/** Calls of a level that failed in one way. */
export interface Failures {
  kind: ErrorKind
  /** Those that count, and warm-ups. */
  n: number
  warmups: number
  /** What the first of them said that said something. */
  message: string | null
}

/** What is known of a call that may have failed. */
type Ended = Pick<ResultRow, 'error_kind' | 'warmup'> & Partial<Pick<ResultRow, 'error_message'>>

/** The calls of a level that failed, by kind: a level whose warm-ups end a sweep has no others to say why. */
export const failuresOf = (rows: readonly Ended[]): Failures[] =>
  [...Map.groupBy(rows, ({ error_kind: kind }) => kind)].flatMap(([kind, some]) => {
    if (kind === null) return []
    const warmups = some.filter(({ warmup }) => warmup).length
    const message = some.find(({ error_message: said }) => said)?.error_message ?? null
    return [{ kind, n: some.length - warmups, warmups, message }]
  })

/** Columns of a message that are shown. */
const mostMessage = 200

/** `3 failed: auth; the first said: Incorrect API key`, in a line. */
export function failureText({ kind, n, warmups, message }: Failures): string {
  const warm = warmups === 1 ? '1 warm-up' : `${warmups} warm-ups`
  const who = warmups === 0 ? `${n} failed` : n === 0 ? `${warm} failed` : `${n} and ${warm} failed`
  const said = message === null ? '' : `; the first said: ${shortened(printable(message), mostMessage)}`
  return `${who}: ${kind}${said}`
}
