import type { Sql } from './connection.ts'
import { codeOf, messageOf } from '../core/error.ts'
import { toStoreError } from './errors.ts'
import { createStore } from './functions.ts'
import { type Store, StoreError, type StoreErrorKind } from './store.ts'

/** A store over a connection to Postgres, real or embedded. Closing it closes the connection. */
export const createSqlStore = (sql: Sql): Store =>
  createStore(
    async (name, input) => {
      try {
        // Text first: a driver would make an array literal of a JSON array, and lose a bigint.
        const { rows } = await sql.query(`select public.${name}($1::text::jsonb) as output`, [
          JSON.stringify(input),
        ])
        return rows[0]?.['output']
      } catch (error) {
        throw fromDriver(name, error)
      }
    },
    () => sql.close(),
  )

/** An error of a Postgres driver as ours; `code` is the SQLSTATE, or what the socket said. */
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
