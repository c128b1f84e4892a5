-- Recording and reading results: record_result, list_results, and the small functions that record_result is made of.

-- in: columns of benchmark_results; one that is not in it is null, whatever its default. True when the row is new.
create or replace function public.insert_result(input jsonb) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.benchmark_results
    select r.* from jsonb_populate_record(null::public.benchmark_results, input) r
    on conflict (id) do nothing;
  return found;
end $$;

-- in: {version, data in base64}.
create or replace function public.insert_timeline(result_id uuid, timeline jsonb) returns void
language sql security invoker set search_path = '' as $$
  insert into public.timelines (result_id, version, data)
    values (insert_timeline.result_id, (timeline ->> 'version')::integer, decode(timeline ->> 'data', 'base64'))
$$;

create or replace function public.close_probe(probe_id uuid, success boolean) returns void
language sql security invoker set search_path = '' as $$
  update public.probes p
    set status = case when success then 'done' else 'failed' end, lease_until = null, skip_reason = null
    where p.id = close_probe.probe_id
$$;

-- What the database knows about a result before it has a row: its probe, target, provider and model. The probe may be
-- gone, with its provider; a measurement that was made is kept all the same.
create or replace function public.resolve_result(result jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  resolved jsonb;
  provider uuid;
begin
  select jsonb_build_object('probe_id', p.id, 'target_id', t.id, 'provider_id', t.provider_id, 'model_id', t.model_id)
    into resolved
    from public.probes p join public.targets t on t.id = p.target_id
    where p.id = (result ->> 'probe_id')::uuid and p.run_id = (result ->> 'run_id')::uuid;
  if resolved is null then
    provider := public.get_or_create_provider(jsonb_build_object('slug', result -> 'provider', 'synthetic', result -> 'synthetic'));
    resolved := jsonb_build_object('probe_id', null, 'target_id', null, 'provider_id', provider,
      'model_id', public.get_or_create_model(provider, result ->> 'model'));
  end if;
  return resolved;
end $$;

-- in: {result: columns of benchmark_results, timeline}. out: {recorded, id, provider_id, model_id, created_at}.
-- The same result again changes nothing. One that comes after its run was closed is counted late.
create or replace function public.record_result(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  result jsonb := input -> 'result';
  run public.runs;
  is_new boolean := false;
  receipt jsonb;
begin
  -- Whoever closes the run at this moment is waited for, or waits: one of the two counts this result.
  perform 1 from public.runs r where r.id = (result ->> 'run_id')::uuid for share;
  run := public.get_run((result ->> 'run_id')::uuid);
  if not exists (select from public.benchmark_results b where b.id = (result ->> 'id')::uuid) then
    result := result || public.resolve_result(result) || jsonb_build_object('created_at', now());
    is_new := public.insert_result(result);
  end if;
  if is_new then
    perform public.insert_timeline((result ->> 'id')::uuid, input -> 'timeline');
    perform public.close_probe((result ->> 'probe_id')::uuid, (result ->> 'success')::boolean);
    perform public.count_run(run.id) where run.status <> 'running';
  end if;
  select jsonb_build_object('recorded', is_new, 'id', b.id, 'provider_id', b.provider_id, 'model_id', b.model_id,
      'created_at', b.created_at) into strict receipt
    from public.benchmark_results b where b.id = (result ->> 'id')::uuid;
  return receipt;
end $$;

-- in: {run_id, after: id of the last row seen or null, limit}. out: {rows, next}, oldest first.
create or replace function public.list_results(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  last_seen public.benchmark_results;
  page jsonb;
begin
  if input ->> 'after' is not null then
    select b.* into last_seen from public.benchmark_results b where b.id = (input ->> 'after')::uuid and b.run_id = run.id;
    if last_seen.id is null then
      raise exception using errcode = '22023',
        message = format('run %s has no result %s to go on after: start again from the first page', run.id, input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select b.id, b.created_at, to_jsonb(b) || jsonb_build_object('provider_name', coalesce(p.name, b.provider)) as described
    from public.benchmark_results b left join public.providers p on p.id = b.provider_id
    where b.run_id = run.id and (last_seen.id is null or (b.created_at, b.id) > (last_seen.created_at, last_seen.id))
    order by b.created_at, b.id limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.created_at, f.id) as position, count(*) over () as available from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(n.described order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;
