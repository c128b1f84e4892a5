-- Recording a result: its row, its timeline, its probe, its cost, in one transaction.

-- timeline: {version, data in base64}, or none if it was too large to send.
create or replace function firsttoken.insert_timeline(result_id uuid, timeline jsonb) returns void
language sql security invoker set search_path = '' as $$
  insert into public.timelines (result_id, version, data)
    select insert_timeline.result_id, (timeline ->> 'version')::integer, decode(timeline ->> 'data', 'base64')
    where timeline ->> 'data' is not null
$$;

create or replace function firsttoken.close_probe(probe_id uuid, success boolean) returns void
language sql security invoker set search_path = '' as $$
  update public.probes p
    set status = case when success then 'done' else 'failed' end, lease_until = null, skip_reason = null
    where p.id = close_probe.probe_id
$$;

-- The ids of a new result: its probe, target, provider, model, and the result it rechecks. The probe may have
-- been deleted with its provider; the measurement is kept anyway.
create or replace function firsttoken.resolve_result(result jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  resolved jsonb;
  provider uuid;
begin
  select jsonb_build_object(
      'probe_id', p.id, 'target_id', t.id, 'provider_id', t.provider_id, 'model_id', t.model_id,
      'confirms', (
        select first_probe.result_id from public.probes first_probe where first_probe.id = p.confirms))
    into resolved
    from public.probes p join public.targets t on t.id = p.target_id
    where p.id = (result ->> 'probe_id')::uuid and p.run_id = (result ->> 'run_id')::uuid;
  if resolved is null then
    provider := firsttoken.get_or_create_provider(
      jsonb_build_object('slug', result -> 'provider', 'synthetic', result -> 'synthetic'));
    resolved := jsonb_build_object('probe_id', null, 'target_id', null, 'provider_id', provider,
      'model_id', firsttoken.get_or_create_model(provider, result ->> 'model'));
  end if;
  return resolved;
end $$;

-- Pauses a provider that rate-limited us and said for how long, for an hour at most.
create or replace function firsttoken.apply_rate_limit(result jsonb) returns void
language sql security invoker set search_path = '' as $$
  update public.providers p
    set penalty_until = greatest(p.penalty_until,
      clock_timestamp()
        + least((result ->> 'retry_after_ms')::double precision, 3600000) * interval '1 millisecond')
    where p.id = (result ->> 'provider_id')::uuid
      and result ->> 'error_kind' in ('rate_limited', 'quota', 'overloaded')
      and result ->> 'retry_after_ms' is not null
$$;

-- Replaces the reserved estimate by what the call cost. If that is unknown: the whole estimate, or the input
-- of a call that failed. A call made while the database was unreachable has no reservation, so its cost is
-- added to the day of the call.
create or replace function firsttoken.record_cost(probe_id uuid, result jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  probe public.probes;
  cost double precision;
  made_on date;
begin
  -- Locks the probe before the day, as claim_probe does.
  select p.* into probe from public.probes p where p.id = record_cost.probe_id for no key update;
  cost := coalesce((result ->> 'cost_usd')::double precision,
    case when (result ->> 'success')::boolean then probe.estimate_usd else probe.input_usd end, 0);
  if probe.reserved_on is not null then
    update public.spending s set usd = s.usd + cost - probe.reserved_usd where s.day = probe.reserved_on;
    update public.probes p set reserved_usd = cost where p.id = probe.id;
  elsif probe.id is not null and cost > 0 then
    made_on := ((result ->> 'started_at')::timestamptz at time zone 'UTC')::date;
    insert into public.spending as s (day, usd) values (made_on, cost)
      on conflict (day) do update set usd = s.usd + excluded.usd;
    update public.probes p set reserved_usd = cost, reserved_on = made_on where p.id = probe.id;
  end if;
end $$;

-- When a result was made: now, unless it was spooled while the database was unreachable. The clock of the
-- machine that measured may differ, so up to ten minutes ago counts as now.
create or replace function firsttoken.result_created_at(result jsonb) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
declare
  ended constant timestamptz := (result ->> 'started_at')::timestamptz
    + coalesce((result ->> 'total_latency_ms')::double precision, 0) * interval '1 millisecond';
begin
  return case when ended < now() - interval '10 minutes' then ended else now() end;
end $$;

-- input: columns of benchmark_results; a missing one becomes null, whatever its default. True if the row is
-- new. Two concurrent inserts of the same result can conflict in any unique column.
create or replace function firsttoken.insert_result(input jsonb) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
begin
  perform set_config('firsttoken.recording', input ->> 'id', true);
  insert into public.benchmark_results
    select r.* from jsonb_populate_record(null::public.benchmark_results, input) r
    on conflict do nothing;
  get diagnostics n_inserted = row_count;
  perform set_config('firsttoken.recording', '', true);
  if n_inserted = 0
    and not exists (select from public.benchmark_results b where b.id = (input ->> 'id')::uuid) then
    raise exception using errcode = '23505',
      message = format('probe %s has a result already', input ->> 'probe_id');
  end if;
  return n_inserted > 0;
end $$;

-- Whether another worker than this one is making the probe of a result. The probe stays locked, so that none
-- begins meanwhile.
create or replace function firsttoken.has_heir(probe_id uuid, owner text) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  probe public.probes;
begin
  select p.* into probe from public.probes p where p.id = has_heir.probe_id for no key update;
  return coalesce(probe.status = 'claimed' and probe.lease_owner <> owner
    and probe.lease_until > clock_timestamp(), false);
end $$;

-- in: {result: columns of benchmark_results, timeline or none, owner or none}. out: {recorded, id,
-- target_id, provider_id, model_id, created_at, own_load}. A trigger adds a new result to the rollups.
-- Repeating the same result changes nothing. A result that arrives after its run was closed is counted then.
-- One whose worker slept through its lease, so that another makes the probe, is not recorded: the other's is.
create or replace function public.record_result(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  result jsonb := input -> 'result';
  run public.runs;
  is_new boolean := false;
  was_skipped boolean;
  recorded jsonb := jsonb_build_object('recorded', false, 'id', result ->> 'id', 'target_id', null,
    'provider_id', null, 'model_id', null, 'created_at', now(), 'own_load', false);
begin
  -- The lock orders this before or after closing the run, so exactly one of the two counts this result. A
  -- late result will update the run, so it may not start with a shared lock: two of them would deadlock.
  run := firsttoken.get_run((result ->> 'run_id')::uuid);
  if run.status = 'running' then
    perform 1 from public.runs r where r.id = run.id for share;
  else
    perform 1 from public.runs r where r.id = run.id for no key update;
  end if;
  run := firsttoken.get_run(run.id);
  if firsttoken.has_heir((result ->> 'probe_id')::uuid, input ->> 'owner') then
    return recorded;
  end if;
  if not exists (select from public.benchmark_results b where b.id = (result ->> 'id')::uuid) then
    result := result || firsttoken.resolve_result(result)
      || jsonb_build_object('created_at', firsttoken.result_created_at(result));
    result := result || firsttoken.mark_result(run, result);
    is_new := firsttoken.insert_result(result);
  end if;
  if is_new then
    was_skipped := exists (
      select from public.probes p where p.id = (result ->> 'probe_id')::uuid and p.status = 'skipped');
    perform firsttoken.insert_timeline((result ->> 'id')::uuid, input -> 'timeline');
    perform firsttoken.close_probe((result ->> 'probe_id')::uuid, (result ->> 'success')::boolean);
    perform firsttoken.record_cost((result ->> 'probe_id')::uuid, result);
    perform firsttoken.apply_rate_limit(result);
    perform firsttoken.count_run(run.id) where run.status <> 'running';
    perform firsttoken.add_event(run.id, 'probe_recorded',
      jsonb_build_object('probe_id', result -> 'probe_id', 'result_id', result -> 'id')
        || case when was_skipped then '{"was_skipped": true}' else '{}' end::jsonb);
  end if;
  select jsonb_build_object('recorded', is_new, 'id', b.id, 'target_id', b.target_id,
      'provider_id', b.provider_id, 'model_id', b.model_id, 'created_at', b.created_at,
      'own_load', b.own_load)
    into strict recorded
    from public.benchmark_results b where b.id = (result ->> 'id')::uuid;
  return recorded;
end $$;
