-- Deriving the metrics of old rows again: list_timelines reads what it takes, rederive_results writes what it gave.

-- in: {since or null, until or null, formula_version or null, after: id of the last row seen or null, limit}; since is included, until
-- is not; with formula_version rows of that version are left out. out: {rows, next}, oldest first. A row without a
-- timeline has null for it.
create or replace function public.list_timelines(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  since timestamptz := (input ->> 'since')::timestamptz;
  until timestamptz := (input ->> 'until')::timestamptz;
  known_version integer := (input ->> 'formula_version')::integer;
  last_seen public.benchmark_results;
  page jsonb;
begin
  if input ->> 'after' is not null then
    select b.* into last_seen from public.benchmark_results b where b.id = (input ->> 'after')::uuid;
    if last_seen.id is null then
      raise exception using errcode = '22023',
        message = format('there is no result %s to go on after: start again from the first page', input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select b.id, b.created_at from public.benchmark_results b
    where (since is null or b.created_at >= since) and (until is null or b.created_at < until)
      and (known_version is null or b.formula_version is distinct from known_version)
      and (last_seen.id is null or (b.created_at, b.id) > (last_seen.created_at, last_seen.id))
    order by b.created_at, b.id limit page_size + 1
  ), numbered as (
    select f.id, row_number() over (order by f.created_at, f.id) as position, count(*) over () as available from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(public.describe_timeline(n.id) order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- A result as far as its metrics go, with its timeline: {version, data in base64} or null.
create or replace function public.describe_timeline(result_id uuid) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
      'id', b.id, 'created_at', b.created_at, 'provider', b.provider, 'model', b.model,
      'formula_version', b.formula_version,
      'usage', jsonb_build_object(
        'input', b.input_tokens, 'output', b.output_tokens, 'reasoning', b.reasoning_tokens,
        'cached', b.cached_tokens, 'source', b.token_source),
      'metrics', jsonb_build_object(
        'ttfb_ms', b.ttfb_ms, 'ttft_ms', b.ttft_ms, 'cold_ttft_ms', b.cold_ttft_ms, 'ttfa_ms', b.ttfa_ms,
        'tps', b.tps, 'tpot_ms', b.tpot_ms, 'itl_p50_ms', b.itl_p50_ms, 'itl_p95_ms', b.itl_p95_ms,
        'itl_max_ms', b.itl_max_ms, 'total_latency_ms', b.total_latency_ms, 'e2e_ms', b.e2e_ms,
        'stall_count', b.stall_count, 'stall_ms', b.stall_ms, 'input_tps', b.input_tps),
      'timeline', case when t.result_id is null then null
        -- encode() breaks its lines after 76 characters.
        else jsonb_build_object('version', t.version, 'data', replace(encode(t.data, 'base64'), e'\n', '')) end)
    from public.benchmark_results b left join public.timelines t on t.result_id = b.id
    where b.id = describe_timeline.result_id
$$;

-- in: {formula_version, results: [{id, and every metric}]}. out: {updated}. Only rows that have a timeline are touched, and
-- only where something differs, so that a second call changes nothing.
create or replace function public.rederive_results(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  updated integer;
begin
  update public.benchmark_results b
    set (ttfb_ms, ttft_ms, cold_ttft_ms, ttfa_ms, tps, tpot_ms, itl_p50_ms, itl_p95_ms, itl_max_ms,
        total_latency_ms, e2e_ms, stall_count, stall_ms, input_tps, formula_version)
      = (r.ttfb_ms, r.ttft_ms, r.cold_ttft_ms, r.ttfa_ms, r.tps, r.tpot_ms, r.itl_p50_ms, r.itl_p95_ms, r.itl_max_ms,
        r.total_latency_ms, r.e2e_ms, r.stall_count, r.stall_ms, r.input_tps, (input ->> 'formula_version')::integer)
    from jsonb_populate_recordset(null::public.benchmark_results, input -> 'results') r
    where b.id = r.id
      and exists (select from public.timelines t where t.result_id = b.id)
      and (b.ttfb_ms, b.ttft_ms, b.cold_ttft_ms, b.ttfa_ms, b.tps, b.tpot_ms, b.itl_p50_ms, b.itl_p95_ms, b.itl_max_ms,
          b.total_latency_ms, b.e2e_ms, b.stall_count, b.stall_ms, b.input_tps, b.formula_version)
        is distinct from
        (r.ttfb_ms, r.ttft_ms, r.cold_ttft_ms, r.ttfa_ms, r.tps, r.tpot_ms, r.itl_p50_ms, r.itl_p95_ms, r.itl_max_ms,
          r.total_latency_ms, r.e2e_ms, r.stall_count, r.stall_ms, r.input_tps, (input ->> 'formula_version')::integer);
  get diagnostics updated = row_count;
  return jsonb_build_object('updated', updated);
end $$;

-- As for every function: Postgres opens it to everybody, and only service_role may call it.
do $$
declare
  signature text;
  role_name text;
begin
  foreach signature in array array['list_timelines(jsonb)', 'describe_timeline(uuid)', 'rederive_results(jsonb)'] loop
    execute format('revoke all on function public.%s from public', signature);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on function public.%s from %I', signature, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant execute on function public.%s to service_role', signature);
    end if;
  end loop;
end $$;
