-- The present state of everything that is benchmarked, in one call.

-- Refuses a wish for anything but real or synthetic results, or both apart: a boolean or null.
create or replace function firsttoken.check_synthetic(input jsonb) returns boolean
language plpgsql immutable security invoker set search_path = '' as $$
begin
  if coalesce(jsonb_typeof(input -> 'synthetic'), 'null') not in ('boolean', 'null') then
    raise exception using errcode = '22023', message = 'synthetic must be true, false or null';
  end if;
  return (input ->> 'synthetic')::boolean;
end $$;

-- The track that a target shows in a region: that of the series which its first probe has in the latest run
-- of a schedule, or of its last sample, if it has an interval of its own and was not due then, so that a
-- benchmark of another prompt by hand does not replace it; without one, the latest track. Null is all
-- targets.
create or replace function firsttoken.current_tracks(targets uuid[])
returns table (target_id uuid, region text, track_id integer, series text, synthetic boolean)
language plpgsql stable rows 100 security invoker set search_path = '' as $$
begin
  return query
  with recursive schedules (schedule) as (
    -- One step into the index for each schedule, however many runs it has.
    select min(r.schedule) from public.runs r
    union all
    select (select min(r.schedule) from public.runs r where r.schedule > s.schedule)
      from schedules s where s.schedule is not null
  ), latest_runs as (
    select latest.id, latest.slot
    from schedules s
      cross join lateral (
        select r.id, r.slot from public.runs r
        where r.schedule = s.schedule and r.slot is not null and r.status in ('running', 'finished')
        order by r.slot desc limit 1
      ) latest
  ), planned as (
    select distinct on (p.target_id, p.region) p.target_id, p.region, p.series
    from latest_runs l join public.probes p on p.run_id = l.id
    order by p.target_id, p.region, l.slot desc, p.ordinal
  )
  select distinct on (k.target_id, k.region) k.target_id, k.region, k.id, k.series, k.synthetic
  from public.tracks k
    left join planned p on p.target_id = k.target_id and p.region = k.region
    left join lateral (
      select s.series
      from public.targets t cross join lateral firsttoken.last_samples(k.target_id, k.region, 1) s
      where p.series is null and t.id = k.target_id
        and coalesce(t.every_minutes, t.thinned_minutes) is not null
    ) own on true
    left join lateral (
      select d.bucket, d.n_calls from public.rollups_daily d
      where d.track_id = k.id order by d.bucket desc limit 1
    ) latest on true
  where k.target_id is not null and (targets is null or k.target_id = any (targets))
  order by k.target_id, k.region, coalesce(k.series = coalesce(p.series, own.series), false) desc,
    latest.bucket desc nulls last, latest.n_calls desc, k.id desc;
end $$;

-- Values at their places in an array of n, counted from 0 and in ascending order, and a filler everywhere
-- else. Most often there is no gap between them: assigned at once, they take a tenth of the time.
create or replace function firsttoken.spread(places integer[], given anyarray, n integer, filler anyelement)
returns anyarray
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  whole given%type := array_fill(filler, array[n], array[0]);
  last constant integer := cardinality(places);
begin
  if last > 0 and places[last] - places[1] = last - 1 then
    whole[places[1] : places[last]] := given;
    return whole;
  end if;
  for at in 1 .. last loop
    whole[places[at]] := given[at];
  end loop;
  return whole;
end $$;

-- For a screen: tenths below 100, whole numbers from there on.
create or replace function firsttoken.rounded(value double precision) returns numeric
language plpgsql immutable strict parallel safe security invoker set search_path = '' as $$
begin
  return case when abs(value) < 100 then trim_scale(round(value::numeric, 1)) else round(value::numeric) end;
end $$;

-- Three digits that count, however cheap a call was. The logarithm of a numeric takes six times as long.
create or replace function firsttoken.rounded_cost(cost numeric) returns numeric
language plpgsql immutable strict parallel safe security invoker set search_path = '' as $$
begin
  return case when cost > 0 then to_char(cost, '9.99EEEE')::numeric else cost end;
end $$;

-- A moment to the second, in UTC.
create or replace function firsttoken.to_second(moment timestamptz) returns text
language plpgsql stable parallel safe security invoker set search_path = '' as $$
begin
  return to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
end $$;

-- The schedules, each with its latest slot, when the next one is due, and how late that is in seconds.
create or replace function firsttoken.describe_schedules() returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  with recursive schedules (schedule) as (
    select min(r.schedule) from public.runs r
    union all
    select (select min(r.schedule) from public.runs r where r.schedule > s.schedule)
      from schedules s where s.schedule is not null
  )
  select coalesce(jsonb_agg(jsonb_build_object(
      'schedule', s.schedule, 'last_slot', latest.slot, 'last_status', latest.status,
      'last_finished_at', firsttoken.last_finished_at(s.schedule),
      'next_slot', latest.late_at,
      'late_s', greatest(0, floor(extract(epoch from now() - latest.late_at)))) order by s.schedule), '[]')
    from schedules s
      cross join lateral (
        select r.slot, r.status, r.late_at from public.runs r
        where r.schedule = s.schedule and r.slot is not null order by r.slot desc limit 1
      ) latest
$$;

-- in: {synthetic: true or false for these alone or null, region or null for all}. out: {generated_at, slots:
-- {t0, step_s, n}, days: {t0, n}, schedules, last_run, providers, rows}. A row for each target and region of
-- target_health, some 1,300 bytes: its state; its parameters, unless they are the usual ones; last, the last
-- call that counts; typical, medians of its n samples in the hours of these 24, with what an answer costs
-- since yesterday, null without; ttft_24h, mean TTFT (nearly always of one sample) by slot of 15 minutes,
-- null without; failed_24h, [slot, failures] if there are any; checks_90d and failed_90d by day. A failure is
-- a check that no recheck cleared. Latencies are of one series, states and failures of all. Whether a row is
-- synthetic is said of its provider. Planned once for any wish: planning takes as long as reading.
create or replace function public.read_now(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_generic_plan' as $$
declare
  step constant integer := 900;
  n_slots constant integer := 96;
  n_days constant integer := 90;
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  only_region constant text := input ->> 'region';
  slots_epoch constant double precision := (floor(date_part('epoch', now()) / step) + 1 - n_slots) * step;
  slots_since constant timestamptz := to_timestamp(slots_epoch);
  days_since constant timestamptz := date_trunc('day', now()) - (n_days - 1) * interval '24 hours';
  described json;
begin
  perform firsttoken.check_keys(input, 'read_now', array['synthetic', 'region']);
  with lines as materialized (
    -- region_key, because only an equality can be hashed.
    select c.*, coalesce(c.region, '') as region_key from firsttoken.current_tracks(null) c
    -- As a case it is expected to keep half of them, not one, for which nested loops would do.
    where case when only_region is null then true else c.region = only_region end
  ), days as (
    select l.track_id as line, d.bucket, (date_part('epoch', d.bucket - days_since) / 86400)::integer as day,
      sum(d.n_ok + d.n_provider)::integer as n_checks, sum(d.n_provider - d.n_cleared)::integer as n_failed,
      sum(d.cost_usd) as cost, sum(d.n_answers - d.n_cost_unknown) as n_priced
    from public.rollups_daily d
      join public.tracks k on k.id = d.track_id
      join lines l on l.target_id = k.target_id and l.region_key = coalesce(k.region, '')
    where d.bucket >= days_since and d.bucket < days_since + n_days * interval '24 hours'
    group by l.track_id, d.bucket
  ), uptimes as (
    select d.line,
      firsttoken.spread(
        array_agg(d.day order by d.bucket), array_agg(d.n_checks order by d.bucket), n_days, 0) as n_checks,
      firsttoken.spread(
        array_agg(d.day order by d.bucket), array_agg(d.n_failed order by d.bucket), n_days, 0) as n_failed,
      sum(d.cost) filter (where d.day >= n_days - 2)
        / nullif(sum(d.n_priced) filter (where d.day >= n_days - 2), 0) as answer_cost
    from days d group by d.line
  )
  select json_agg(
      case when h.parameters = '{"reasoning": "least"}' then to_json(present)
        else (to_jsonb(present) || jsonb_build_object('parameters', h.parameters))::json end
      order by p.slug, h.model, h.region, h.target_id)
    into described
    from public.target_health h
      join public.targets target on target.id = h.target_id
      join public.providers p on p.id = target.provider_id
      left join lines l on l.target_id = h.target_id and l.region_key = coalesce(h.region, '')
      left join uptimes u on u.line = l.track_id
      cross join lateral (
        select case when count(*) > 0 then jsonb_build_object('n', count(v.latency),
            'ttft_ms', firsttoken.rounded(percentile_cont(0.5) within group (order by v.ttft)),
            'ttfa_ms', firsttoken.rounded(percentile_cont(0.5) within group (order by v.ttfa)),
            'tps', firsttoken.rounded(percentile_cont(0.5) within group (order by v.tps)),
            'total_latency_ms', firsttoken.rounded(
              percentile_cont(0.5) within group (order by v.latency)),
            'cost_usd', firsttoken.rounded_cost(u.answer_cost)) end as medians
        from (
          select unnest(r.ttft) as ttft, unnest(r.ttfa) as ttfa, unnest(r.tps) as tps,
            unnest(r.latency) as latency
          from public.rollups_hourly r
          where r.track_id = l.track_id and r.bucket >= date_trunc('hour', slots_since)) v
      ) typical
      cross join lateral (
        select firsttoken.spread(
            coalesce(array_agg(
              ((date_part('epoch', q.bucket) - slots_epoch) / step)::integer order by q.bucket), '{}'),
            coalesce(array_agg(round(q.ttft_sum / q.n_ttft) order by q.bucket), '{}'), n_slots,
            null::double precision) as ttft
        from firsttoken.quarter_hours q
        where q.track_id = l.track_id and q.bucket >= slots_since and q.n_ttft > 0
          and q.bucket < slots_since + n_slots * step * interval '1 second'
      ) sparkline
      cross join lateral (
        select jsonb_agg(jsonb_build_array(f.slot, f.n) order by f.slot) as by_slot
        from (
          select ((date_part('epoch', q.bucket) - slots_epoch) / step)::integer as slot, sum(q.n_failed) as n
          from public.tracks k
            join firsttoken.quarter_hours q on q.track_id = k.id and q.n_failed > 0
          where k.target_id = l.target_id and coalesce(k.region, '') = l.region_key
            and q.bucket >= slots_since and q.bucket < slots_since + n_slots * step * interval '1 second'
          group by q.bucket) f
      ) failures
      left join lateral (
        select jsonb_build_object('at', firsttoken.to_second(b.created_at),
          'error_kind', b.error_kind, 'ttft_ms', firsttoken.rounded(b.ttft_ms),
          'ttfa_ms', firsttoken.rounded(b.ttfa_ms), 'tps', firsttoken.rounded(b.tps),
          'total_latency_ms', firsttoken.rounded(b.total_latency_ms),
          'cost_usd', firsttoken.rounded_cost(b.cost_usd::numeric)) as described
        from public.benchmark_results b
        where b.target_id = h.target_id and b.region is not distinct from h.region
          and b.series is not distinct from l.series and b.confirms is null and b.level is null
          and not (b.own_load or b.warmup or b.maintenance) and isfinite(b.created_at)
        order by b.created_at desc limit 1
      ) last_call on true
      cross join lateral (
        select h.target_id, p.slug as provider, h.model, h.region, h.state,
          firsttoken.to_second(h.since) as since, last_call.described as last, typical.medians as typical,
          sparkline.ttft as ttft_24h,
          coalesce(failures.by_slot, '[]') as failed_24h,
          coalesce(u.n_checks, array_fill(0, array[n_days])) as checks_90d,
          coalesce(u.n_failed, array_fill(0, array[n_days])) as failed_90d) present
    where (only_region is null or h.region = only_region)
      and (only_synthetic is null or only_synthetic = p.synthetic);
  return json_build_object(
    'generated_at', now(),
    'slots', jsonb_build_object('t0', slots_since, 'step_s', step, 'n', n_slots),
    'days', jsonb_build_object('t0', days_since, 'n', n_days),
    'schedules', firsttoken.describe_schedules(),
    'last_run', (
      select firsttoken.describe_run(r) from public.runs r
      where only_synthetic is null or r.synthetic = only_synthetic order by r.started_at desc limit 1),
    'providers', (
      select coalesce(
        jsonb_object_agg(p.slug, jsonb_build_object('name', p.name, 'synthetic', p.synthetic)), '{}')
      from public.providers p
      where exists (select from public.targets t where t.provider_id = p.id and t.active is not null)),
    'rows', coalesce(described, '[]'));
end $$;
