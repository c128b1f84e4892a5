-- Gaps, comparisons, and what else a screen lists: providers and calibrations.

-- in: {schedule, since: each or null, after, limit}. out: {rows, next}: the slots without a run of run_gaps,
-- latest first.
create or replace function public.list_gaps(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  start constant integer := firsttoken.page_start(input);
  page_size constant integer := firsttoken.page_size(input, 200, 1000);
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_gaps', array['schedule', 'since', 'after', 'limit']);
  with numbered as (
    select g.*, row_number() over (order by g.since desc, g.schedule, g.until desc) as position
    from public.run_gaps g
    where (input ->> 'schedule' is null or g.schedule = input ->> 'schedule')
      and g.until >= coalesce((input ->> 'since')::timestamptz, '-infinity')
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(f) - 'position' order by f.position)
        filter (where f.position <= start + page_size), '[]'),
      'next', (max(start + page_size) filter (where f.position > start + page_size))::text)
    into page from numbered f where f.position > start and f.position <= start + page_size + 1;
  return page;
end $$;

-- in: {before, after: ids of runs}. out: {before, after: the runs, rows}: both runs by target, region and
-- series, as compare_runs has them.
create or replace function public.read_comparison(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  first_run public.runs;
  second_run public.runs;
begin
  perform firsttoken.check_keys(input, 'read_comparison', array['before', 'after']);
  first_run := firsttoken.get_run((input ->> 'before')::uuid);
  second_run := firsttoken.get_run((input ->> 'after')::uuid);
  return jsonb_build_object(
    'before', firsttoken.describe_run(first_run), 'after', firsttoken.describe_run(second_run),
    'rows', (
      select coalesce(jsonb_agg(to_jsonb(c) order by c.provider, c.model, c.region, c.series), '[]')
      from public.compare_runs(first_run.id, second_run.id) c));
end $$;

-- What a model is called everywhere: its name in lower case, from the last / on, without an ending such as
-- :free.
create or replace function firsttoken.bare_name(model text) returns text
language sql immutable parallel safe security invoker set search_path = '' as $$
  select regexp_replace(regexp_replace(lower(model), '^.*/', ''), ':[a-z]+$', '')
$$;

-- in: {model, period: 24h, 7d or 30d, or null for 7d, region, synthetic: each or null}. out: {model, period,
-- rows}: the same model wherever it is served, by target, region and series: what the leaderboards have of
-- each metric, published or not, and its price in force. Compare only rows of one region and one series.
create or replace function public.compare_model(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  wanted constant text := coalesce(input ->> 'period', '7d');
  bare constant text := firsttoken.bare_name(input ->> 'model');
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
begin
  perform firsttoken.check_keys(input, 'compare_model', array['model', 'period', 'region', 'synthetic']);
  perform firsttoken.check_name(input -> 'model', 'the model');
  if wanted not in ('24h', '7d', '30d') then
    raise exception using errcode = '22023', message = 'period must be 24h, 7d or 30d';
  end if;
  return jsonb_build_object('model', bare, 'period', wanted, 'rows', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'provider', o.provider, 'model', o.model, 'target_id', o.target_id, 'parameters', t.parameters,
        'region', o.region, 'series', o.series, 'synthetic', o.synthetic, 'metrics', o.metrics,
        'refreshed_at', o.refreshed_at, 'price', firsttoken.describe_price(public.latest_price(t.model_id)))
        order by o.synthetic, o.region, o.series, o.ttft, o.provider, o.model, o.id), '[]')
    from (
      select k.id, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic,
        max(s.refreshed_at) as refreshed_at, max(s.value) filter (where s.metric = 'ttft') as ttft,
        jsonb_object_agg(s.metric, jsonb_build_object('value', s.value, 'low', s.low, 'high', s.high,
          'n', s.n, 'p95', s.p95, 'rank', s.rank, 'rank_to', s.rank_to)) as metrics
      from public.target_summary s join public.tracks k on k.id = s.track_id
      where s.period = wanted and firsttoken.bare_name(k.model) = bare
        and (input ->> 'region' is null or k.region = input ->> 'region')
        and (only_synthetic is null or k.synthetic = only_synthetic)
      group by k.id
    ) o left join public.targets t on t.id = o.target_id));
end $$;

-- in: {synthetic or null}. out: {rows}: every provider with counts of its models and targets, its last call
-- and its last sync. Whether its key is set is not known here.
create or replace function public.list_providers(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
begin
  perform firsttoken.check_keys(input, 'list_providers', array['synthetic']);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'id', p.slug, 'name', p.name, 'base_url', p.base_url, 'logo_url', p.logo_url,
        'synthetic', p.synthetic, 'penalty_until', p.penalty_until, 'created_at', p.created_at,
        'n_models', models.n, 'n_available', models.n_available, 'n_targets', targets.n,
        'n_active', targets.n_active, 'last_call_at', targets.last_call_at,
        'last_sync', to_jsonb(last_sync)) order by p.slug), '[]')
    from public.providers p
      cross join lateral (
        select count(*) as n, count(*) filter (where m.available) as n_available
        from public.models m where m.provider_id = p.id
      ) models
      cross join lateral (
        select count(*) as n, count(*) filter (where t.active) as n_active,
          max(latest.created_at) as last_call_at
        from public.targets t
          left join lateral (
            select b.created_at from public.benchmark_results b
            where b.target_id = t.id order by b.created_at desc limit 1
          ) latest on true
        where t.provider_id = p.id
      ) targets
      left join lateral (
        select s.started_at, s.status, s.reason, s.n_listed, s.n_chat from public.syncs s
        where s.provider_id = p.id order by s.started_at desc limit 1
      ) last_sync on true
    where p.slug is not null and (only_synthetic is null or p.synthetic = only_synthetic)));
end $$;

-- in: {host or null for all}. out: {rows}: the latest calibration of each host at each concurrency.
create or replace function public.list_calibrations(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'list_calibrations', array['host']);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(to_jsonb(latest) order by latest.host, latest.concurrency), '[]')
    from (
      select distinct on (c.host, c.concurrency) c.* from public.calibrations c
      where input ->> 'host' is null or c.host = input ->> 'host'
      order by c.host, c.concurrency, c.created_at desc
    ) latest));
end $$;
