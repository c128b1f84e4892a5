-- Upkeep: what is kept, and how current what is made of it is.

-- How old each leaderboard is: refreshed_at, null if it has no rows, and since when there is something to
-- rank in its period, to the hour.
create or replace function firsttoken.describe_leaderboards() returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_agg(jsonb_build_object('period', p.period,
      'refreshed_at', (
        select s.refreshed_at from public.target_summary s
        where s.period = p.period and s.metric = 'uptime' limit 1),
      'rankable_since', (
        select h.bucket from public.rollups_hourly h
        where h.bucket >= public.period_start(p.period) and h.n_ok + h.n_provider > 0
        order by h.bucket limit 1)) order by p.position)
  from unnest(array['24h', '7d', '30d']) with ordinality p (period, position)
$$;

-- The size of a table with its indexes, in bytes, and of its partitions if it has some.
create or replace function firsttoken.size_on_disk(name regclass) returns bigint
language sql stable security invoker set search_path = '' as $$
  select pg_total_relation_size(name)
    + coalesce(sum(pg_total_relation_size(p.relid)) filter (where p.isleaf), 0)::bigint
  from pg_partition_tree(name) p
$$;

-- in: {}. out: {now, pruned_until, leaderboards, kept: [{what, oldest_at, bytes, kept_days}],
-- bytes}: the size on disk of what is kept, with its indexes, and since when there is some. Texts are part of
-- the results, as are timelines and probes. kept_days of what no setting says, null forever; bytes of the
-- whole database.
create or replace function public.read_upkeep(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'read_upkeep', '{}');
  return jsonb_build_object('now', now(),
    'pruned_until', (select nullif(r.pruned_until, '-infinity') from public.retention r),
    'leaderboards', firsttoken.describe_leaderboards(),
    'kept', (
      select jsonb_agg(to_jsonb(k)) from (values
        ('texts', (
          select b.created_at from public.benchmark_results b
          where b.response_text is not null and isfinite(b.created_at) order by b.created_at limit 1),
          null::bigint, null::integer),
        ('results', (
          select b.created_at from public.benchmark_results b
          where isfinite(b.created_at) order by b.created_at limit 1),
          firsttoken.size_on_disk('public.benchmark_results') + firsttoken.size_on_disk('public.timelines')
            + pg_total_relation_size('public.probes'), null),
        ('events', (select e.created_at from public.run_events e order by e.xid, e.id limit 1),
          pg_total_relation_size('public.run_events'), 14),
        ('runs', (select r.started_at from public.runs r order by r.started_at limit 1),
          pg_total_relation_size('public.runs'), null),
        ('rollups', (select d.bucket from public.rollups_daily d order by d.bucket limit 1),
          pg_total_relation_size('public.rollups_hourly') + pg_total_relation_size('public.rollups_daily')
            + pg_total_relation_size('public.samples_daily'), null),
        ('proxy_requests', (select min(q.received_at) from public.proxy_requests q),
          pg_total_relation_size('public.proxy_requests'), null),
        ('proxy_texts', (select min(t.captured_at) from public.proxy_texts t),
          pg_total_relation_size('public.proxy_texts'), null),
        ('proxy_rollups', (select min(m.bucket) from public.proxy_minutes m),
          pg_total_relation_size('public.proxy_minutes'), null),
        ('incidents', (select i.opened_at from public.incidents i order by i.opened_at limit 1),
          pg_total_relation_size('public.incidents') + pg_total_relation_size('public.incident_events'),
          null),
        ('deliveries', (
          select d.created_at from public.notification_deliveries d order by d.created_at limit 1),
          pg_total_relation_size('public.notification_deliveries'), 90)
      ) k (what, oldest_at, bytes, kept_days)
    ),
    'bytes', pg_database_size(current_database()));
end $$;
