import { codeOf, messageOf } from '../core/error.ts'
import { cut, oneLine } from '../core/text.ts'
import { noSuchRow, StoreError, type StoreErrorKind } from './store.ts'

/** How to repair a database that lacks one of our tables, columns or functions. */
const howToMigrate =
  'The database is not up to date: run `pnpm tsx scripts/migrate.ts`, or paste supabase/schema.sql into the ' +
  'SQL editor of the project.'

/**
 * The kind of each code, by its longest prefix listed here: SQLSTATEs
 * (postgresql.org/docs/current/errcodes-appendix.html), PostgREST's codes
 * (docs.postgrest.org/en/stable/references/errors.html) and Node's socket errors.
 */
const kinds: Record<string, StoreErrorKind> = {
  '08': 'unavailable',
  // A plan that a migration made stale: the next connection has a new one.
  '0A000': 'unavailable',
  '0P': 'denied',
  '22': 'invalid',
  '23': 'conflict',
  '23502': 'invalid',
  '23514': 'invalid',
  // A transaction that a pooler broke, and 25006: a project in read-only mode, or a standby.
  '25': 'unavailable',
  // A prepared statement that a pooler gave to another connection.
  '26': 'unavailable',
  '28': 'denied',
  '3D000': 'missing',
  '3F000': 'missing',
  '40': 'unavailable',
  '42501': 'denied',
  '42703': 'missing',
  '42704': 'missing',
  '42883': 'missing',
  '42P01': 'missing',
  '42P05': 'unavailable',
  '44': 'invalid',
  '53': 'unavailable',
  '54': 'too_large',
  '55': 'unavailable',
  '57': 'unavailable',
  '57014': 'timeout',
  '58': 'unavailable',
  // A file of the database is gone: it does not come back by itself.
  '58P01': 'invalid',
  '72': 'unavailable',
  F0: 'unavailable',
  P0001: 'invalid',
  [noSuchRow]: 'missing',
  // The server's own failure, and how a pooler reports its own.
  XX: 'unavailable',
  PGRST00: 'unavailable',
  PGRST003: 'timeout',
  PGRST106: 'missing',
  PGRST125: 'missing',
  PGRST20: 'missing',
  PGRST3: 'denied',
  PGRSTX: 'unavailable',
  CERT_: 'denied',
  DEPTH_ZERO_: 'denied',
  EADDRNOTAVAIL: 'unavailable',
  EAI_AGAIN: 'unavailable',
  EAI_FAIL: 'unavailable',
  ECONNABORTED: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EHOSTDOWN: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  EMFILE: 'unavailable',
  ENETDOWN: 'unavailable',
  ENETUNREACH: 'unavailable',
  ENFILE: 'unavailable',
  ENOBUFS: 'unavailable',
  ENOENT: 'unavailable',
  ENOTDIR: 'denied',
  ENOTFOUND: 'unavailable',
  EPIPE: 'unavailable',
  ERR_TLS_: 'denied',
  ETIMEDOUT: 'timeout',
  PROXY_REFUSED: 'denied',
  PROXY_UNREACHABLE: 'unavailable',
  REDIRECTED: 'invalid',
  SELF_SIGNED_: 'denied',
  UNABLE_TO_: 'denied',
}

/**
 * Texts that mean another kind than their code does. The gateway of Supabase mints a token for each call, and
 * its clock may be ahead of the database's (supabase/supabase#50651, #49655). Supavisor does not know the
 * user or the project.
 */
const texts: { code: string; text: RegExp; kind: StoreErrorKind }[] = [
  { code: 'PGRST303', text: /issued at future|not yet valid/i, kind: 'unavailable' },
  { code: 'XX000', text: /tenant or user not found/i, kind: 'denied' },
]

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
  const kind = kindOf(code, message) ?? problem.kind ?? 'bug'
  const repair = kind === 'missing' && isOfSchema(code) ? ` ${howToMigrate}` : ''
  return new StoreError(kind, `${doing}: ${sentence(message)}${repair}`, { code, cause })
}

const kindOf = (code: string | null, message: string): StoreErrorKind | null =>
  code === null
    ? null
    : (texts.find((each) => each.code === code && each.text.test(message))?.kind ?? kindOfCode(code))

/** Whether what is missing is part of our schema, not a row, the database or the project. */
export const isOfSchema = (code: string | null): boolean =>
  code !== null && ![noSuchRow, '3D000', 'PGRST125'].includes(code)

/** Bytes of a message: the database may quote the whole row that it refuses. */
const longestMessage = 2000

/** A message as one line, which must not look like another one of ours. */
function sentence(message: string): string {
  const text = oneLine(cut(message, longestMessage))
  return /[.!?]$/.test(text) ? text : `${text}.`
}

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
