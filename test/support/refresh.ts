import { refresh } from '../../src/jobs/leaderboards.ts'
import type { Sql } from '../../src/store/connection.ts'
import { createSqlStore } from '../../src/store/sql.ts'

/** Makes all leaderboards anew. */
export const refreshAll = (sql: Sql) =>
  refresh(createSqlStore(sql), { periods: ['24h', '7d', '30d'], stop: new AbortController().signal })
