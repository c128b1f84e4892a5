/** A connection to a Postgres of any kind: the seam under the store, the migrations and everything that needs SQL. Errors carry the SQLSTATE in `code`. */
export interface Sql {
  /** One statement with bound values. */
  query: (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>
  /** Any number of statements as one text, without values; in one transaction unless they say otherwise. */
  exec: (text: string) => Promise<void>
  close: () => Promise<void>
}
