-- Runs as suites, for clients of an earlier API: the same runs under other names. What such clients call ttfb
-- is the time to the first token, so the fields of that name hold TTFT.

-- completed: it ended by itself, with whatever results. failed: cancelled, abandoned or missed.
create or replace function firsttoken.suite_status(status text) returns text
language sql immutable parallel safe security invoker set search_path = '' as $$
  select case when status in ('running', 'queued') then 'running'
    when status = 'finished' then 'completed' else 'failed' end
$$;

-- A run as a suite. Of several providers or models the name is `multi`. Percentiles are given whatever the
-- number of samples is, as in a run's report: p95 means something from 59 on, p99 from 299.
create or replace function firsttoken.describe_suite(run public.runs, with_texts boolean) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  names constant jsonb := (select n.names from firsttoken.names_of_runs(array[run.id]) n);
  figures record;
begin
  select avg(f.ttft_ms) as avg_ttft, avg(f.tps) as avg_tps, avg(f.total_latency_ms) as avg_latency,
      percentile_cont(array[0.5, 0.95, 0.99]) within group (order by f.ttft_ms) as ttft,
      sum(f.input_tokens) as input_tokens, sum(f.output_tokens) as output_tokens,
      count(*) filter (where not f.success and f.is_first) as n_failed
    into figures
    from firsttoken.run_figures f where f.run_id = run.id;
  return jsonb_build_object(
    'id', run.id, 'mode', run.mode,
    'provider_id', case when jsonb_array_length(names -> 'providers') > 1 then 'multi'
      else names #>> '{providers,0}' end,
    'model', case when jsonb_array_length(names -> 'models') > 1 then 'multi' else names #>> '{models,0}' end,
    'num_runs', (
      select coalesce(max(p.iteration), 0) from public.probes p
      where p.run_id = run.id and p.confirms is null),
    'concurrency', coalesce((run.settings ->> 'concurrency')::integer, 1),
    'max_tokens', run.settings -> 'max_tokens', 'temperature', run.settings -> 'temperature',
    'status', firsttoken.suite_status(run.status), 'created_at', run.started_at,
    'completed_at', run.finished_at, 'synthetic', run.synthetic,
    'avg_ttfb_ms', figures.avg_ttft, 'p50_ttfb_ms', figures.ttft[1], 'p95_ttfb_ms', figures.ttft[2],
    'p99_ttfb_ms', figures.ttft[3], 'avg_tps', figures.avg_tps, 'avg_latency_ms', figures.avg_latency,
    'total_input_tokens', figures.input_tokens, 'total_output_tokens', figures.output_tokens,
    'error_count', figures.n_failed)
    || case when with_texts then jsonb_build_object('prompt', run.settings -> 'prompt') else '{}' end;
end $$;

-- in: {provider_id, model, mode, status, synthetic: each or null, with_texts or none, limit, offset}. out:
-- {rows, next}, newest first; next is the offset of the following page. provider_id and model find every run
-- that calls it, `multi` those of several.
create or replace function public.list_history(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 200);
  start constant integer := greatest(coalesce((input ->> 'offset')::integer, 0), 0);
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  provider constant text := nullif(input ->> 'provider_id', 'multi');
  model constant text := nullif(input ->> 'model', 'multi');
  targets constant uuid[] := firsttoken.find_targets(provider, model);
  is_multi constant boolean := 'multi' in (input ->> 'provider_id', input ->> 'model');
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_history', array['provider_id', 'model', 'mode', 'status',
    'synthetic', 'with_texts', 'limit', 'offset']);
  with found_rows as materialized (
    select r as run, r.started_at, r.id from public.runs r
    where (input ->> 'mode' is null or r.mode = input ->> 'mode')
      and (input ->> 'status' is null or firsttoken.suite_status(r.status) = input ->> 'status')
      and (only_synthetic is null or r.synthetic = only_synthetic)
      and (targets is null or (
        select true from public.probes p where p.run_id = r.id and p.target_id = any (targets) limit 1))
      and (is_multi is not true or (
        select count(distinct t.provider_id) > 1 and input ->> 'provider_id' = 'multi'
            or count(distinct t.model_id) > 1 and input ->> 'model' = 'multi'
          from public.probes p join public.targets t on t.id = p.target_id where p.run_id = r.id))
    order by r.started_at desc, r.id desc offset start limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.started_at desc, f.id desc) as position from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(
        firsttoken.describe_suite(n.run, coalesce((input ->> 'with_texts')::boolean, false))
          order by n.position)
          filter (where n.position <= page_size), '[]'),
      'next', (max(start + page_size) filter (where n.position > page_size))::text)
    into page from numbered n;
  return page;
end $$;

-- in: {id, with_texts or none}. out: the suite, with runs: [{id, run_number, provider_id, model, status,
-- ...}], at most 1,000 of its results in the order of its plan; with_texts adds the prompt and the beginning
-- of each answer.
create or replace function public.read_history(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run public.runs;
  texts constant boolean := coalesce((input ->> 'with_texts')::boolean, false);
begin
  perform firsttoken.check_keys(input, 'read_history', array['id', 'with_texts']);
  run := firsttoken.get_run((input ->> 'id')::uuid);
  return firsttoken.describe_suite(run, texts) || jsonb_build_object('runs', (
    select coalesce(jsonb_agg(jsonb_build_object(
        'id', b.id, 'run_number', made.run_number, 'provider_id', b.provider, 'model', b.model,
        'status', case when b.success then 'success' else 'error' end, 'ttfb_ms', b.ttft_ms,
        'total_latency_ms', b.total_latency_ms, 'tokens_per_second', b.tps, 'input_tokens', b.input_tokens,
        'output_tokens', b.output_tokens, 'error_message', b.error_message, 'recorded_at', b.created_at)
        || case when texts then jsonb_build_object('response_preview', left(b.response_text, 500))
          else '{}' end
        order by made.run_number), '[]')
      from (
        select c.result_id, row_number() over (order by c.ordinal, c.result_id) as run_number
        from firsttoken.calls_of_run(run.id) c where c.result_id is not null
        order by 2 limit 1000
      ) made join public.benchmark_results b on b.id = made.result_id));
end $$;
