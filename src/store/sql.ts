import type { Sql } from './connection.ts'
import { type CallFunction, createStore } from './functions.ts'
import { fromDriver } from './sql-errors.ts'
import type { Store } from './store.ts'

/**
 * A store over a connection to Postgres, real or embedded; `wrap` adds retries. Closing it closes the
 * connection.
 */
export const createSqlStore = (
  sql: Sql,
  wrap: (call: CallFunction) => CallFunction = (call) => call,
): Store => createStore(wrap(callOver(sql)), () => sql.close())

const callOver =
  (sql: Sql): CallFunction =>
  async (name, input) => {
    try {
      // As text: given a JSON array the driver would make a Postgres array of it, and it would lose a bigint.
      const { rows } = await sql.query(`select public.${name}($1::text::jsonb) as output`, [
        JSON.stringify(input),
      ])
      return rows[0]?.['output']
    } catch (error) {
      throw fromDriver(name, error)
    }
  }
