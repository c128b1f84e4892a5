-- Finding results, and one result in full.

-- The ids of the first n results after a position in time that list_results asks for, oldest first. Planned
-- for the values at hand: a generic plan would scan the table. By target, provider and model those results
-- are found that have a target; of a run, all.
create or replace function firsttoken.find_results(input jsonb, seen_at timestamptz, seen_id uuid, n integer)
returns uuid[]
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  run constant uuid := input ->> 'run_id';
  only_target constant uuid := input ->> 'target_id';
  only_provider constant text := input ->> 'provider';
  only_model constant text := input ->> 'model';
  only_kind constant text := input ->> 'error_kind';
  only_mode constant text := input ->> 'mode';
  only_synthetic constant boolean := firsttoken.check_synthetic(input);
  -- Failures have indexes of their own.
  only_success constant boolean :=
    case when only_kind is not null then false else (input ->> 'success')::boolean end;
  of_model constant uuid[] := firsttoken.find_targets(only_provider, only_model);
  targets constant uuid[] := case
    when only_target is null then of_model
    when of_model is null or only_target = any (of_model) then array[only_target]
    else '{}' end;
  since constant timestamptz := greatest(coalesce((input ->> 'since')::timestamptz, '-infinity'), seen_at);
  until constant timestamptz := coalesce((input ->> 'until')::timestamptz, 'infinity');
begin
  if only_kind is not null and (input ->> 'success')::boolean then
    return '{}';
  elsif run is not null or only_mode <> 'scheduled' then
    -- Materialized, because the planner may scan the index on time for the few rows of the runs.
    return array(
      with of_runs as materialized (
        select b.id, b.created_at, b.target_id, b.provider, b.model, b.success, b.error_kind, b.synthetic
        from public.runs r cross join lateral (
          select * from public.benchmark_results made where made.run_id = r.id offset 0) b
        where (run is null or r.id = run) and (only_mode is null or r.mode = only_mode))
      select o.id from of_runs o
      where o.created_at >= since and o.created_at < until and (o.created_at, o.id) > (seen_at, seen_id)
        and (only_target is null or o.target_id = only_target)
        and (only_provider is null or o.provider = only_provider)
        and (only_model is null or o.model = only_model)
        and (only_success is null or o.success = only_success)
        and (only_kind is null or o.error_kind = only_kind)
        and (only_synthetic is null or o.synthetic = only_synthetic)
      order by o.created_at, o.id limit n);
  elsif targets is not null then
    return array(
      select f.id
      from unnest(targets) target
        cross join lateral (
          select b.id, b.created_at from public.benchmark_results b
          where b.target_id = target and b.created_at >= since and b.created_at < until
            and (b.created_at, b.id) > (seen_at, seen_id)
            and (only_success is null or b.success = only_success)
            and (only_kind is null or b.error_kind = only_kind)
            and (only_synthetic is null or b.synthetic = only_synthetic)
            and (only_mode is null or (
              select r.mode = only_mode from public.runs r where r.id = b.run_id))
          order by b.created_at, b.id limit n
        ) f
      order by f.created_at, f.id limit n);
  end if;
  return array(
    select b.id from public.benchmark_results b
    where b.created_at >= since and b.created_at < until and (b.created_at, b.id) > (seen_at, seen_id)
      and (only_success is null or b.success = only_success)
      and (only_kind is null or b.error_kind = only_kind)
      and (only_synthetic is null or b.synthetic = only_synthetic)
      and (only_mode is null or (select r.mode = only_mode from public.runs r where r.id = b.run_id))
    order by b.created_at, b.id limit n);
end $$;

-- in: {id, with_texts or none, with_timeline or none}. out: {result, run, timeline}: a row of
-- benchmark_results (with response_text if with_texts) with provider_name, its run, the results that recheck
-- it or that it rechecks, and its timeline, {version, data in base64}, if asked and kept, else null.
create or replace function public.read_result(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  result public.benchmark_results;
  texts constant boolean := coalesce((input ->> 'with_texts')::boolean, false);
begin
  perform firsttoken.check_keys(input, 'read_result', array['id', 'with_texts', 'with_timeline']);
  select b.* into result from public.benchmark_results b where b.id = (input ->> 'id')::uuid;
  if result.id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no result %s: it was never recorded here, or has been deleted',
        coalesce(input ->> 'id', 'without an id'));
  end if;
  return jsonb_build_object(
    'result', to_jsonb(result) - case when texts then '{}' else array['response_text'] end
      || jsonb_build_object('provider_name', coalesce(
        (select p.name from public.providers p where p.id = result.provider_id), result.provider),
      'rechecked_by', (
        select b.id from public.benchmark_results b where b.confirms = result.id limit 1)),
    'run', firsttoken.describe_run(firsttoken.get_run(result.run_id)),
    'timeline', case when (input ->> 'with_timeline')::boolean then (
      -- encode() wraps its lines after 76 characters.
      select jsonb_build_object('version', t.version,
        'data', replace(encode(t.data, 'base64'), e'\n', ''))
      from public.timelines t where t.result_id = result.id) end);
end $$;
