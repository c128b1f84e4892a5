-- Rebuilding rollups from the raw rows.

-- Creates the missing tracks of all results from since to until.
create or replace function firsttoken.create_tracks(since timestamptz, until timestamptz) returns void
language sql security invoker set search_path = '' as $$
  insert into public.tracks (target_id, provider, model, series, region, synthetic)
    select distinct i.target_id, i.provider, i.model, i.series, i.region, i.synthetic
    from firsttoken.rollup_input i where i.created_at >= since and i.created_at < until
    -- Without those that exist: a conflict takes a number too, and there are two billion.
    except
    select t.target_id, t.provider, t.model, t.series, t.region, t.synthetic from public.tracks t
    on conflict (target_id, provider, model, series, region, synthetic) do nothing
$$;

-- The hourly rollups of some tracks from since to until, computed from the raw rows: what rollups_hourly must
-- hold. Null is all tracks. Planned for what is asked: a few tracks are a few index lookups.
create or replace function firsttoken.compute_hours(since timestamptz, until timestamptz, tracks integer[])
returns setof public.rollups_hourly
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return query
  with found_rows as (
    select t.id as track_id, i.*
    from firsttoken.rollup_input i
      -- The equalities allow a hash join, which `is not distinct from` does not.
      join public.tracks t
        on coalesce(t.target_id, '00000000-0000-0000-0000-000000000000')
          = coalesce(i.target_id, '00000000-0000-0000-0000-000000000000')
        and coalesce(t.provider, '') = coalesce(i.provider, '')
        and coalesce(t.model, '') = coalesce(i.model, '')
        and coalesce(t.series, '') = coalesce(i.series, '')
        and coalesce(t.region, '') = coalesce(i.region, '')
        and (t.provider, t.model, t.series, t.region, t.synthetic)
          is not distinct from (i.provider, i.model, i.series, i.region, i.synthetic)
    where tracks is null and i.created_at >= since and i.created_at < until
    union all
    select t.id, i.*
    from public.tracks t
      join firsttoken.rollup_input i on i.target_id = t.target_id
        and (t.provider, t.model, t.series, t.region, t.synthetic)
          is not distinct from (i.provider, i.model, i.series, i.region, i.synthetic)
    where t.id = any (tracks) and i.created_at >= since and i.created_at < until
    union all
    select t.id, i.*
    from public.tracks t
      join firsttoken.rollup_input i
        on (t.provider, t.model, t.series, t.region, t.synthetic)
          is not distinct from (i.provider, i.model, i.series, i.region, i.synthetic)
    where t.id = any (tracks) and t.target_id is null and i.target_id is null and i.created_at >= since
      and i.created_at < until
  )
  select f.track_id, f.bucket,
    count(*)::integer,
    count(*) filter (where f.is_answer)::integer,
    count(*) filter (where f.is_ok)::integer,
    count(*) filter (where f.is_provider)::integer,
    count(*) filter (where f.is_cleared)::integer,
    count(*) filter (where f.is_account)::integer,
    count(*) filter (where f.is_config)::integer,
    count(*) filter (where f.is_excluded)::integer,
    count(*) filter (where f.is_self)::integer,
    count(*) filter (where f.is_untrusted)::integer,
    count(*) filter (where f.is_cost_unknown)::integer,
    coalesce(sum(f.input_tokens), 0)::bigint,
    coalesce(sum(f.output_tokens), 0)::bigint,
    coalesce(sum(f.reasoning_tokens), 0)::bigint,
    coalesce(sum(f.cost_usd::numeric), 0),
    coalesce(sum(f.ttft::numeric), 0),
    coalesce(sum(f.ttfa::numeric), 0),
    coalesce(sum(f.tps::numeric), 0),
    coalesce(sum(f.latency::numeric), 0), (
      select jsonb_object_agg(counted.error, counted.n)
      from (
        select failed.error, count(*) as n
        from unnest(array_agg(f.error) filter (where f.error is not null)) failed (error)
        group by failed.error) counted),
    coalesce(array_agg(f.ttft::real order by f.ttft) filter (where f.ttft is not null), '{}'),
    coalesce(array_agg(f.ttfa::real order by f.ttfa) filter (where f.ttfa is not null), '{}'),
    coalesce(array_agg(f.tps::real order by f.tps) filter (where f.tps is not null), '{}'),
    coalesce(array_agg(f.latency::real order by f.latency) filter (where f.latency is not null), '{}')
  from found_rows f group by f.track_id, f.bucket;
end $$;

-- The quarters of an hour of some tracks (null: all) from since to until: what quarter_hours must hold.
create or replace function firsttoken.compute_quarter_hours(since timestamptz, until timestamptz,
  tracks integer[])
returns setof firsttoken.quarter_hours
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return query
  select t.id, firsttoken.quarter_hour_of(i.created_at), count(i.ttft)::integer,
    coalesce(sum(i.ttft), 0), (count(*) filter (where i.is_provider and not i.is_cleared))::integer
  from public.tracks t
    join firsttoken.rollup_input i on i.target_id = t.target_id
      and (t.provider, t.model, t.series, t.region, t.synthetic)
        is not distinct from (i.provider, i.model, i.series, i.region, i.synthetic)
  where (tracks is null or t.id = any (tracks)) and i.created_at < until
    and i.created_at >= greatest(since, now() - firsttoken.quarter_hours_kept())
    and (i.ttft is not null or i.is_provider and not i.is_cleared)
  group by 1, 2;
end $$;

-- The daily rollups (UTC) of some tracks (null: all) from since to until, computed from the hourly ones: what
-- rollups_daily must hold. A day can be rebuilt although some of its hours are final and their raw rows
-- deleted.
create or replace function firsttoken.compute_days(since timestamptz, until timestamptz, tracks integer[])
returns setof public.rollups_daily
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return query
  select h.track_id, date_trunc('day', h.bucket, 'UTC'),
    sum(h.n_calls)::integer,
    sum(h.n_answers)::integer,
    sum(h.n_ok)::integer,
    sum(h.n_provider)::integer,
    sum(h.n_cleared)::integer,
    sum(h.n_account)::integer,
    sum(h.n_config)::integer,
    sum(h.n_excluded)::integer,
    sum(h.n_self)::integer,
    sum(h.n_untrusted)::integer,
    sum(h.n_cost_unknown)::integer,
    sum(h.input_tokens)::bigint,
    sum(h.output_tokens)::bigint,
    sum(h.reasoning_tokens)::bigint,
    sum(h.cost_usd),
    sum(cardinality(h.ttft))::integer,
    sum(cardinality(h.ttfa))::integer,
    sum(cardinality(h.tps))::integer,
    sum(cardinality(h.latency))::integer,
    sum(h.ttft_sum),
    sum(h.ttfa_sum),
    sum(h.tps_sum),
    sum(h.latency_sum), (
      select jsonb_object_agg(counted.key, counted.n)
      from (
        select e.key, sum(e.value::integer) as n
        from unnest(array_agg(h.errors) filter (where h.errors is not null)) hour
          cross join lateral jsonb_each_text(hour) e
        group by e.key) counted)
  from public.rollups_hourly h
  where h.bucket >= since and h.bucket < until and (tracks is null or h.track_id = any (tracks))
  group by 1, 2;
end $$;

-- The samples of some tracks (null: all) on the days from since to until, collected from the hourly rollups.
create or replace function firsttoken.compute_samples(since timestamptz, until timestamptz, tracks integer[])
returns setof public.samples_daily
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
begin
  return query
  select h.track_id, date_trunc('day', h.bucket, 'UTC'),
    coalesce(array_agg(v.ttft order by v.ttft) filter (where v.ttft is not null), '{}'),
    coalesce(array_agg(v.ttfa order by v.ttfa) filter (where v.ttfa is not null), '{}'),
    coalesce(array_agg(v.tps order by v.tps) filter (where v.tps is not null), '{}'),
    coalesce(array_agg(v.latency order by v.latency) filter (where v.latency is not null), '{}')
  from public.rollups_hourly h
    cross join lateral unnest(h.ttft, h.ttfa, h.tps, h.latency) v (ttft, ttfa, tps, latency)
  where h.bucket >= since and h.bucket < until and (tracks is null or h.track_id = any (tracks))
  group by 1, 2;
end $$;

-- Rebuilds all hours of some tracks (null: all) from since to through (both included) from the raw rows, and
-- their days from the hours, once lock_to_rebuild has them. Hours whose raw rows may be pruned stay as they
-- are. Returns the first rebuilt hour, null if all are final.
create or replace function firsttoken.rebuild_range(since timestamptz, through timestamptz, tracks integer[])
returns timestamptz
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  first_hour timestamptz;
  end_hour constant timestamptz := date_trunc('hour', through, 'UTC') + interval '1 hour';
  first_day timestamptz;
  end_day timestamptz;
begin
  select greatest(date_trunc('hour', since, 'UTC'), r.pruned_until) into strict first_hour
    from public.retention r;
  if first_hour >= end_hour then
    return null;
  end if;
  first_day := date_trunc('day', first_hour, 'UTC');
  end_day := date_trunc('day', end_hour - interval '1 hour', 'UTC') + interval '24 hours';
  if tracks is null then
    perform firsttoken.create_tracks(first_hour, end_hour);
  end if;
  delete from public.rollups_hourly h
    where h.bucket >= first_hour and h.bucket < end_hour and (tracks is null or h.track_id = any (tracks));
  -- Ordered by time, as recording writes them: rows that are queried together are stored together.
  insert into public.rollups_hourly select h.* from firsttoken.compute_hours(first_hour, end_hour, tracks) h
    order by h.bucket, h.track_id;
  delete from firsttoken.quarter_hours q
    where q.bucket >= first_hour and q.bucket < end_hour and (tracks is null or q.track_id = any (tracks));
  insert into firsttoken.quarter_hours
    select q.* from firsttoken.compute_quarter_hours(first_hour, end_hour, tracks) q
    order by q.bucket, q.track_id;
  delete from public.rollups_daily d
    where d.bucket >= first_day and d.bucket < end_day and (tracks is null or d.track_id = any (tracks));
  insert into public.rollups_daily select d.* from firsttoken.compute_days(first_day, end_day, tracks) d
    order by d.bucket, d.track_id;
  delete from public.samples_daily s
    where s.bucket >= first_day and s.bucket < end_day and (tracks is null or s.track_id = any (tracks));
  insert into public.samples_daily select s.* from firsttoken.compute_samples(first_day, end_day, tracks) s
    order by s.bucket, s.track_id;
  return first_hour;
end $$;

-- Rebuilds the hours of results that were changed or deleted, for their tracks alone, day by day, and of the
-- results they recheck, for which the day before is locked too. Pruned hours are final: deleting their rows
-- changes nothing here.
create or replace function firsttoken.rebuild_changed(moments timestamptz[], changed public.tracks[],
  rechecked uuid[])
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  before constant interval :=
    case when cardinality(rechecked) > 0 then interval '24 hours' else interval '0' end;
  open_moments timestamptz[];
  tracks integer[];
  touched record;
begin
  -- Nothing becomes final until this transaction ends.
  perform 1 from public.retention for share;
  open_moments := array(
    select m.moment
    from (
      select unnest(moments) as moment
      union all
      select b.created_at from public.benchmark_results b where b.id = any (rechecked)) m
    where m.moment >= (select r.pruned_until from public.retention r));
  if open_moments = '{}' then
    return;
  end if;
  select array_agg(firsttoken.get_or_create_track(wanted.track)) into tracks
    from (
      select c as track from unnest(changed) c
      union
      select row(null, b.target_id, b.provider, b.model, b.series, b.region, b.synthetic)::public.tracks
        from public.benchmark_results b where b.id = any (rechecked)
      order by 1) wanted;
  perform firsttoken.lock_to_rebuild(
    array(select unnest(array[moment - before, moment]) from unnest(open_moments) moment), tracks);
  for touched in
    select min(found.moment) as since, max(found.moment) as through
    from (
      select unnest(moments) as moment
      union all
      select b.created_at from public.benchmark_results b where b.id = any (rechecked)) found
    where isfinite(found.moment) and found.moment >= (select r.pruned_until from public.retention r)
    group by date_trunc('day', found.moment, 'UTC') order by 1
  loop
    perform firsttoken.rebuild_range(touched.since, touched.through, tracks);
  end loop;
end $$;

-- in: {since, until}. out: {since, until, rebuilt_from}: rebuilds the hours from since to until (exclusive).
-- rebuilt_from is later than since if raw rows were pruned, and null if all were.
create or replace function public.rebuild_rollups(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  since constant timestamptz := date_trunc('hour', (input ->> 'since')::timestamptz);
  until constant timestamptz :=
    date_trunc('hour', (input ->> 'until')::timestamptz - interval '1 microsecond') + interval '1 hour';
begin
  if since is null or until is null or since >= until or not isfinite(since)
    or until - since > interval '3700 days' then
    raise exception using errcode = '22023',
      message = 'rebuild_rollups needs since and until, since before until, ten years apart at most';
  end if;
  perform firsttoken.lock_days(since, until - interval '1 microsecond', true);
  return jsonb_build_object('since', since, 'until', until,
    'rebuilt_from', firsttoken.rebuild_range(since, until - interval '1 microsecond', null));
end $$;
