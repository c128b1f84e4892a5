-- Lines of charts: one metric of a target over time, as columns.

-- The targets that a chart asks for: target_id, or those of a model, at a provider or everywhere.
create or replace function firsttoken.chart_targets(input jsonb) returns uuid[]
language plpgsql stable security invoker set search_path = '' as $$
declare
  target constant uuid := input ->> 'target_id';
begin
  if target is not null then
    if not exists (select from public.targets t where t.id = target) then
      raise exception using errcode = 'P0002',
        message = format('there is no target %s: list_models shows those that there are', target);
    end if;
    return array[target];
  elsif input ->> 'model' is not null then
    return firsttoken.find_targets(input ->> 'provider', input ->> 'model');
  end if;
  raise exception using errcode = '22023', message = 'a chart needs a target_id, or a model';
end $$;

-- The tracks of these targets in one region or all (null), of one series or the current one of each (null),
-- real or synthetic or both (null).
create or replace function firsttoken.chart_tracks(input jsonb)
returns table (track_id integer, target_id uuid, provider text, model text, region text, series text,
  synthetic boolean)
language plpgsql stable security invoker set search_path = '' as $$
declare
  targets constant uuid[] := firsttoken.chart_targets(input);
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
begin
  return query
  select k.id, k.target_id, k.provider, k.model, k.region, k.series, k.synthetic
  from public.tracks k
  where k.target_id = any (targets)
    and (input ->> 'region' is null or k.region = input ->> 'region')
    and (only_synthetic is null or k.synthetic = only_synthetic)
    and case when input ->> 'series' is not null then k.series = input ->> 'series'
      else k.id in (select c.track_id from firsttoken.current_tracks(targets) c) end
  order by k.provider, k.model, k.region, k.id
  limit 100;
end $$;

-- From a first to a last moment, as a chart takes them: until now and the 24 hours before if left out. Others
-- than moments in order, ten years apart at most, are refused.
create or replace function firsttoken.chart_time(input jsonb, out since timestamptz, out until timestamptz)
language plpgsql stable security invoker set search_path = '' as $$
begin
  until := coalesce((input ->> 'until')::timestamptz, now());
  since := coalesce((input ->> 'since')::timestamptz, until - interval '24 hours');
  if not (isfinite(since) and isfinite(until) and since < until)
    or until - since > interval '3700 days' then
    raise exception using errcode = '22023',
      message = 'since must be before until, ten years apart at most';
  end if;
end $$;

-- How many seconds apart the points of a chart are: the shortest step of which the width has room for all. Up
-- to 48 hours that may be the interval of the schedule, else an hour, six, or a day.
create or replace function firsttoken.chart_step(since timestamptz, until timestamptz, width integer)
returns integer
language plpgsql stable security invoker set search_path = '' as $$
declare
  span constant double precision := date_part('epoch', until - since);
  slot integer;
begin
  select date_part('epoch', r.late_at - r.slot)::integer into slot from public.runs r
    where r.slot is not null and r.late_at is not null order by r.started_at desc limit 1;
  return coalesce(
    (select min(steps.step) from unnest(array[coalesce(slot, 900), 3600, 21600]) steps (step)
      where steps.step >= 60 and span / steps.step <= width
        and (steps.step in (3600, 21600) or steps.step < 3600 and span <= 48 * 3600)),
    86400);
end $$;

-- The points of some tracks: from results if the step is less than an hour, else from rollups. n counts the
-- samples of a metric; failed, the checks that failed and no recheck cleared. A place without a call has no
-- point. p95 is null below its minimum of 59 samples.
create or replace function firsttoken.chart_points(tracks integer[], metric text, since timestamptz,
  until timestamptz, step integer)
returns table (track_id integer, place integer, n integer, p50 double precision, p95 double precision,
  failed integer)
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  if step < 3600 then
    return query
    select k.id, floor(date_part('epoch', i.created_at - since) / step)::integer, count(v.value)::integer,
      percentile_cont(0.5) within group (order by v.value),
      case when count(v.value) >= 59 then percentile_cont(0.95) within group (order by v.value) end,
      (count(*) filter (where i.is_provider and not i.is_cleared))::integer
    from public.tracks k
      join firsttoken.rollup_input i on i.target_id = k.target_id
        and i.region is not distinct from k.region and i.series is not distinct from k.series
        and i.synthetic = k.synthetic
      cross join lateral (
        select case metric when 'ttft' then i.ttft when 'ttfa' then i.ttfa when 'tps' then i.tps
          else i.latency end as value) v
    where k.id = any (tracks) and i.created_at >= since and i.created_at < until
      and (i.is_ok or i.error is not null)
    group by 1, 2;
  elsif step = 3600 then
    return query
    -- Few hours have enough samples for a p95: not to ask takes a third of the time.
    select h.track_id, (date_part('epoch', h.bucket - since) / step)::integer, cardinality(v.samples),
      firsttoken.percentile_of(v.samples, 0.5),
      case when cardinality(v.samples) >= 59 then firsttoken.published_percentile(v.samples, 0.95) end,
      h.n_provider - h.n_cleared
    from public.rollups_hourly h
      cross join lateral (
        select case metric when 'ttft' then h.ttft when 'ttfa' then h.ttfa when 'tps' then h.tps
          else h.latency end as samples) v
    where h.track_id = any (tracks) and h.bucket >= since and h.bucket < until;
  elsif step < 86400 then
    return query
    with hours as (
      select h.track_id, floor(date_part('epoch', h.bucket - since) / step)::integer as place,
        h.n_provider - h.n_cleared as failed,
        case metric when 'ttft' then h.ttft when 'ttfa' then h.ttfa when 'tps' then h.tps
          else h.latency end as samples
      from public.rollups_hourly h
      where h.track_id = any (tracks) and h.bucket >= since and h.bucket < until
    ), merged as (
      select h.track_id, h.place,
        coalesce(array_agg(v order by v) filter (where v is not null), '{}') as samples
      from hours h left join lateral unnest(h.samples) v on true group by h.track_id, h.place
    ), summed as (
      select h.track_id, h.place, sum(h.failed)::integer as failed from hours h group by h.track_id, h.place
    )
    select m.track_id, m.place, cardinality(m.samples), firsttoken.percentile_of(m.samples, 0.5),
      firsttoken.published_percentile(m.samples, 0.95), s.failed
    from merged m join summed s on s.track_id = m.track_id and s.place = m.place;
  else
    return query
    select d.track_id, (date_part('epoch', d.bucket - since) / step)::integer,
      coalesce(cardinality(v.samples), 0), firsttoken.percentile_of(v.samples, 0.5),
      firsttoken.published_percentile(v.samples, 0.95), d.n_provider - d.n_cleared
    from public.rollups_daily d
      left join public.samples_daily s on s.track_id = d.track_id and s.bucket = d.bucket
      cross join lateral (
        select case metric when 'ttft' then s.ttft when 'ttfa' then s.ttfa when 'tps' then s.tps
          else s.latency end as samples) v
    where d.track_id = any (tracks) and d.bucket >= since and d.bucket < until;
  end if;
end $$;

-- in: {target_id, or model and provider or null, region, series, synthetic: each or null, metric: ttft, ttfa,
-- tps or latency, since, until or null for now, width: points wanted, or null for 500}. out: {metric, t0,
-- step_s, n_points, lines}: each line is a target in a region and a series, with the columns n, p50, p95 and
-- failed. The range is widened to whole steps. Where nothing was called every column is null; where nothing
-- was a sample, p50 is.
create or replace function public.list_series(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  metric constant text := coalesce(input ->> 'metric', 'ttft');
  width constant integer := least(greatest(coalesce((input ->> 'width')::integer, 500), 1), 5000);
  since timestamptz;
  until timestamptz;
  step integer;
  n_points integer;
  lines json;
begin
  perform firsttoken.check_keys(input, 'list_series', array['target_id', 'provider', 'model', 'region',
    'series', 'synthetic', 'metric', 'since', 'until', 'width']);
  if metric not in ('ttft', 'ttfa', 'tps', 'latency') then
    raise exception using errcode = '22023', message = 'metric must be ttft, ttfa, tps or latency';
  end if;
  select t.since, t.until into since, until from firsttoken.chart_time(input) t;
  step := firsttoken.chart_step(since, until, width);
  since := to_timestamp(floor(date_part('epoch', since) / step) * step);
  until := to_timestamp(ceil(date_part('epoch', until) / step) * step);
  n_points := round(date_part('epoch', until - since) / step);
  with tracks as materialized (
    select * from firsttoken.chart_tracks(input)
  ), columns as (
    select p.track_id, firsttoken.spread(array_agg(p.place), array_agg(p.n), n_points, null::integer) as n,
      firsttoken.spread(array_agg(p.place), array_agg(firsttoken.rounded(p.p50)), n_points,
        null::numeric) as p50,
      firsttoken.spread(array_agg(p.place), array_agg(firsttoken.rounded(p.p95)), n_points,
        null::numeric) as p95,
      firsttoken.spread(array_agg(p.place), array_agg(p.failed), n_points, null::integer) as failed
    from firsttoken.chart_points(array(select t.track_id from tracks t), metric, since, until, step) p
    group by p.track_id
  )
  select coalesce(json_agg(json_build_object('target_id', t.target_id, 'provider', t.provider,
      'model', t.model, 'region', t.region, 'series', t.series, 'synthetic', t.synthetic, 'n', c.n,
      'p50', c.p50, 'p95', c.p95, 'failed', c.failed) order by t.provider, t.model, t.region, t.series), '[]')
    into lines
    from tracks t join columns c on c.track_id = t.track_id;
  return json_build_object('metric', metric, 't0', since, 'step_s', step, 'n_points', n_points,
    'lines', lines);
end $$;
