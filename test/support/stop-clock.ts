import type { Sql } from '../../src/store/connection.ts'

/** Stops the clock of this database only: the planner inlines the body of an SQL function. */
export async function stopClock(sql: Sql, at: Date): Promise<void> {
  for (const [name, volatility] of Object.entries({ now: 'stable', clock_timestamp: 'volatile' }))
    await sql.exec(
      `create or replace function pg_catalog.${name}() returns timestamptz language sql ${volatility} parallel safe
        as $$ select '${at.toISOString()}'::timestamptz $$`,
    )
}
