import type { Logger } from 'pino'
import { toJsonText } from '../core/json.ts'
import { printable } from '../report/format.ts'
import { ourConflict, StoreError } from '../store/store.ts'
import { exitCode } from './exit-code.ts'
import type { Streams } from './streams.ts'

/** Why a command fails. */
export interface CommandFailure {
  problem: string
  /** Default 2: bad usage or configuration. */
  code?: number
  /** Stdout already holds output, which no JSON error may follow. */
  stderrOnly?: boolean
}

/** How a refusal is shown. */
interface Shown {
  /** Whether stdout must hold one JSON document. */
  json: boolean
  streams: Streams
}

/** Shows a refusal on stderr, and with --json as the document `{error}`. Returns the exit code. */
export function refuse(
  { problem, code = exitCode.usage, stderrOnly = false }: CommandFailure,
  { json, streams }: Shown,
): number {
  streams.stderr.write(`firsttoken: ${problem.split('\n').map(printable).join('\n')}\n`)
  if (json && !stderrOnly) streams.stdout.write(`${toJsonText({ error: problem })}\n`)
  return code
}

/** Logs a StoreError and turns it into a refusal; rethrows anything else. */
export function storeRefusal(error: unknown, log: Logger | null): CommandFailure {
  if (!(error instanceof StoreError)) throw error
  log?.error({ kind: error.kind, code: error.code }, error.message)
  return { problem: error.message, code: error.code === ourConflict ? exitCode.usage : storeCode(error) }
}

/** The exit code of a failed store: a misconfigured one is bad configuration, an unreachable one is not. */
export const storeCode = ({ kind }: Pick<StoreError, 'kind'>): number =>
  ['denied', 'missing', 'invalid'].includes(kind) ? exitCode.usage : exitCode.notRecorded
