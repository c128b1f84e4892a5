import type { Logger } from 'pino'
import { printable } from '../report/format.ts'
import { StoreError } from '../store/store.ts'
import { exitCode } from './exit-code.ts'
import type { Streams } from './streams.ts'

/** Why a command cannot do what it was asked. */
export interface Refusal {
  problem: string
  /** Default 2: bad usage or configuration. */
  code?: number
  /** Stdout holds output already, so that JSON must not follow. */
  stderrOnly?: boolean
}

/** Where a refusal is shown. */
interface Shown {
  /** One JSON document is expected on stdout. */
  json: boolean
  streams: Streams
}

/** Shows why a command fails: on stderr, and as the document `{error}` if JSON was asked for. Returns the exit code. */
export function refuse(
  { problem, code = exitCode.usage, stderrOnly = false }: Refusal,
  { json, streams }: Shown,
): number {
  streams.stderr.write(`firsttoken: ${problem.split('\n').map(printable).join('\n')}\n`)
  if (json && !stderrOnly) streams.stdout.write(`${JSON.stringify({ error: problem })}\n`)
  return code
}

/** Logs a failure of the store and gives it as a refusal; anything but a StoreError is rethrown. */
export function storeRefusal(error: unknown, log: Logger | null): Refusal {
  if (!(error instanceof StoreError)) throw error
  log?.error({ kind: error.kind, code: error.code }, error.message)
  return { problem: error.message, code: storeCode(error) }
}

/** A store that is misconfigured is a matter of configuration; one that is unreachable is not. */
const storeCode = ({ kind }: StoreError): number =>
  ['denied', 'missing', 'invalid'].includes(kind) ? exitCode.usage : exitCode.notRecorded
