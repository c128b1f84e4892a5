-- Leaderboards, uptime and errors, from rollups.

-- The number of rows before a page of a list that is counted: its `after`.
create or replace function firsttoken.page_start(input jsonb) returns integer
language sql immutable parallel safe security invoker set search_path = '' as $$
  select greatest(coalesce((input ->> 'after')::integer, 0), 0)
$$;

-- The columns to group by: those that are asked for, or the usual ones. Others than the known are refused.
create or replace function firsttoken.group_columns(input jsonb, usual text[], known text[]) returns text[]
language plpgsql immutable security invoker set search_path = '' as $$
declare
  wanted text[] := usual;
begin
  if jsonb_typeof(input -> 'by') = 'array' then
    wanted := array(select jsonb_array_elements_text(input -> 'by'));
  elsif input ->> 'by' is not null then
    wanted := array[input ->> 'by'];
  end if;
  if not wanted <@ known or wanted = '{}' then
    raise exception using errcode = '22023',
      message = format('by may have %s', array_to_string(known, ', '));
  end if;
  return wanted;
end $$;

-- The tracks of {target_id, provider, model, region, series, synthetic}, each or null for any.
create or replace function firsttoken.find_tracks(input jsonb) returns setof public.tracks
language sql stable security invoker set search_path = '' as $$
  select k.* from public.tracks k
    where (input ->> 'target_id' is null or k.target_id = (input ->> 'target_id')::uuid)
      and (input ->> 'provider' is null or k.provider = input ->> 'provider')
      and (input ->> 'model' is null or k.model = input ->> 'model')
      and (input ->> 'region' is null or k.region = input ->> 'region')
      and (input ->> 'series' is null or k.series = input ->> 'series')
      and (firsttoken.check_synthetic(input) is null or k.synthetic = (input ->> 'synthetic')::boolean)
$$;

-- in: {period: 24h, 7d or 30d, or null for 7d, metric or null for all, provider, model, region, series,
-- synthetic: each or null, after, limit}. out: {rows, next}: the published leaderboards in the order of their
-- ranks. Ranks hold within one region and one series, real and synthetic apart.
create or replace function public.list_leaderboard(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  start constant integer := firsttoken.page_start(input);
  page_size constant integer := firsttoken.page_size(input, 500, 1000);
  wanted constant text := coalesce(input ->> 'period', '7d');
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_leaderboard', array['period', 'metric', 'provider', 'model',
    'region', 'series', 'synthetic', 'after', 'limit']);
  if wanted not in ('24h', '7d', '30d') then
    raise exception using errcode = '22023', message = 'period must be 24h, 7d or 30d';
  end if;
  if input ->> 'metric' not in ('ttft', 'ttfa', 'tps', 'latency', 'uptime', 'cost') then
    raise exception using errcode = '22023',
      message = 'metric must be ttft, ttfa, tps, latency, uptime or cost';
  end if;
  with ranked as (
    select s.period, s.metric, s.rank, s.rank_to, k.provider, k.model, k.target_id, t.parameters, k.region,
      k.series, k.synthetic, s.value, s.low, s.high, s.n, s.n_hours, s.n_days, s.mean, s.sd, s.p90, s.p95,
      s.p99, s.refreshed_at, row_number() over (order by s.metric, k.synthetic, k.region, k.series, s.rank,
        s.rank_to, k.provider, k.model, k.id) as position
    from public.target_summary s
      join firsttoken.find_tracks(input) k on k.id = s.track_id
      left join public.targets t on t.id = k.target_id
    where s.period = wanted and s.rank is not null
      and (input ->> 'metric' is null or s.metric = input ->> 'metric')
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(r) - 'position' order by r.position)
        filter (where r.position <= start + page_size), '[]'),
      'next', (max(start + page_size) filter (where r.position > start + page_size))::text)
    into page from ranked r where r.position > start and r.position <= start + page_size + 1;
  return page;
end $$;

-- in: {target_id, provider, model, region, synthetic: each or null, days: 1 to 400, or null for 90}. out:
-- {t0, n_days, rows}: by target and region, all series together, the checks of each day (UTC) and how many
-- failed, their sums, and the share that did not fail, rounded down so that 100 means no failure.
create or replace function public.list_uptime(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  n_days constant integer := least(greatest(coalesce((input ->> 'days')::integer, 90), 1), 400);
  since constant timestamptz := date_trunc('day', now()) - (n_days - 1) * interval '24 hours';
  lines jsonb;
begin
  perform firsttoken.check_keys(input, 'list_uptime', array['target_id', 'provider', 'model', 'region',
    'synthetic', 'days']);
  with days as (
    select k.target_id, k.provider, k.model, k.region, k.synthetic,
      (date_part('epoch', d.bucket - since) / 86400)::integer as day,
      sum(d.n_ok + d.n_provider)::integer as n_checks, sum(d.n_provider - d.n_cleared)::integer as n_failed
    from firsttoken.find_tracks(input) k join public.rollups_daily d on d.track_id = k.id
    where d.bucket >= since and d.bucket < since + n_days * interval '24 hours'
    group by k.target_id, k.provider, k.model, k.region, k.synthetic, d.bucket
  ), rows as (
    select d.target_id, d.provider, d.model, d.region, d.synthetic,
      sum(d.n_checks) as n_checks, sum(d.n_failed) as n_failed,
      firsttoken.spread(array_agg(d.day), array_agg(d.n_checks), n_days, 0) as checks,
      firsttoken.spread(array_agg(d.day), array_agg(d.n_failed), n_days, 0) as failed
    from days d group by d.target_id, d.provider, d.model, d.region, d.synthetic
  )
  select coalesce(jsonb_agg(to_jsonb(r) || jsonb_build_object('uptime_percent',
      floor(10000.0 * (r.n_checks - r.n_failed) / nullif(r.n_checks, 0)) / 100)
      order by r.provider, r.model, r.region, r.target_id), '[]')
    into lines from rows r;
  return jsonb_build_object('t0', since, 'n_days', n_days, 'rows', lines);
end $$;

-- in: {since or null for 7 days ago, until or null, target_id, provider, model, region, synthetic: each
-- or null, by: some of day, domain, kind, provider, model, region, or null for provider, model, domain,
-- kind, after, limit}. out: {rows, next, n_calls}: failures without rechecks, most first (by day: latest
-- first), and how many calls there were: of a target, or real ones unless synthetic ones are asked for. Since
-- is widened to its hour, or to its day (UTC) if until is more than 48 hours later.
create or replace function public.list_errors(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  start constant integer := firsttoken.page_start(input);
  page_size constant integer := firsttoken.page_size(input, 200, 1000);
  columns constant text[] := firsttoken.group_columns(input, array['provider', 'model', 'domain', 'kind'],
    array['day', 'domain', 'kind', 'provider', 'model', 'region']);
  until timestamptz := coalesce((input ->> 'until')::timestamptz, now());
  since timestamptz := coalesce((input ->> 'since')::timestamptz, until - interval '7 days');
  is_hourly constant boolean := until - since <= interval '48 hours';
  unit constant text := case when is_hourly then 'hour' else 'day' end;
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_errors', array['since', 'until', 'target_id', 'provider',
    'model', 'region', 'synthetic', 'by', 'after', 'limit']);
  since := date_trunc(unit, since);
  with buckets as materialized (
    select k.provider, k.model, k.region, k.synthetic, b.bucket, b.n_calls, b.errors
    from firsttoken.find_tracks(input) k
      cross join lateral (
        select h.bucket, h.n_calls, h.errors from public.rollups_hourly h
          where is_hourly and h.track_id = k.id and h.bucket >= since and h.bucket < until
        union all
        select d.bucket, d.n_calls, d.errors from public.rollups_daily d
          where not is_hourly and d.track_id = k.id and d.bucket >= since and d.bucket < until
      ) b
  ), grouped as (
    select case when 'day' = any (columns) then date_trunc('day', b.bucket) end as day, b.synthetic,
      case when 'provider' = any (columns) then b.provider end as provider,
      case when 'model' = any (columns) then b.model end as model,
      case when 'region' = any (columns) then b.region end as region,
      case when 'domain' = any (columns) then split_part(e.key, '.', 1) end as fault_domain,
      case when 'kind' = any (columns) then split_part(e.key, '.', 2) end as error_kind,
      sum(e.value::integer) as n
    from buckets b cross join lateral jsonb_each_text(b.errors) e
    where b.errors is not null
    group by 1, 2, 3, 4, 5, 6, 7
  ), numbered as (
    select g.*, row_number() over (order by g.day desc nulls last, g.n desc, g.provider, g.model, g.region,
      g.fault_domain, g.error_kind, g.synthetic) as position
    from grouped g
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(f) - 'position' order by f.position)
        filter (where f.position <= start + page_size), '[]'),
      'next', (max(start + page_size) filter (where f.position > start + page_size))::text,
      'n_calls', (
        select coalesce(sum(b.n_calls), 0) from buckets b
        where input ->> 'target_id' is not null
          or b.synthetic = coalesce((input ->> 'synthetic')::boolean, false)))
    into page from numbered f where f.position > start and f.position <= start + page_size + 1;
  return page;
end $$;
