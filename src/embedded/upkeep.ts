import type { Connection } from './client.ts'

/** How often the owner maintains the database, in ms: the default checkpoint_timeout of Postgres. */
export const upkeepEveryMs = 5 * 60_000

const timeout = 30 * 60_000

/**
 * Tables that have grown by a fifth and 8 pages since they were last vacuumed or analyzed: the share is
 * autovacuum's. Their size decides, because PGlite loses its counts of changed rows whenever it closes.
 */
const dueTables = `
  select oid::regclass::text as name from pg_catalog.pg_class
  where relkind = 'r' and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    and pg_relation_size(oid) / current_setting('block_size')::int > 1.2 * relpages + 8`

/**
 * Does the work of Postgres' background processes, which the embedded database lacks: unvacuumed tables only
 * grow, the planner has no statistics, and without a checkpoint the log grows as long as the process runs (to
 * 1.4 GB after as much was written).
 */
export async function keepUp({ run }: Connection): Promise<void> {
  const { rows } = await run({ text: dueTables, timeout })
  for (const { name } of rows) await run({ text: `vacuum (analyze) ${String(name)}`, timeout })
  await run({ text: 'checkpoint', timeout })
}
