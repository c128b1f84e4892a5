import type { RowPage } from '../core/row-page.ts'

/** What carries out SQL, as the migrations need it. Errors carry the SQLSTATE in `code`. */
export interface Statements {
  /** One statement with bound values. */
  query: (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>
  /** Any number of statements as one text, without values; in one transaction unless they say otherwise. */
  exec: (text: string) => Promise<void>
}

/** A connection to a Postgres of any kind: the seam under the store, the migrations and everything that needs SQL. */
export interface Sql extends Statements {
  /**
   * The rows of one statement, so many at a time and each page only when it is asked for; the first comes also without rows. Of several
   * statements none is carried out. Until the last page an embedded database does nothing else.
   */
  pages: (text: string, size: number) => AsyncIterable<RowPage>
  close: () => Promise<void>
}
