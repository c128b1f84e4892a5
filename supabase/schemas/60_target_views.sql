-- Views of targets: the latest result, checks and health.

-- The latest result of every active target, sweeps left out: one index lookup per target, however many
-- results there are.
create or replace view public.latest_results with (security_invoker = true) as
  select t.id as target_id, p.name as provider, m.name as model, t.parameters, r.region, r.created_at,
    r.success, r.error_kind, r.fault_domain, r.error_message, r.ttft_ms, r.ttfa_ms, r.tps, r.total_latency_ms,
    r.input_tokens, r.output_tokens, r.cost_usd, r.timing_quality, r.synthetic, r.id as result_id, r.run_id
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    cross join lateral (
      select * from public.benchmark_results b
      where b.target_id = t.id and b.level is null order by b.created_at desc limit 1
    ) r
  where t.active;

-- Checks: first attempts that succeeded or that the provider failed; ok if the attempt or its recheck
-- succeeded. What we made slow ourselves, as in a sweep, called only to warm up, or called in maintenance,
-- is none.
create or replace view public.checks with (security_invoker = true) as
  select b.id, b.target_id, b.region, b.created_at, b.error_kind, b.error_message,
    b.success or exists (
      select from public.benchmark_results again
      where again.confirms = b.id and again.success
        and not (again.own_load or again.warmup or again.maintenance)) as ok
  from public.benchmark_results b
  where b.confirms is null and b.level is null and not (b.own_load or b.warmup or b.maintenance)
    and (b.success or b.fault_domain = 'provider');

-- How far apart checks of a target are at most: the interval of the schedule, or the least number of those
-- that is not shorter than the interval of its own.
create or replace function firsttoken.check_interval(pace interval, every_minutes integer) returns interval
language sql immutable parallel safe security invoker set search_path = '' as $$
  select pace * greatest(1, ceil(60 * every_minutes / extract(epoch from pace)))::double precision
$$;

-- Every target in every region where it was called in the week before its last call. state: up; failing, if
-- the last check failed; down, if the last two or more did; stale, if there was no check for 2.5 intervals,
-- of the schedule or its own; paused; unknown, if it was never called. since: the first check of that state.
create or replace view public.target_health with (security_invoker = true) as
  select t.id as target_id, p.name as provider, m.name as model, t.parameters, r.region,
    case
      when not t.active then 'paused'
      when r.target_id is null then 'unknown'
      when latest.created_at is null or latest.created_at < now() - 2.5 * pace.interval then 'stale'
      when latest.ok then 'up'
      when failures.n > 1 then 'down'
      else 'failing' end as state,
    case
      when latest.created_at is null or latest.created_at < now() - 2.5 * pace.interval then latest.created_at
      when not latest.ok then failures.since
      else coalesce(recovered.created_at, beginning.hour) end as since,
    latest.created_at as last_check_at,
    fault.created_at as last_error_at, fault.error_kind as last_error_kind,
    fault.error_message as last_error_message
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    left join lateral (
      select called.target_id, called.region, called.last_day
      from (
        select k.target_id, k.region, max(latest_day.bucket) as last_day,
          max(max(latest_day.bucket)) over () as last_of_all
        from public.tracks k
          cross join lateral (
            select d.bucket from public.rollups_daily d
            where d.track_id = k.id order by d.bucket desc limit 1) latest_day
        where k.target_id = t.id
        group by k.target_id, k.region
      ) called
      where called.last_day >= called.last_of_all - interval '7 days'
    ) r on true
    left join lateral (
      select c.created_at, c.ok from public.checks c
      where c.target_id = r.target_id and c.region is not distinct from r.region
        and c.created_at >= r.last_day - interval '7 days'
      order by c.created_at desc limit 1
    ) latest on true
    left join lateral (
      select b.created_at, b.error_kind, b.error_message from public.benchmark_results b
      where b.target_id = r.target_id and b.region is not distinct from r.region and not b.success
        and b.confirms is null and b.level is null and not (b.own_load or b.warmup or b.maintenance)
        and b.created_at >= r.last_day - interval '7 days'
      order by b.created_at desc limit 1
    ) fault on true
    left join lateral (
      select c.created_at from public.checks c
      where not latest.ok and c.target_id = r.target_id and c.region is not distinct from r.region and c.ok
      order by c.created_at desc limit 1
    ) last_ok on true
    left join lateral (
      select count(*) as n, min(b.created_at) as since from public.benchmark_results b
      where not latest.ok and b.target_id = r.target_id and b.region is not distinct from r.region
        and not b.success and b.fault_domain = 'provider' and b.confirms is null and b.level is null
        and not (b.own_load or b.warmup or b.maintenance)
        and b.created_at > coalesce(last_ok.created_at, '-infinity')
    ) failures on true
    left join lateral (
      -- A failed check is the provider's: said again, it makes the planner expect one row, and sort them all.
      select c.created_at from public.checks c
        join public.benchmark_results b on b.id = c.id and not b.success and b.level is null
      where latest.ok and b.target_id = r.target_id and b.region is not distinct from r.region and not c.ok
      order by b.created_at desc limit 1
    ) last_failed on true
    left join lateral (
      select c.created_at from public.checks c
      where c.target_id = r.target_id and c.region is not distinct from r.region and c.ok
        and c.created_at > last_failed.created_at
      order by c.created_at limit 1
    ) recovered on true
    left join lateral (
      select min(first_hour.bucket) as hour from public.tracks k
        cross join lateral (
          select h.bucket from public.rollups_hourly h
          where h.track_id = k.id and h.n_ok > 0 order by h.bucket limit 1
        ) first_hour
      where latest.ok and recovered.created_at is null
        and k.target_id = r.target_id and k.region is not distinct from r.region
    ) beginning on true
    left join lateral (
      select firsttoken.check_interval(s.late_at - s.slot, greatest(t.every_minutes, t.thinned_minutes))
        as interval from public.runs s
      where s.slot is not null and s.late_at is not null order by s.started_at desc limit 1
    ) pace on true
  where t.active is not null;
