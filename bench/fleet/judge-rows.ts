import type { Sql } from '../../src/store/connection.ts'
import { windowsOf } from '../../src/fleet/spread.ts'
import { figuresOf, type Judged, none, same } from './judged.ts'
import { atMost } from '../goals.ts'
import type { Evidence } from './simulate.ts'

/** What has to be nothing: a count each. */
const faults: Readonly<Record<string, string>> = {
  'slots with more or fewer than one run': `select abs($1 - count(*)) + count(*) - count(distinct slot) from public.runs where schedule is not null`,
  'runs that are not closed': `select count(*) from public.runs where status <> 'finished'`,
  'probes that are neither made nor skipped': `select count(*) from public.probes where status not in ('done', 'failed', 'skipped')`,
  'probes without a result that were not skipped': `select count(*) from public.probes p
    where p.status <> 'skipped' and not exists (select from public.benchmark_results b where b.id = p.result_id)`,
  'skipped probes with a result': `select count(*) from public.probes p
    where p.status = 'skipped' and exists (select from public.benchmark_results b where b.id = p.result_id)`,
  'probes with two results': `select count(*) from (
    select from public.benchmark_results group by probe_id having count(*) > 1) twice`,
  'probes that were planned twice': `select count(*) from (
    select from public.probes where confirms is null group by run_id, target_id, region having count(*) > 1) twice`,
  'reasons of skips that nobody gives': `select count(*) from public.probes
    where status = 'skipped' and skip_reason not in ('late', 'budget') and skip_reason not like 'rate limited until %'`,
  'shards that are not done': `select count(*) from public.shards where status <> 'done'`,
  'lanes that are held': `select count(*) from public.lanes where lease_until > bench.clock_timestamp()`,
  // One of a shard that another has made meanwhile is over as soon as somebody looks at it.
  'jobs that are left of shards that are not done': `select count(*) from pgboss.job j
    where j.state in ('created', 'retry', 'active') and exists (select from public.shards s
      where s.run_id::text = j.data ->> 'runId' and s.region = j.data ->> 'region'
        and s.shard::text = j.data ->> 'shard' and s.status <> 'done')`,
  'hours whose rollups differ from their rows': `with hours as (
      select date_trunc('hour', min(created_at), 'UTC') as first, date_trunc('hour', max(created_at), 'UTC') + interval '1 hour' as last
      from public.benchmark_results
    ), counted as materialized (
      select h.* from hours, firsttoken.compute_hours(hours.first, hours.last, null) h
    ), kept as materialized (select * from public.rollups_hourly)
    select (select count(*) from (select * from counted except select * from kept) more)
      + (select count(*) from (select * from kept except select * from counted) fewer)`,
}

/** Targets of the first slot whose regions call them in different windows, of so many ms each. */
const apart = `select count(*) from (
    select from public.probes p
      join public.runs r on r.id = p.run_id
      join public.shards s on s.run_id = p.run_id and s.region = p.region and s.shard = p.shard
    where p.confirms is null and s.takes = 1 and r.slot = (select min(slot) from public.runs)
      -- What was given back, or waited on disk, may be looked at again later than it was taken.
      and s.taken_at >= s.window_at
    group by p.target_id
    having count(distinct floor(extract(epoch from s.window_at - r.slot) * 1000 / $1::float8)) > 1) apart`

const counts = `select
  (select count(*) from public.probes where confirms is null) as planned,
  (select count(*) from public.probes where confirms is not null) as rechecks,
  (select count(*) from public.benchmark_results) as results,
  (select count(*) from public.benchmark_results where not success) as failed,
  (select count(*) from public.probes where status = 'skipped') as skipped,
  (select count(*) from public.probes where skip_reason = 'late') as late,
  (select count(*) from public.probes where skip_reason = 'budget') as budget,
  (select count(*) from public.shards) as shards,
  (select count(*) from public.shards where takes > 1) as taken_again,
  (select count(*) from public.shards where lost > 0) as lost,
  (select sum(n_calls) from public.rollups_hourly) as rolled_up,
  (select sum(usd) from public.spending)::float8 as spent_usd,
  (select sum(coalesce(b.cost_usd, case when b.success then p.estimate_usd else p.input_usd end))
    from public.benchmark_results b join public.probes p on p.id = b.probe_id)::float8 as cost_usd,
  (select sum(pg_total_relation_size(c.oid)) from pg_class c
    where c.relnamespace = 'pgboss'::regnamespace and c.relkind = 'r') / 1048576.0 as queue_mb`

/** How large the queue's tables may be, in MB: a few hundred shards a slot, and a job again for each that waits. */
const mostQueueMb = 30

/** What the database has to say at the end: each probe has a result or a reason, all sums agree. */
export async function judgeRows(evidence: Evidence, sql: Sql): Promise<Judged> {
  const { world, slots, budgetUsd, overspentUsd } = evidence
  const goals = []
  const count = async (text: string, values: number[]) => {
    const { rows: counted } = await sql.query(text, values)
    return Number(Object.values(counted[0] ?? {})[0])
  }
  for (const [name, text] of Object.entries(faults))
    goals.push(none(name, await count(text, text.includes('$1') ? [slots.length] : [])))
  const [slot] = slots
  if (slot !== undefined) {
    const { lengthMs } = windowsOf({ slot: slot.at, lateAt: slot.lateAt })
    goals.push(none('targets that regions call in different windows', await count(apart, [lengthMs])))
  }
  const { rows } = await sql.query(counts)
  const found = Object.fromEntries(
    Object.entries(rows[0] ?? {}).map(([name, value]) => [name, Number(value)]),
  )
  const of = (name: string) => found[name] ?? NaN
  const reasons = await sql.query(
    `select split_part(skip_reason, ' until ', 1) as reason, count(*)::integer as n from public.probes
      where status = 'skipped' group by 1 order by 1`,
  )
  return {
    figures: [
      ...figuresOf('rows', found),
      ...figuresOf(
        'skipped',
        Object.fromEntries(reasons.rows.map(({ reason, n }) => [String(reason), Number(n)])),
      ),
    ],
    goals: [
      ...goals,
      same(
        'probes that were planned',
        slots.length * world.targets.length * world.regions.length,
        of('planned'),
      ),
      same('results and skipped probes', of('planned') + of('rechecks'), of('results') + of('skipped')),
      same('results in the rollups', of('results'), of('rolled_up')),
      same('what is spent, USD, as what the results cost', of('cost_usd'), of('spent_usd')),
      atMost('what is spent, over the budget', 1, of('spent_usd') / budgetUsd),
      atMost('most that was spent above the budget and what calls in flight may cost, USD', 0, overspentUsd),
      atMost('tables of the queue, MB', mostQueueMb, of('queue_mb')),
    ],
  }
}
