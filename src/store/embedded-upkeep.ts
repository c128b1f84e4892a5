import type { Connection } from './embedded-client.ts'

/** How often the owner looks after the database, in ms: the default checkpoint_timeout of Postgres. */
export const upkeepEveryMs = 5 * 60_000

const timeout = 30 * 60_000

/**
 * Tables with enough changes since the last time, by the defaults of autovacuum:
 * https://www.postgresql.org/docs/18/routine-vacuuming.html#AUTOVACUUM
 */
const dueTables = `
  select format('%I.%I', s.schemaname, s.relname) as name
  from pg_stat_user_tables s join pg_class c on c.oid = s.relid
  where s.n_dead_tup > 50 + 0.2 * greatest(c.reltuples, 0)
     or s.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0)`

/**
 * Does what background processes do elsewhere. The embedded database has none: unvacuumed tables only grow, the planner
 * has no statistics, and without a checkpoint the log grows for as long as the process runs (1.4 GB after as much was written).
 */
export async function keepUp({ run }: Connection): Promise<void> {
  const { rows } = await run({ text: dueTables, timeout })
  for (const { name } of rows) await run({ text: `vacuum (analyze) ${String(name)}`, timeout })
  await run({ text: 'checkpoint', timeout })
}
