-- One run in full, and deleting it.

-- The results of runs for their own figures: the metrics of answers to first attempts, null of any other.
-- Unlike the samples of rollups these may have been timed under a load of the run itself, which is what a
-- concurrent run is about.
create or replace view firsttoken.run_figures with (security_invoker = true) as
  select b.id, b.run_id, b.success, b.error_kind, b.confirms is null and not b.warmup as is_first,
    b.input_tokens, b.output_tokens, b.cost_usd,
    case when kind.is_figure then b.ttft_ms end as ttft_ms,
    case when kind.is_figure then b.ttfa_ms end as ttfa_ms,
    case when kind.is_figure then b.tps end as tps,
    case when kind.is_figure then b.total_latency_ms end as total_latency_ms
  from public.benchmark_results b
    cross join lateral (select b.success and b.confirms is null and not b.warmup as is_figure) kind;

-- Statistics of the samples of a run, null without one. As in a run's report, percentiles are given whatever
-- n is; p95 means something from 59 samples on, p99 from 299.
create or replace function firsttoken.describe_samples(samples double precision[]) returns json
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  one constant double precision := samples[1];
begin
  -- The usual case of a scheduled run, which has many.
  if cardinality(samples) = 1 then
    return case when one is not null then json_build_object('n', 1, 'min', one, 'mean', one, 'sd', null,
      'p50', one, 'p95', one, 'p99', one, 'max', one) end;
  end if;
  return (
    select case when count(v) > 0 then json_build_object(
        'n', count(v), 'min', min(v), 'mean', avg(v), 'sd', stddev_samp(v),
        'p50', percentile_cont(0.5) within group (order by v),
        'p95', percentile_cont(0.95) within group (order by v),
        'p99', percentile_cont(0.99) within group (order by v), 'max', max(v)) end
      from unnest(samples) v);
end $$;

-- Counts of texts: {"a": 2, "b": 1}; null without any.
create or replace function firsttoken.count_texts(texts text[]) returns jsonb
language plpgsql immutable strict parallel safe security invoker set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_object_agg(counted.each, counted.n), '{}')
    from (
      select t.each, count(*) as n from unnest(texts) t (each) where t.each is not null group by 1) counted);
end $$;

-- What a run planned and what came of it, with results whose probe is gone; names as in results.
create or replace function firsttoken.calls_of_run(run_id uuid)
returns table (ordinal integer, probe_id uuid, target_id uuid, provider text, model text, parameters jsonb,
  region text, series text, iteration integer, status text, skip_reason text, is_recheck boolean,
  result_id uuid)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
  select pr.ordinal, pr.id, pr.target_id, p.slug, m.name, t.parameters, pr.region, pr.series, pr.iteration,
    pr.status, pr.skip_reason, pr.confirms is not null, b.id
  from public.probes pr
    join public.targets t on t.id = pr.target_id
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
    left join public.benchmark_results b on b.probe_id = pr.id
  where pr.run_id = calls_of_run.run_id
  union all
  select null, null, b.target_id, b.provider, b.model, null, b.region, b.series, b.iteration,
    case when b.success then 'done' else 'failed' end, null, b.confirms is not null, b.id
  from public.benchmark_results b where b.run_id = calls_of_run.run_id and b.probe_id is null;
end $$;

-- A run by target, region and series: counts, reasons, and statistics of each metric.
create or replace function firsttoken.summarize_run(run_id uuid) returns json
language plpgsql stable security invoker set search_path = '' as $$
declare
  summary json;
begin
  with summed as (
    select min(c.ordinal) as place, c.target_id, c.provider, c.model, c.parameters, c.region, c.series,
      count(*) as n, count(*) filter (where c.status = 'done') as n_ok,
      count(*) filter (where c.status = 'failed') as n_failed,
      count(*) filter (where c.status = 'skipped') as n_skipped,
      coalesce(firsttoken.count_texts(array_agg(c.skip_reason) filter (where c.status = 'skipped')), '{}')
        as skip_reasons,
      coalesce(firsttoken.count_texts(array_agg(f.error_kind) filter (where not f.success)), '{}')
        as error_kinds,
      array_agg(f.ttft_ms) as ttft, array_agg(f.ttfa_ms) as ttfa, array_agg(f.tps) as tps,
      array_agg(f.total_latency_ms) as latency, coalesce(sum(f.input_tokens), 0) as input_tokens,
      coalesce(sum(f.output_tokens), 0) as output_tokens, coalesce(sum(f.cost_usd), 0) as cost_usd,
      count(*) filter (where f.success and f.cost_usd is null) as n_cost_unknown
    from firsttoken.calls_of_run(summarize_run.run_id) c
      left join firsttoken.run_figures f on f.id = c.result_id
    group by c.target_id, c.provider, c.model, c.parameters, c.region, c.series
  )
  select coalesce(json_agg(json_build_object(
      'target_id', s.target_id, 'provider', s.provider, 'model', s.model, 'parameters', s.parameters,
      'region', s.region, 'series', s.series, 'n', s.n, 'n_ok', s.n_ok, 'n_failed', s.n_failed,
      'n_skipped', s.n_skipped, 'skip_reasons', s.skip_reasons, 'error_kinds', s.error_kinds,
      'ttft_ms', firsttoken.describe_samples(s.ttft), 'ttfa_ms', firsttoken.describe_samples(s.ttfa),
      'tps', firsttoken.describe_samples(s.tps), 'total_latency_ms', firsttoken.describe_samples(s.latency),
      'input_tokens', s.input_tokens, 'output_tokens', s.output_tokens, 'cost_usd', s.cost_usd,
      'n_cost_unknown', s.n_cost_unknown)
      order by s.place nulls last, s.provider, s.model, s.region, s.series), '[]')
    into summary from summed s;
  return summary;
end $$;

-- A page of the calls of a run: its probes in order, each with its result. Fewer if they are long, as of
-- list_results.
create or replace function firsttoken.list_calls(run_id uuid, after integer, page_size integer, texts boolean)
returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page json;
begin
  with numbered as (
    select c.*, row_number() over (order by c.ordinal, c.result_id) as position
    from firsttoken.calls_of_run(list_calls.run_id) c
  ), sized as (
    select n.*, n.position <= after + page_size and (n.position = after + 1
        or sum(coalesce(octet_length(b.error_message), 0)
          + case when texts then coalesce(octet_length(b.response_text), 0) else 0 end)
          over (order by n.position) <= 4000000) as fits
      from numbered n left join public.benchmark_results b on b.id = n.result_id
      where n.position > after and n.position <= after + page_size + 1
  )
  select json_build_object(
      'rows', coalesce(json_agg(
        case when texts then (to_jsonb(call) || jsonb_build_object('response_text', b.response_text))::json
          else to_json(call) end
        order by s.position) filter (where s.fits), '[]'),
      'next', case when bool_or(not s.fits) then max(s.position) filter (where s.fits) end)
    into page
    from sized s left join public.benchmark_results b on b.id = s.result_id
      cross join lateral (
        select s.ordinal, s.probe_id, s.target_id, s.provider, s.model, s.parameters, s.region, s.series,
          s.iteration, s.status, s.skip_reason, s.is_recheck, s.result_id, b.created_at, b.started_at,
          b.success, b.status_code, b.error_kind, b.fault_domain, b.error_message, b.ttft_ms, b.ttfa_ms,
          b.tps, b.total_latency_ms, b.input_tokens, b.output_tokens, b.cost_usd, b.timing_quality) call;
  return page;
end $$;

-- Settings of a run without the texts of its prompts; of several, names and hashes stay.
create or replace function firsttoken.without_texts(settings jsonb) returns jsonb
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
declare
  prompts constant jsonb := settings #> '{work,prompts}';
begin
  return case when prompts is null then settings - 'prompt' else
    jsonb_set(settings - 'prompt', '{work,prompts}', (
      select coalesce(jsonb_agg(each.prompt - 'text' order by each.place), '[]')
      from jsonb_array_elements(prompts) with ordinality each (prompt, place))) end;
end $$;

-- in: {id, with_texts or none, after: next of the page before or null, limit}. out: {run, settings, targets,
-- probes: {rows, next}}: the run with its skip_reasons, its settings (with its prompts if with_texts), a
-- summary by target, region and series, and a page of its probes with their results (with answers if
-- with_texts). A following page has no targets.
create or replace function public.read_run(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run public.runs;
  texts constant boolean := coalesce((input ->> 'with_texts')::boolean, false);
  after constant integer := coalesce((input ->> 'after')::integer, 0);
begin
  perform firsttoken.check_keys(input, 'read_run', array['id', 'with_texts', 'after', 'limit']);
  run := firsttoken.get_run((input ->> 'id')::uuid);
  return json_build_object(
    'run', firsttoken.describe_run(run) || jsonb_build_object('skip_reasons', (
      select coalesce(firsttoken.count_texts(array_agg(p.skip_reason)), '{}')
      from public.probes p where p.run_id = run.id and p.status = 'skipped')),
    'settings', case when texts then run.settings else firsttoken.without_texts(run.settings) end,
    'targets', case when after = 0 then firsttoken.summarize_run(run.id) else '[]' end,
    'probes', firsttoken.list_calls(run.id, after, firsttoken.page_size(input, 100, 500), texts));
end $$;

-- in: {id}. out: {id, n_probes, n_results, n_timelines}: what was deleted with the run. A run that is not
-- closed is refused. Triggers rebuild the rollups of its hours unless those are final; what it spent stays
-- spent.
create or replace function public.delete_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs;
  deleted jsonb;
begin
  perform firsttoken.check_keys(input, 'delete_run', array['id']);
  run := firsttoken.get_run((input ->> 'id')::uuid);
  select r.* into run from public.runs r where r.id = run.id for update;
  if run.status in ('running', 'queued') then
    raise exception using errcode = '23001',
      message = format('run %s is %s: cancel it, and delete it once it is closed', run.id, run.status);
  end if;
  select jsonb_build_object('id', run.id,
      'n_probes', (select count(*) from public.probes p where p.run_id = run.id),
      'n_results', count(*), 'n_timelines', count(t.result_id))
    into deleted
    from public.benchmark_results b left join public.timelines t on t.result_id = b.id
    where b.run_id = run.id;
  delete from public.runs r where r.id = run.id;
  return deleted;
end $$;
