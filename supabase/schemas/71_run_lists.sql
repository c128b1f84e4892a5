-- Lists of runs, newest first, and what pages of lists share.

-- The size of a page: what is asked for, within 1 and most, or the usual.
create or replace function firsttoken.page_size(input jsonb, usual integer, most integer) returns integer
language sql immutable parallel safe security invoker set search_path = '' as $$
  select least(greatest(coalesce((input ->> 'limit')::integer, usual), 1), most)
$$;

-- Where a page ended: `next`, a moment and an id. The following page is found even if that row is gone.
create or replace function firsttoken.cursor_of(moment timestamptz, id uuid) returns text
language sql stable parallel safe security invoker set search_path = '' set timezone = 'UTC' as $$
  select (to_jsonb(moment) #>> '{}') || '/' || id
$$;

-- Where a page begins that goes on after one; (infinity, the last id) for the first page of those that run
-- from the newest to the oldest.
create or replace function firsttoken.parse_cursor(after text, out moment timestamptz, out id uuid)
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  moment := coalesce(split_part(after, '/', 1)::timestamptz, 'infinity');
  id := coalesce(split_part(after, '/', 2)::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
end $$;

-- The targets of a provider, of a model, or of both; null if neither is asked for.
create or replace function firsttoken.find_targets(provider text, model text) returns uuid[]
language plpgsql stable security invoker set search_path = '' as $$
begin
  if provider is null and model is null then
    return null;
  end if;
  return array(
    select t.id
    from public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
    where (find_targets.provider is null or p.slug = find_targets.provider)
      and (find_targets.model is null or m.name = find_targets.model));
end $$;

-- The names of what runs call, of the first 25 targets of each: {providers: [slug], models: [name]}. All of a
-- page at once, which takes a fourth of the time of one after another.
create or replace function firsttoken.names_of_runs(ids uuid[]) returns table (run_id uuid, names jsonb)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
  select called.run_id, jsonb_build_object(
      'providers', coalesce(jsonb_agg(distinct p.slug) filter (where p.slug is not null), '[]'),
      'models', coalesce(jsonb_agg(distinct m.name) filter (where m.name is not null), '[]'))
    from (
      select wanted as run_id, first_ones.target_id
      from unnest(ids) wanted left join lateral (
        select planned.target_id from public.probes planned
        where planned.run_id = wanted and planned.iteration = 1 order by planned.ordinal limit 25
      ) first_ones on true
    ) called
      left join public.targets t on t.id = called.target_id
      left join public.models m on m.id = t.model_id
      left join public.providers p on p.id = t.provider_id
    group by called.run_id;
end $$;

-- The words of a search, each with the targets whose provider or model it is in. The rarest come first: with
-- them most runs are ruled out.
create or replace function firsttoken.words_of(q text) returns table (word text, targets uuid[])
language sql stable security invoker set search_path = '' as $$
  select w.word, array_agg(t.id) filter (where t.id is not null)
  from (select distinct regexp_split_to_table(lower(trim(q)), '\s+') as word) w
    left join (public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id)
      on strpos(lower(concat_ws(' ', p.slug, p.name, m.name)), w.word) > 0
  where w.word <> ''
  group by w.word order by count(t.id)
$$;

-- in: {provider, model, mode, trigger, status, synthetic, since, until: each or null, q: text or null, after:
-- next of the page before or null, limit}; since is inclusive, until exclusive, both of started_at. q: words
-- that must all be in what a run is called, in its id, schedule, mode, trigger, region, status or its reason,
-- in a provider or model that it calls, or in the kind of one of its errors. out: {rows, next}, newest first:
-- runs with the providers and models they call, without settings.
create or replace function public.list_runs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 200);
  targets constant uuid[] := firsttoken.find_targets(input ->> 'provider', input ->> 'model');
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  seen record;
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_runs', array['provider', 'model', 'mode', 'trigger', 'status',
    'synthetic', 'since', 'until', 'q', 'after', 'limit']);
  select * into seen from firsttoken.parse_cursor(input ->> 'after');
  with words as materialized (
    select w.* from firsttoken.words_of(input ->> 'q') w
  ), found_rows as materialized (
    select r as run, r.started_at, r.id from public.runs r
    where (r.started_at, r.id) < (seen.moment, seen.id)
      and r.started_at >= coalesce((input ->> 'since')::timestamptz, '-infinity')
      and r.started_at < coalesce((input ->> 'until')::timestamptz, 'infinity')
      and (input ->> 'mode' is null or r.mode = input ->> 'mode')
      and (input ->> 'trigger' is null or r.triggered_by = input ->> 'trigger')
      and (input ->> 'status' is null or r.status = input ->> 'status')
      and (only_synthetic is null or r.synthetic = only_synthetic)
      -- A subquery and no join, which would read every probe of these targets for a page of runs.
      and (targets is null or (
        select true from public.probes p where p.run_id = r.id and p.target_id = any (targets) limit 1))
      -- No word is nowhere. Each place is one look-up, and the next is looked at only if it is not there.
      and (
        select true from words w
        where strpos(lower(concat_ws(' ', r.id, r.run_name, r.schedule, r.mode, r.triggered_by, r.region,
            r.status, r.status_reason)), w.word) = 0
          and (select true from public.probes p
            where p.run_id = r.id and p.target_id = any (w.targets) limit 1) is null
          and (select true from public.benchmark_results b
            where b.run_id = r.id and not b.success and strpos(b.error_kind, w.word) > 0 limit 1) is null
        limit 1) is null
    order by r.started_at desc, r.id desc limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.started_at desc, f.id desc) as position,
      count(*) over () as available
    from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(firsttoken.describe_run(n.run) || called.names order by n.position), '[]'),
      'next', max(firsttoken.cursor_of(n.started_at, n.id))
        filter (where n.position = page_size and n.available > page_size))
    into page
    from numbered n
      join firsttoken.names_of_runs(array(select f.id from found_rows f)) called on called.run_id = n.id
    where n.position <= page_size;
  return page;
end $$;

-- The level of a sweep that gave most answers per second, from when the first call that counts was due or
-- sent to the last end: {level, requests_per_s}; null without an answer.
create or replace function firsttoken.best_level(run_id uuid) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object('level', l.level, 'requests_per_s', l.n * 1000 / l.ms)
  from (
    select b.level, count(*) filter (where b.success) as n,
      max(c.sent_ms + b.total_latency_ms)
        - min(coalesce(extract(epoch from b.scheduled_at) * 1000, c.sent_ms)) as ms
    from public.benchmark_results b,
      lateral (select extract(epoch from b.started_at) * 1000 + coalesce(b.queue_ms, 0)
        + coalesce(b.connect_ms, 0) as sent_ms) c
    where b.run_id = best_level.run_id and not b.warmup and b.level is not null
    group by b.level
  ) l
  where l.n > 0 and l.ms > 0
  order by l.n / l.ms desc, l.level limit 1
$$;

-- in: {provider, model, status, synthetic, since, until, after, limit} as list_runs takes them. out: {rows,
-- next}, newest first: each {run, providers, models, objectives, levels, best}.
create or replace function public.list_sweeps(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_sweeps', array['provider', 'model', 'status', 'synthetic',
    'since', 'until', 'after', 'limit']);
  page := public.list_runs(input || jsonb_build_object('mode', 'sweep',
    'limit', firsttoken.page_size(input, 20, 50)));
  return page || jsonb_build_object('rows', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'run', listed.run - 'providers' - 'models',
        'providers', listed.run -> 'providers', 'models', listed.run -> 'models',
        'objectives', coalesce(r.settings -> 'objectives', '{}'),
        'levels', coalesce(r.settings -> 'levels', '[]'),
        'best', firsttoken.best_level(r.id)) order by listed.position), '[]')
      from jsonb_array_elements(page -> 'rows') with ordinality listed (run, position)
        join public.runs r on r.id = (listed.run ->> 'id')::uuid));
end $$;

-- in: {id, after: next of the page before or null, limit}. out: {columns: names, rows: [[value of each
-- column]], next}: what describes the results of a sweep, by level. Names and the rest of each row would be
-- most of what is read of 100,000 results. worker tells those of one worker from those of another.
create or replace function public.list_sweep_results(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run constant public.runs := firsttoken.get_run((input ->> 'id')::uuid);
  seen_level constant integer := coalesce(split_part(input ->> 'after', '/', 1)::integer, -1);
  seen_id constant uuid := coalesce(split_part(input ->> 'after', '/', 2)::uuid,
    'ffffffff-ffff-ffff-ffff-ffffffffffff');
  page_size constant integer := firsttoken.page_size(input, 20000, 20000);
  page json;
begin
  perform firsttoken.check_keys(input, 'list_sweep_results', array['id', 'after', 'limit']);
  select json_build_object(
      'columns', json_build_array(
        'level', 'iteration', 'series', 'warmup', 'scheduled_at', 'late_ms', 'started_at', 'queue_ms',
        'connect_ms', 'success', 'error_kind', 'ttft_ms', 'ttfa_ms', 'tpot_ms', 'itl_p95_ms',
        'total_latency_ms', 'input_tokens', 'output_tokens', 'cached_tokens', 'context_tokens',
        'context_tokens_counted', 'parameters', 'prompt_hash', 'cost_usd', 'timing_quality', 'lag_p99_ms',
        'region', 'itl_p50_ms', 'error_message', 'worker'),
      'rows', coalesce(json_agg(p.cells order by p.level, p.id), '[]'),
      'next', case when count(*) = page_size then max(p.level) || '/' || (
        array_agg(p.id order by p.level desc, p.id desc))[1] end)
    into page
    from (
      select b.level, b.id, json_build_array(
          b.level, b.iteration, b.series, b.warmup, b.scheduled_at, b.late_ms, b.started_at, b.queue_ms,
          b.connect_ms, b.success, b.error_kind, b.ttft_ms, b.ttfa_ms, b.tpot_ms, b.itl_p95_ms,
          b.total_latency_ms, b.input_tokens, b.output_tokens, b.cached_tokens, b.context_tokens,
          b.context_tokens_counted, b.parameters, b.prompt_hash, b.cost_usd, b.timing_quality, b.lag_p99_ms,
          b.region, b.itl_p50_ms, b.error_message, (
            select left(md5(p.lease_owner), 8) from public.probes p where p.id = b.probe_id)) as cells
      from public.benchmark_results b
      where b.run_id = run.id and (b.level, b.id) > (seen_level, seen_id)
      order by b.level, b.id limit page_size) p;
  return page;
end $$;
