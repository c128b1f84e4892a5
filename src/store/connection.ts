import type { RowPage } from '../core/row-page.ts'

/** Runs SQL, as the migrations need it. Errors have the SQLSTATE in `code`. */
export interface Statements {
  /** One statement with bound values. */
  query: (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>
  /**
   * Any number of statements as one text, without values; in one transaction unless they manage their own.
   */
  exec: (text: string) => Promise<void>
}

/**
 * A connection to any kind of Postgres: the seam under the store, the migrations and everything else that
 * needs SQL.
 */
export interface Sql extends Statements {
  /**
   * Reads the rows of one statement in pages of at most `size`, fewer if they are long, each only when it is
   * asked for; the first page comes even if it is empty. A text of several statements is rejected. Until the last page an embedded database
   * does nothing else.
   */
  pages: (text: string, size: number) => AsyncIterable<RowPage>
  close: () => Promise<void>
}
