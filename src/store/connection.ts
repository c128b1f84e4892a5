import type { RowPage } from '../core/row-page.ts'

/** Runs SQL, as the migrations need it. Errors have the SQLSTATE in `code`. */
export interface Statements {
  /** One statement with bound values; or several as one text without values, whose rows come together. */
  query: (text: string, values?: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>
  /**
   * Any number of statements as one text, without values; in one transaction unless they manage their own.
   */
  exec: (text: string) => Promise<void>
}

/** A channel that is listened to. */
export interface Listening {
  /** Stops listening and waits until its connection has ended. */
  close: () => Promise<void>
}

/**
 * Listens to a channel of NOTIFY over a connection of its own, which is opened again whenever it is lost;
 * `onNotify` is then called with null, since something may have been missed. A pooler in transaction mode takes
 * LISTEN and never notifies. Rejects with StoreError if the first connection fails.
 */
export type Listen = (channel: string, onNotify: (payload: string | null) => void) => Promise<Listening>

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
  listen: Listen
  close: () => Promise<void>
}
