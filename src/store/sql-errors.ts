import { codeOf, messageOf } from '../core/error.ts'
import { StoreError, type StoreErrorKind } from './store.ts'

/** How to repair a database that lacks one of our tables, columns or functions. */
const howToMigrate =
  'The database is not up to date: run `pnpm tsx scripts/migrate.ts`, or paste supabase/schema.sql into the ' +
  'SQL editor of the project.'

/** Raised by our functions for a missing row; the message names it. */
const noSuchRow = 'P0002'

/**
 * The kind of each code, by its longest prefix listed here: SQLSTATEs
 * (postgresql.org/docs/current/errcodes-appendix.html), PostgREST's codes
 * (docs.postgrest.org/en/stable/references/errors.html) and Node's socket errors.
 */
const kinds: Record<string, StoreErrorKind> = {
  '08': 'unavailable',
  '22': 'invalid',
  '23': 'conflict',
  '23502': 'invalid',
  '23514': 'invalid',
  '28': 'denied',
  '3D000': 'missing',
  '3F000': 'missing',
  '40': 'unavailable',
  '42501': 'denied',
  '42703': 'missing',
  '42883': 'missing',
  '42P01': 'missing',
  '53': 'unavailable',
  '55P03': 'unavailable',
  '57014': 'timeout',
  '57P': 'unavailable',
  '58': 'unavailable',
  P0001: 'invalid',
  [noSuchRow]: 'missing',
  PGRST00: 'unavailable',
  PGRST003: 'timeout',
  PGRST106: 'missing',
  PGRST202: 'missing',
  PGRST205: 'missing',
  PGRST3: 'denied',
  CERT_: 'denied',
  DEPTH_ZERO_: 'denied',
  EAI_AGAIN: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENETUNREACH: 'unavailable',
  ENOENT: 'unavailable',
  ENOTFOUND: 'unavailable',
  EPIPE: 'unavailable',
  ERR_TLS_: 'denied',
  ETIMEDOUT: 'timeout',
  SELF_SIGNED_: 'denied',
  UNABLE_TO_: 'denied',
}

/** The kind of a code, or null if it is unknown. */
export function kindOfCode(code: string): StoreErrorKind | null {
  for (let length = code.length; length > 0; length -= 1) {
    const kind = kinds[code.slice(0, length)]
    if (kind !== undefined) return kind
  }
  return null
}

/** An error of the database over either transport. `doing` is what failed: `start_run`. */
export function toStoreError(
  doing: string,
  problem: { kind?: StoreErrorKind; code: string | null; message: string },
  cause?: unknown,
): StoreError {
  const { code, message } = problem
  const kind = (code === null ? null : kindOfCode(code)) ?? problem.kind ?? 'bug'
  const repair = kind === 'missing' && code !== noSuchRow && code !== '3D000' ? ` ${howToMigrate}` : ''
  return new StoreError(kind, `${doing}: ${sentence(message)}${repair}`, { code, cause })
}

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)

/** An error of a Postgres driver as a StoreError; `code` is the SQLSTATE or the socket's error code. */
export function fromDriver(doing: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  // A host with several addresses fails with a list of errors and no message of its own.
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error
  const message = messageOf(cause)
  return toStoreError(doing, { kind: kindOfMessage(message), code: codeOf(cause), message }, error)
}

/** The driver's own errors have no code: `Query read timeout`, `Connection terminated unexpectedly`. */
function kindOfMessage(message: string): StoreErrorKind {
  if (/timeout/i.test(message)) return 'timeout'
  return /terminated|closed|not queryable/i.test(message) ? 'unavailable' : 'bug'
}
