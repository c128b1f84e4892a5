import type { Sql } from '../../src/store/connection.ts'

/** What is recorded with its time; rollups keep to their hours. */
const recorded = [
  'alert_states',
  'benchmark_results',
  'incident_events',
  'incidents',
  'notification_deliveries',
  'probes',
  'providers',
  'run_workers',
  'runs',
]

/**
 * Time as a database sees it: its clock cannot be moved, so everything that it recorded moves into the past instead.
 * Slots stay, so that each tick says itself when its own is over.
 */
export function passingTime(sql: Sql) {
  /** Nothing is recorded. To delete little takes a tenth of what it takes to truncate. */
  const begin = () =>
    sql.exec(`do $$ declare each record; begin
      set local session_replication_role = replica;
      for each in
        select format('delete from %I.%I', t.schemaname, t.tablename) as statement from pg_tables t
        where t.schemaname in ('public', 'firsttoken') and t.tablename <> 'retention'
      loop
        execute each.statement;
      end loop;
    end $$`)
  const pass = (ms: number) =>
    sql.exec(`do $$ declare each record; begin
      set local session_replication_role = replica;
      for each in
        select c.table_name, string_agg(format('%1$I = %1$I - ${ms} * interval ''1 ms''', c.column_name), ', ') as moved
        from information_schema.columns c
        where c.table_schema = 'public' and c.data_type = 'timestamp with time zone'
          and c.table_name in ('${recorded.join(`', '`)}') and c.column_name not in ('slot', 'late_at')
        group by c.table_name
      loop
        execute format('update public.%I set %s', each.table_name, each.moved);
      end loop;
    end $$`)
  /** The same of what is due to be sent alone, while workers are at work: in turn with them. */
  const passOutbox = (ms: number) =>
    sql.exec(`
      select firsttoken.lock_outbox();
      update notification_deliveries set next_attempt_at = next_attempt_at - ${ms} * interval '1 ms',
        sent_at = sent_at - ${ms} * interval '1 ms'`)
  /** Every lease is over. */
  const expire = () =>
    sql.exec(`
      update probes set lease_until = now() - interval '1 second' where status = 'claimed';
      update run_workers set lease_until = now() - interval '1 second';
      update notification_deliveries set locked_until = now() - interval '1 second' where state = 'sending'`)
  /** The slot of this tick is one of so many days ago, and the schedule has a new one. */
  const nextSlot = async (daysAgo: number) =>
    void (await sql.query(
      `update runs set slot = slot - make_interval(days => $1), late_at = late_at - make_interval(days => $1)
        where slot > now() - interval '1 day'`,
      [daysAgo],
    ))
  return { begin, pass, passOutbox, expire, nextSlot }
}
