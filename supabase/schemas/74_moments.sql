-- Single moments of a target: its results as points of a chart, and the periods in which it was down.

-- in: {target_id, or model and provider or null, region, series, synthetic: each or null, since, until: as
-- list_series has them, limit: 1 to 1500, or null for that}. out: {t0, more, lines, ids, line, at_ms, ttft,
-- ttfa, tps, latency, errors}: the first attempts of a time, oldest first, as columns. line is a place in
-- lines, at_ms counts from t0, an error is <fault_domain>.<error_kind>. A value is null if it is no sample.
-- more: there are more than the limit, which are left out.
create or replace function public.list_points(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 1500, 1500);
  span record;
  answer json;
begin
  perform firsttoken.check_keys(input, 'list_points', array['target_id', 'provider', 'model', 'region',
    'series', 'synthetic', 'since', 'until', 'limit']);
  select t.since, t.until into span from firsttoken.chart_time(input) t;
  with tracks as materialized (
    select k.*, row_number() over (order by k.provider, k.model, k.region, k.series, k.track_id) - 1 as place
    from firsttoken.chart_tracks(input) k
  ), found_points as (
    select t.place, i.id, i.created_at, i.error, i.ttft, i.ttfa, i.tps, i.latency
    from (select distinct k.target_id from tracks k) target
      cross join lateral (
        -- On its own, or the planner reads the results of everybody.
        select r.* from firsttoken.rollup_input r
        where r.target_id = target.target_id and r.created_at >= span.since and r.created_at < span.until
          and (r.is_ok or r.error is not null)
        offset 0
      ) i
      join tracks t on t.target_id = target.target_id and t.region is not distinct from i.region
        and t.series is not distinct from i.series and t.synthetic = i.synthetic
    order by i.created_at, i.id limit page_size + 1
  ), points as (
    select p.*, row_number() over (order by p.created_at, p.id) as position from found_points p
  ), shown as (
    select * from points p where p.position <= page_size
  )
  select json_build_object('t0', span.since, 'more', (select count(*) > page_size from points),
      'lines', (
        select coalesce(json_agg(json_build_object('target_id', t.target_id, 'provider', t.provider,
          'model', t.model, 'region', t.region, 'series', t.series, 'synthetic', t.synthetic)
          order by t.place), '[]')
        from tracks t),
      'ids', coalesce(json_agg(p.id order by p.position), '[]'),
      'line', coalesce(json_agg(p.place order by p.position), '[]'),
      'at_ms', coalesce(json_agg(round(1000 * date_part('epoch', p.created_at - span.since))
        order by p.position), '[]'),
      'ttft', coalesce(json_agg(firsttoken.rounded(p.ttft) order by p.position), '[]'),
      'ttfa', coalesce(json_agg(firsttoken.rounded(p.ttfa) order by p.position), '[]'),
      'tps', coalesce(json_agg(firsttoken.rounded(p.tps) order by p.position), '[]'),
      'latency', coalesce(json_agg(firsttoken.rounded(p.latency) order by p.position), '[]'),
      'errors', coalesce(json_agg(p.error order by p.position), '[]'))
    into answer from shown p;
  return answer;
end $$;

-- in: {target_id, or model and provider or null, region, synthetic: each or null, since, until: as in
-- list_series}. out: {rows}, latest first: the periods in which a target was down in a region, as
-- target_health has it: two checks or more failed in a row. since is the first that failed, last_failed_at
-- the last, until the first that succeeded again, or null if none has; errors counts the kinds. What began
-- more than 7 days before the time begins there. Checks are read where their hour has a failure: an hour
-- without one ends what was before.
create or replace function public.list_outages(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  targets uuid[];
  only_region constant text := input ->> 'region';
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  span record;
  rows jsonb;
begin
  perform firsttoken.check_keys(input, 'list_outages', array['target_id', 'provider', 'model', 'region',
    'synthetic', 'since', 'until']);
  targets := firsttoken.chart_targets(input);
  select t.since, t.until into span from firsttoken.chart_time(input) t;
  with hours as materialized (
    select k.target_id, k.region, h.bucket, sum(h.n_provider - h.n_cleared) as n_failed,
      sum(h.n_ok + h.n_cleared) as n_ok
    from public.tracks k join public.rollups_hourly h on h.track_id = k.id
    where k.target_id = any (targets) and (only_region is null or k.region = only_region)
      and (only_synthetic is null or k.synthetic = only_synthetic)
      and h.bucket >= date_trunc('hour', span.since - interval '7 days')
      and h.bucket < span.until + interval '7 days'
    group by k.target_id, k.region, h.bucket
  ), seen as (
    select h.target_id, h.region, c.created_at, c.ok, c.error_kind
    from hours h cross join lateral (
        -- On its own: joined, the planner reads the results of everybody.
        select k.created_at, k.ok, k.error_kind from public.checks k
        where k.target_id = h.target_id and k.region is not distinct from h.region
          and k.created_at >= h.bucket and k.created_at < h.bucket + interval '1 hour'
        offset 0
      ) c
    where h.n_failed > 0
    union all
    select h.target_id, h.region, h.bucket, true, null from hours h where h.n_failed = 0 and h.n_ok > 0
  ), spells as (
    -- Failures between the same two successes have the same number.
    select s.*, count(*) filter (where s.ok)
      over (partition by s.target_id, s.region order by s.created_at) as spell
    from seen s
  ), kinds as (
    select s.target_id, s.region, s.spell, coalesce(s.error_kind, 'unknown') as kind, count(*) as n,
      min(s.created_at) as since, max(s.created_at) as last_failed_at
    from spells s where not s.ok group by 1, 2, 3, 4
  ), outages as (
    select k.target_id, k.region, min(k.since) as since, max(k.last_failed_at) as last_failed_at,
      sum(k.n)::integer as n_failed, jsonb_object_agg(k.kind, k.n) as errors
    from kinds k group by k.target_id, k.region, k.spell having sum(k.n) > 1
  )
  select coalesce(jsonb_agg(jsonb_build_object('provider', p.slug, 'model', m.name, 'target_id', o.target_id,
      'region', o.region, 'synthetic', p.synthetic, 'since', o.since, 'last_failed_at', o.last_failed_at,
      'until', again.created_at, 'n_failed', o.n_failed, 'errors', o.errors)
      order by o.since desc, p.slug, m.name, o.region), '[]')
    into rows
    from outages o
      join public.targets t on t.id = o.target_id
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
      left join lateral (
        select c.created_at from public.checks c
        where c.target_id = o.target_id and c.region is not distinct from o.region and c.ok
          and c.created_at > o.last_failed_at
        order by c.created_at limit 1
      ) again on true
    where o.since < span.until and coalesce(again.created_at, o.last_failed_at) >= span.since;
  return jsonb_build_object('rows', rows);
end $$;
