-- Recording a result: its row, its timeline, its probe, its cost, in one transaction.

-- timeline: {version, data in base64}, or none if it was too large to send.
create or replace function firsttoken.insert_timeline(result_id uuid, timeline jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  if timeline ->> 'data' is not null then
    insert into public.timelines (result_id, version, data)
      values (insert_timeline.result_id, (timeline ->> 'version')::integer,
        decode(timeline ->> 'data', 'base64'));
  end if;
end $$;

-- Closes the probe of a result, which the caller has locked, and replaces the reserved estimate by what the
-- call cost. A call made while the database was unreachable has no reservation, so its cost is added to the
-- day of the call. That of a shard stays reserved, if it is enough, until the shard is settled as a whole.
create or replace function firsttoken.close_probe(probe public.probes, result jsonb, is_running boolean)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  success constant boolean := (result ->> 'success')::boolean;
  cost constant double precision := firsttoken.cost_of((result ->> 'cost_usd')::double precision, success,
    probe.estimate_usd, probe.input_usd);
  is_settled_later constant boolean := coalesce(
    is_running and probe.shard is not null and cost <= probe.reserved_usd, false);
  day constant date := coalesce(probe.reserved_on,
    case when cost > 0 then ((result ->> 'started_at')::timestamptz at time zone 'UTC')::date end);
begin
  update public.probes p
    set status = case when success then 'done' else 'failed' end, lease_until = null, skip_reason = null,
      reserved_usd = case when is_settled_later or day is null then p.reserved_usd else cost end,
      reserved_on = day
    where p.id = probe.id;
  if day is not null and not is_settled_later then
    perform firsttoken.spend(day, cost - coalesce(probe.reserved_usd, 0));
  end if;
end $$;

-- The ids of a new result: its probe, target, provider, model, and the result it rechecks. The probe may have
-- been deleted with its provider; the measurement is kept anyway.
create or replace function firsttoken.resolve_result(probe public.probes, result jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  resolved jsonb;
  provider uuid;
begin
  select jsonb_build_object(
      'probe_id', probe.id, 'target_id', t.id, 'provider_id', t.provider_id, 'model_id', t.model_id,
      'confirms', case when probe.confirms is not null then (
        select f.result_id from public.probes f where f.id = probe.confirms) end)
    into resolved
    from public.targets t where t.id = probe.target_id and probe.run_id = (result ->> 'run_id')::uuid;
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
language plpgsql security invoker set search_path = '' as $$
begin
  if result ->> 'error_kind' in ('rate_limited', 'quota', 'overloaded')
    and result ->> 'retry_after_ms' is not null then
    update public.providers p
      set penalty_until = greatest(p.penalty_until,
        clock_timestamp()
          + least((result ->> 'retry_after_ms')::double precision, 3600000) * interval '1 millisecond')
      where p.id = (result ->> 'provider_id')::uuid;
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

-- Until when a provider asked us to pause; null if it does not (any more).
create or replace function firsttoken.pause_until(provider_id uuid) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select p.penalty_until from public.providers p
    where p.id = pause_until.provider_id and p.penalty_until > clock_timestamp());
end $$;

-- in: {result: columns of benchmark_results, timeline or none, owner or none}. out: {recorded, id,
-- target_id, provider_id, model_id, created_at, own_load, pause_until}. A trigger adds a new result to the
-- rollups. Repeating the same result changes nothing. A result that arrives after its run was closed is
-- counted then. One whose worker slept through its lease, so that another makes the probe, is not recorded:
-- the other's is. pause_until: until when its provider asks us to pause, or null.
create or replace function public.record_result(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  result jsonb := input -> 'result';
  run public.runs := firsttoken.get_run((result ->> 'run_id')::uuid);
  probe public.probes;
  is_new boolean := false;
  event jsonb;
  recorded jsonb := jsonb_build_object('recorded', false, 'id', result ->> 'id', 'target_id', null,
    'provider_id', null, 'model_id', null, 'created_at', now(), 'own_load', false, 'pause_until', null);
begin
  -- The lock orders this before or after closing the run, so exactly one of the two counts this result. A
  -- late result will update the run, so it may not start with a shared lock: two of them would deadlock.
  if run.status = 'running' then
    select r.* into run from public.runs r where r.id = run.id for share;
  else
    select r.* into run from public.runs r where r.id = run.id for no key update;
  end if;
  if run.id is null then
    run := firsttoken.get_run((result ->> 'run_id')::uuid);
  end if;
  -- Locked, so that no other worker begins to make it meanwhile.
  select p.* into probe from public.probes p
    where p.id = (result ->> 'probe_id')::uuid for no key update;
  if probe.status = 'claimed' and probe.lease_owner <> input ->> 'owner'
    and probe.lease_until > clock_timestamp() then
    return recorded;
  end if;
  if not exists (select from public.benchmark_results b where b.id = (result ->> 'id')::uuid) then
    result := result || firsttoken.resolve_result(probe, result)
      || jsonb_build_object('created_at', firsttoken.result_created_at(result));
    result := result || firsttoken.mark_result(run, result);
    is_new := firsttoken.insert_result(result);
  end if;
  if is_new then
    perform firsttoken.insert_timeline((result ->> 'id')::uuid, input -> 'timeline');
    if result ->> 'probe_id' is not null then
      perform firsttoken.close_probe(probe, result, run.status = 'running');
    end if;
    perform firsttoken.apply_rate_limit(result);
    perform firsttoken.count_run(run.id) where run.status <> 'running';
    event := jsonb_build_object('probe_id', result -> 'probe_id', 'result_id', result -> 'id')
      || case when probe.status = 'skipped' then '{"was_skipped": true}' else '{}' end::jsonb;
    if probe.status = 'claimed' and probe.shard is not null then
      -- Transactions that notify are committed one after another: a fleet's listeners wait for the shard.
      perform firsttoken.note_event(run.id, 'probe_recorded', event);
    else
      perform firsttoken.add_event(run.id, 'probe_recorded', event);
    end if;
  end if;
  if is_new then
    select jsonb_object_agg(shown.key, result -> shown.key) into recorded
      from jsonb_object_keys(recorded) shown (key);
  else
    select recorded || jsonb_build_object('target_id', b.target_id, 'provider_id', b.provider_id,
        'model_id', b.model_id, 'created_at', b.created_at, 'own_load', b.own_load)
      into strict recorded
      from public.benchmark_results b where b.id = (result ->> 'id')::uuid;
  end if;
  return recorded || jsonb_build_object('recorded', is_new,
    'pause_until', firsttoken.pause_until((recorded ->> 'provider_id')::uuid));
end $$;
