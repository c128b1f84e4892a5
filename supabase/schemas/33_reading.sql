-- Reading results, re-deriving their metrics, and calibrations.

-- Results as lists show them, without the text of the answer: to take that away from a whole row takes longer
-- than to write one.
create or replace view firsttoken.listed_results with (security_invoker = true) as
  select b.id, b.run_id, b.provider_id, b.model_id, b.provider, b.model, b.input_tokens, b.output_tokens,
    b.total_latency_ms, b.ttft_ms, b.tps, b.status_code, b.success, b.error_message, b.cost_usd,
    b.created_at, b.probe_id, b.target_id, b.started_at, b.synthetic, b.region, b.iteration, b.series,
    b.prompt_hash, b.parameters, b.error_kind, b.fault_domain, b.error_code, b.finish_reason,
    b.response_model, b.request_id, b.reasoning_tokens, b.cached_tokens, b.token_source, b.prices,
    b.cost_source, b.dns_ms, b.tcp_ms, b.tls_ms, b.connect_ms, b.ttfb_ms, b.cold_ttft_ms, b.ttfa_ms,
    b.tpot_ms, b.itl_p50_ms, b.itl_p95_ms, b.itl_max_ms, b.e2e_ms, b.stall_count, b.stall_ms, b.input_tps,
    b.server_timings, b.response_bytes, b.event_count, b.timing_quality, b.timing_reasons, b.lag_max_ms,
    b.lag_p99_ms, b.lag_first_token_ms, b.events_per_read, b.tokens_per_event, b.content_encoding,
    b.http_version, b.queue_ms, b.formula_version, b.cache_write_tokens, b.charged_usd, b.computed_usd,
    b.confirms, b.fault_domain_was, b.rate_limits, b.retry_after_ms, b.notes, b.own_load, b.warmup,
    b.context_tokens, b.context_tokens_counted, b.level, b.scheduled_at, b.late_ms, b.maintenance,
    coalesce(p.name, b.provider) as provider_name
  from public.benchmark_results b left join public.providers p on p.id = b.provider_id;

-- in: {run_id, target_id, since, until, provider, model, success, error_kind, mode, synthetic: each or null
-- or none, with_texts or none for true, after: `next` of the previous page or null, limit}; since is
-- inclusive, until exclusive. out: {rows, next, columns}, oldest first; columns are the names in a row, in
-- table order; response_text and what somebody added to the table are not among them if with_texts is false.
-- A page has fewer rows than asked for if their texts have more than 4 MB, but one at least. `next` is a
-- position in time, so the following page is found even if the last row is gone. The id of a row works as
-- `after` too, while the row exists.
create or replace function public.list_results(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  texts constant boolean := coalesce((input ->> 'with_texts')::boolean, true);
  seen_at timestamptz := '-infinity';
  seen_id uuid := '00000000-0000-0000-0000-000000000000';
  ids uuid[];
  page json;
begin
  perform firsttoken.check_keys(input, 'list_results', array['run_id', 'target_id', 'since', 'until',
    'provider', 'model', 'success', 'error_kind', 'mode', 'synthetic', 'with_texts', 'after', 'limit']);
  if input ->> 'run_id' is not null then
    perform firsttoken.get_run((input ->> 'run_id')::uuid);
  end if;
  if input ->> 'after' like '%/%' then
    seen_at := split_part(input ->> 'after', '/', 1)::timestamptz;
    seen_id := split_part(input ->> 'after', '/', 2)::uuid;
  elsif input ->> 'after' is not null then
    select b.created_at, b.id into seen_at, seen_id from public.benchmark_results b
      where b.id = (input ->> 'after')::uuid;
    if not found then
      raise exception using errcode = '22023',
        message = format('there is no result %s to continue after: start again from the first page',
          input ->> 'after');
    end if;
  end if;
  ids := firsttoken.find_results(input, seen_at, seen_id, page_size + 1);
  select least(page_size, greatest(1, count(*) filter (where sized.bytes <= 4000000))) into page_size
    from (
      select sum(case when texts then coalesce(octet_length(b.response_text), 0) else 0 end
          + coalesce(octet_length(b.error_message), 0)
          + coalesce(octet_length(b.error_code), 0) + coalesce(octet_length(b.finish_reason), 0)
          + coalesce(octet_length(b.response_model), 0) + coalesce(octet_length(b.request_id), 0)
          + coalesce(octet_length(b.provider), 0) + coalesce(octet_length(b.model), 0)
          + coalesce(octet_length(b.content_encoding), 0) + coalesce(octet_length(b.http_version), 0)
          + coalesce(octet_length(b.region), 0) + coalesce(octet_length(b.series), 0)
          + coalesce(octet_length(b.prompt_hash), 0)) over (order by b.created_at, b.id) as bytes
        from public.benchmark_results b where b.id = any (ids)
    ) sized;
  if texts then
    select json_agg(r order by r.created_at, r.id) into page
      from (
        select b.*, coalesce(p.name, b.provider) as provider_name
        from public.benchmark_results b left join public.providers p on p.id = b.provider_id
        where b.id = any (ids[:page_size])) r;
  else
    select json_agg(l order by l.created_at, l.id) into page
      from firsttoken.listed_results l where l.id = any (ids[:page_size]);
  end if;
  return json_build_object(
    'rows', coalesce(page, '[]'),
    'next', (
      select (to_jsonb(b.created_at) #>> '{}') || '/' || b.id from public.benchmark_results b
      where b.id = ids[page_size] and cardinality(ids) > page_size),
    'columns', (
      select jsonb_agg(a.attname order by a.attnum) || '["provider_name"]'
      from pg_catalog.pg_attribute a
      where a.attrelid = 'public.benchmark_results'::regclass and a.attnum > 0 and not a.attisdropped
        and (texts or exists (
          select from pg_catalog.pg_attribute l
          where l.attrelid = 'firsttoken.listed_results'::regclass and l.attname = a.attname))));
end $$;

-- A result with the inputs and outputs of its metrics, and its timeline: {version, data in base64} or null.
create or replace function firsttoken.describe_timeline(result_id uuid) returns jsonb
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
        -- encode() wraps its lines after 76 characters.
        else jsonb_build_object('version', t.version, 'data',
          replace(encode(t.data, 'base64'), e'\n', '')) end)
    from public.benchmark_results b left join public.timelines t on t.result_id = b.id
    where b.id = describe_timeline.result_id
$$;

-- in: {since or null, until or null, formula_version or null, after: id of the last row seen or null, limit};
-- since is inclusive, until exclusive; rows of the given formula_version are left out. out: {rows, next},
-- oldest first. The timeline of a row may be null.
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
        message = format('there is no result %s to continue after: start again from the first page',
          input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select b.id, b.created_at from public.benchmark_results b
    where (since is null or b.created_at >= since) and (until is null or b.created_at < until)
      and (known_version is null or b.formula_version is distinct from known_version)
      and (last_seen.id is null or (b.created_at, b.id) > (last_seen.created_at, last_seen.id))
    order by b.created_at, b.id limit page_size + 1
  ), numbered as (
    select f.id, row_number() over (order by f.created_at, f.id) as position, count(*) over () as available
      from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(firsttoken.describe_timeline(n.id) order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- in: {formula_version, results: [{id, and every metric}]}. out: {updated}. Updates only rows that have a
-- timeline and that change, so a second call changes nothing.
create or replace function public.rederive_results(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  version constant jsonb := jsonb_build_object('formula_version', input -> 'formula_version');
  updated integer;
begin
  update public.benchmark_results b
    set (ttfb_ms, ttft_ms, cold_ttft_ms, ttfa_ms, tps, tpot_ms, itl_p50_ms, itl_p95_ms, itl_max_ms,
        total_latency_ms, e2e_ms, stall_count, stall_ms, input_tps, formula_version)
      = row(r.ttfb_ms, r.ttft_ms, r.cold_ttft_ms, r.ttfa_ms, r.tps, r.tpot_ms, r.itl_p50_ms, r.itl_p95_ms,
        r.itl_max_ms, r.total_latency_ms, r.e2e_ms, r.stall_count, r.stall_ms, r.input_tps, r.formula_version)
    from jsonb_array_elements(input -> 'results') given
      join public.benchmark_results old on old.id = (given ->> 'id')::uuid
      -- The row as it will be: everything that is not given stays.
      cross join jsonb_populate_record(old, given || version) r
    where b.id = old.id and old is distinct from r
      and exists (select from public.timelines t where t.result_id = old.id);
  get diagnostics updated = row_count;
  return jsonb_build_object('updated', updated);
end $$;

-- in: columns of calibrations. out: {recorded}. Repeating the same calibration changes nothing.
create or replace function public.record_calibration(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.calibrations
    select c.* from jsonb_populate_record(null::public.calibrations,
      input || jsonb_build_object('created_at', now())) c
    on conflict (id) do nothing;
  return jsonb_build_object('recorded', found);
end $$;

-- in: {host}. out: {rows}: the latest calibration of this host at each concurrency, lowest first.
create or replace function public.latest_calibration(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object('rows', coalesce(jsonb_agg(to_jsonb(latest) order by latest.concurrency), '[]'))
    from (
      select distinct on (c.concurrency) c.* from public.calibrations c where c.host = input ->> 'host'
        order by c.concurrency, c.created_at desc
    ) latest
$$;

-- When a run of a schedule last finished. One whose every probe came too late measured nothing: the clock of
-- its worker is behind.
create or replace function firsttoken.last_finished_at(schedule text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select r.finished_at from public.runs r
  where r.schedule = last_finished_at.schedule and r.status = 'finished' and r.finished_at is not null
    and not (r.n_skipped > 0 and r.n_succeeded + r.n_failed = 0
      and r.finished_at > coalesce(r.late_at, 'infinity'))
  order by r.finished_at desc limit 1
$$;

-- in: {schedule}. out: {last_finished_at, last_status, last_synced_at, now, abandoned or none}: when a
-- run of the schedule last finished, the status of its latest slot's run, when a provider was last asked
-- for its models, each null if there is none, and the clock of the database. abandoned: {run_name, slot}
-- of the last of the twenty latest runs, of any schedule, whose worker was lost.
create or replace function public.read_health(input jsonb) returns jsonb
language sql security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object(
    'last_finished_at', firsttoken.last_finished_at(input ->> 'schedule'),
    'last_status', (
      select r.status from public.runs r
        where r.schedule = input ->> 'schedule' and r.slot is not null
        order by r.slot desc limit 1),
    'last_synced_at', (
      -- Providers are asked side by side: who began last need not end last.
      select max(latest.finished_at) from (
        select s.finished_at from public.syncs s order by s.started_at desc limit 50) latest),
    'now', clock_timestamp())
  || coalesce((
    select jsonb_build_object('abandoned', to_jsonb(lost))
    from (
      select latest.run_name, latest.slot
      from (
        select r.run_name, r.slot, r.status from public.runs r order by r.started_at desc limit 20) latest
      where latest.status = 'abandoned' limit 1) lost), '{}')
$$;
