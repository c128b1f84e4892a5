-- One run a slot whoever delivers it, one worker a region, nothing left open: start_run, join_run, claim_probe, skip_probes,
-- finish_run and record_result as they are from here on, and the small functions they are made of.

-- The planned probes of a run, numbered in the order of the plan, after those that it has.
create or replace function public.insert_probes(run_id uuid, probes jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
  n_before integer;
begin
  select coalesce(max(p.ordinal), 0) into n_before from public.probes p where p.run_id = insert_probes.run_id;
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price, estimate_usd, input_usd)
    select (probe ->> 'id')::uuid, insert_probes.run_id, t.id, (probe ->> 'result_id')::uuid, n_before + position,
      (probe ->> 'iteration')::integer, probe ->> 'region', probe ->> 'series', nullif(probe -> 'price', 'null'),
      (probe ->> 'estimate_usd')::double precision, (probe ->> 'input_usd')::double precision
    from jsonb_array_elements(probes) with ordinality as planned (probe, position)
      join public.providers p on p.slug = probe ->> 'provider'
      join public.models m on m.provider_id = p.id and m.name = probe ->> 'model'
      join public.targets t on t.model_id = m.id and t.parameters = probe -> 'parameters'
        and t.region is not distinct from probe ->> 'target_region';
  get diagnostics n_inserted = row_count;
  if n_inserted <> jsonb_array_length(probes) then
    raise exception using errcode = '22023',
      message = format('only %s of %s probes are for a provider of their plan', n_inserted, jsonb_array_length(probes));
  end if;
  update public.runs r set n_probes = n_before + n_inserted where r.id = insert_probes.run_id;
end $$;

-- Makes this worker the one of its region, where there is none or its lease ran out; true when it is.
create or replace function public.take_region(run_id uuid, worker jsonb) returns boolean
language sql security invoker set search_path = '' as $$
  with taken as (
    insert into public.run_workers as w (run_id, region, owner, lease_until)
      values (take_region.run_id, worker ->> 'region', worker ->> 'owner',
        clock_timestamp() + (worker ->> 'lease_ms')::double precision * interval '1 millisecond')
      on conflict on constraint run_workers_pkey do update set owner = excluded.owner, lease_until = excluded.lease_until
        where w.lease_until < clock_timestamp() or w.owner = excluded.owner
      returning 1
  )
  select exists (select from taken)
$$;

-- Probes of a run, in one region or all, that nobody is at.
create or replace function public.open_probes(run_id uuid, region text) returns setof public.probes
language sql stable security invoker set search_path = '' as $$
  select p.* from public.probes p
    where p.run_id = open_probes.run_id and (open_probes.region is null or p.region = open_probes.region)
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
$$;

-- Runs whose worker stopped answering are closed with what they have: scheduled ones when it is too late for their probes,
-- others as soon as nobody holds them.
create or replace function public.close_abandoned() returns void
language plpgsql security invoker set search_path = '' as $$
declare
  left_alone record;
begin
  for left_alone in
    select r.id, r.slot, r.n_probes from public.runs r
    where r.status = 'running' and r.started_at < now() - interval '5 minutes'
      and (r.late_at is null or r.late_at < now())
      and not exists (select from public.run_workers w where w.run_id = r.id and w.lease_until > clock_timestamp())
      and not exists (select from public.probes p where p.run_id = r.id and p.status = 'claimed' and p.lease_until > clock_timestamp())
    order by r.id for update skip locked
  loop
    update public.probes p
      set status = 'skipped', lease_until = null, skip_reason = case when left_alone.slot is null then 'abandoned' else 'late' end
      where p.run_id = left_alone.id and p.status in ('planned', 'claimed');
    if found or left_alone.n_probes = 0 then
      update public.runs r set status = 'abandoned', finished_at = clock_timestamp(),
          status_reason = 'its worker stopped answering before every probe was made'
        where r.id = left_alone.id;
      perform public.count_run(left_alone.id);
    else
      perform public.close_run(left_alone.id, 'finished');
    end if;
  end loop;
end $$;

-- Closes a run and counts it; one that is closed stays as it was closed.
create or replace function public.close_run(run_id uuid, status text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update public.runs r set status = close_run.status, finished_at = clock_timestamp()
    where r.id = close_run.run_id and r.status = 'running';
  if found then
    perform public.relabel_own_outage(close_run.run_id);
    perform public.count_run(close_run.run_id);
  end if;
end $$;

-- A run in which at least half of the targets, over at least three providers, failed on the network: that is this side of it.
create or replace function public.relabel_own_outage(run_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  network constant text[] := array['dns', 'connect', 'tls', 'timeout_connect', 'reset'];
  n_targets integer;
  n_failing integer;
  n_providers integer;
begin
  select count(distinct b.target_id),
      count(distinct b.target_id) filter (where b.error_kind = any (network)),
      count(distinct b.provider) filter (where b.error_kind = any (network))
    into n_targets, n_failing, n_providers
    from public.benchmark_results b where b.run_id = relabel_own_outage.run_id;
  if n_providers >= 3 and n_failing * 2 >= n_targets then
    update public.benchmark_results b set fault_domain_was = b.fault_domain, fault_domain = 'self'
      where b.run_id = relabel_own_outage.run_id and b.error_kind = any (network) and b.fault_domain <> 'self';
    update public.runs r
      set status_reason = format('our own outage: %s of %s targets over %s providers failed on the network', n_failing, n_targets, n_providers)
      where r.id = relabel_own_outage.run_id;
  end if;
end $$;

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...], worker: {region, owner, lease_ms} or none}.
-- out: {created, joined, run}. One run per schedule and slot: whoever comes later gets the run that is there, and may work on
-- it (joined) where its region has no probes yet, which are then added, or where its region's worker stopped answering.
create or replace function public.start_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  planned public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  worker jsonb := nullif(input -> 'worker', 'null');
  run public.runs;
  is_new boolean;
  joined boolean := false;
begin
  perform public.close_abandoned();
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, late_at, region, synthetic, settings)
    values (planned.id, planned.run_name, planned.triggered_by, planned.mode, planned.schedule, planned.slot, planned.late_at,
      planned.region, planned.synthetic, planned.settings)
    on conflict do nothing returning * into run;
  is_new := run.id is not null;
  if not is_new then
    select r.* into strict run from public.runs r
      where r.id = planned.id or (r.schedule = planned.schedule and r.slot = planned.slot)
      order by r.id = planned.id desc limit 1 for no key update;
  end if;
  if is_new or (run.id <> planned.id and public.is_open_for(run, worker ->> 'region')) then
    perform public.get_or_create_provider(provider)
      from (select provider from jsonb_array_elements(input -> 'providers') provider order by provider ->> 'slug') ordered;
    perform public.save_targets(input -> 'probes', case when (input ->> 'adhoc')::boolean then null else true end);
    perform public.insert_probes(run.id, input -> 'probes');
    update public.runs r set status = 'running', finished_at = null where r.id = run.id and r.status = 'finished';
  end if;
  if worker is not null then
    joined := (public.join_run(jsonb_build_object('run_id', run.id, 'worker', worker)) ->> 'joined')::boolean;
  end if;
  return jsonb_build_object('created', is_new, 'joined', joined or is_new, 'run', public.describe_run(public.get_run(run.id)));
end $$;

-- Whether a region may still add its probes to a run: it has none in it, and it is not too late.
create or replace function public.is_open_for(run public.runs, region text) returns boolean
language sql stable security invoker set search_path = '' as $$
  select region is not null and run.status in ('running', 'finished') and run.slot is not null
    and (run.late_at is null or run.late_at > now())
    and not exists (select from public.probes p where p.run_id = run.id and p.region = is_open_for.region)
$$;

-- in: {run_id, worker: {region, owner, lease_ms}}. out: {joined, run, settings}. A worker goes on with a run: joined where probes of its
-- region are left that nobody is at, and nobody else holds the region.
create or replace function public.join_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  worker jsonb := input -> 'worker';
  joined boolean := false;
begin
  if run.status = 'running' and exists (select from public.open_probes(run.id, worker ->> 'region')) then
    joined := public.take_region(run.id, worker);
  end if;
  return jsonb_build_object('joined', joined, 'run', public.describe_run(run), 'settings', run.settings);
end $$;

-- in: {run_id, claim_id, owner, lease_ms, region, provider or none, probe_id or none, budget or none}.
-- out: {probe, settings, claims, lease_until} or null. The next probe of the region that may be called, of one provider where
-- it is named: planned, or its lease ran out. What may not be called is skipped with the reason. Asked again with the same claim_id
-- it gives the same probe, so an answer that got lost loses no probe. Null also for a worker that lost its region.
create or replace function public.claim_probe(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  claim uuid := (input ->> 'claim_id')::uuid;
  lease interval := (input ->> 'lease_ms')::double precision * interval '1 millisecond';
  claimed public.probes;
  reason text;
begin
  if run.status <> 'running' or exists (
      select from public.run_workers w
      where w.run_id = run.id and w.region = input ->> 'region' and w.owner <> input ->> 'owner') then
    return null;
  end if;
  select p.* into claimed from public.probes p
    where p.run_id = run.id and p.status = 'claimed' and p.claim_id = claim;
  while claimed.id is null loop
    select next.* into claimed from public.probes next
      join public.targets t on t.id = next.target_id
      join public.providers pr on pr.id = t.provider_id
      where next.run_id = run.id and next.region = input ->> 'region'
        and (next.status = 'planned' or (next.status = 'claimed' and next.lease_until < clock_timestamp()))
        and (input ->> 'provider' is null or pr.slug = input ->> 'provider')
        and (input ->> 'probe_id' is null or next.id = (input ->> 'probe_id')::uuid)
      order by next.ordinal limit 1 for update of next skip locked;
    exit when claimed.id is null;
    reason := public.why_skip(run, claimed, nullif(input -> 'budget', 'null'));
    if reason is null then
      begin
        update public.probes p
          set status = 'claimed', claims = p.claims + 1, claim_id = claim, lease_owner = input ->> 'owner',
            lease_until = clock_timestamp() + lease
          where p.id = claimed.id returning p.* into claimed;
        perform public.reserve(claimed);
      exception when unique_violation then
        -- The first call with this claim_id was still under way, and has it now.
        select p.* into claimed from public.probes p where p.run_id = run.id and p.claim_id = claim;
      end;
    else
      update public.probes p set status = 'skipped', skip_reason = reason, lease_until = null where p.id = claimed.id;
      claimed := null;
    end if;
  end loop;
  if claimed.id is null then
    return null;
  end if;
  update public.run_workers w set lease_until = greatest(w.lease_until, claimed.lease_until)
    where w.run_id = run.id and w.region = input ->> 'region';
  return public.describe_assignment(claimed, run);
end $$;

-- Why a probe may not be called now, or null: too late, its provider asked to be left alone, or it does not fit a budget.
-- budget: {usd_per_day, usd_per_month, max_price_per_m}, each or null.
create or replace function public.why_skip(run public.runs, probe public.probes, budget jsonb) returns text
language plpgsql security invoker set search_path = '' as $$
declare
  penalty timestamptz;
  today constant date := (now() at time zone 'UTC')::date;
  spent_today double precision;
  spent_this_month double precision;
begin
  if run.late_at < clock_timestamp() then
    return 'late';
  end if;
  select p.penalty_until into penalty
    from public.targets t join public.providers p on p.id = t.provider_id where t.id = probe.target_id;
  if penalty > clock_timestamp() then
    return format('rate limited until %s', to_char(penalty at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'));
  end if;
  if budget is null then
    return null;
  end if;
  if probe.estimate_usd is null then
    return 'unpriced';
  end if;
  -- The row of the day is what parallel workers wait for each other at.
  insert into public.spending (day) values (today) on conflict do nothing;
  perform 1 from public.spending s where s.day = today for update;
  select coalesce(sum(s.usd) filter (where s.day = today), 0), coalesce(sum(s.usd), 0) into spent_today, spent_this_month
    from public.spending s where s.day >= date_trunc('month', today::timestamp)::date;
  if spent_today + probe.estimate_usd > (budget ->> 'usd_per_day')::double precision
    or spent_this_month + probe.estimate_usd > (budget ->> 'usd_per_month')::double precision then
    return 'budget';
  end if;
  return null;
end $$;

-- Sets the estimate of a claimed probe aside.
create or replace function public.reserve(probe public.probes) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
begin
  if probe.estimate_usd is not null then
    insert into public.spending as s (day, usd) values (today, probe.estimate_usd)
      on conflict (day) do update set usd = s.usd + excluded.usd;
    update public.probes p set reserved_usd = probe.estimate_usd, reserved_on = today where p.id = probe.id;
  end if;
end $$;

-- Puts what a call cost in the place of what was set aside for it: where nobody knows, the whole estimate, or the input of a
-- call that failed.
create or replace function public.settle(probe_id uuid, result jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  probe public.probes;
  cost double precision;
begin
  -- The probe before the day, as in claim_probe.
  select p.* into probe from public.probes p where p.id = settle.probe_id for no key update;
  cost := coalesce((result ->> 'cost_usd')::double precision,
    case when (result ->> 'success')::boolean then probe.estimate_usd else probe.input_usd end, 0);
  if probe.reserved_on is not null then
    update public.spending s set usd = s.usd + cost - probe.reserved_usd where s.day = probe.reserved_on;
    update public.probes p set reserved_usd = cost where p.id = probe.id;
  end if;
end $$;

-- All that it takes to call a claimed probe.
create or replace function public.describe_assignment(probe public.probes, run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
    'probe', jsonb_build_object(
      'id', probe.id, 'result_id', probe.result_id, 'iteration', probe.iteration, 'region', probe.region,
      'series', probe.series, 'price', probe.price, 'estimate_usd', probe.estimate_usd, 'input_usd', probe.input_usd,
      'target', jsonb_build_object('provider', p.slug, 'model', m.name, 'parameters', t.parameters, 'region', t.region)),
    'settings', run.settings, 'claims', probe.claims, 'lease_until', probe.lease_until)
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
  where t.id = probe.target_id
$$;

-- in: {run_id, reason, region or none}. out: {skipped}. A probe in hand is left alone; one whose lease ran out is nobody's.
create or replace function public.skip_probes(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  skipped integer;
begin
  update public.probes p set status = 'skipped', skip_reason = input ->> 'reason', lease_until = null
    where p.id in (select o.id from public.open_probes(run.id, input ->> 'region') o);
  get diagnostics skipped = row_count;
  return jsonb_build_object('skipped', skipped);
end $$;

-- in: {run_id, status, region and owner or none}. out: the run, with skip_reasons: {reason: how many}. A worker lets go of its region; the run is closed where nothing of it is
-- left open, or where no worker is named. A run that is closed stays as it was closed.
create or replace function public.finish_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
begin
  perform 1 from public.runs r where r.id = run.id for no key update;
  delete from public.run_workers w
    where w.run_id = run.id and w.region = input ->> 'region' and w.owner = input ->> 'owner';
  if input ->> 'region' is null or not exists (
      select from public.probes p where p.run_id = run.id and p.status in ('planned', 'claimed')) then
    perform public.close_run(run.id, input ->> 'status');
  end if;
  return public.describe_run(public.get_run(run.id)) || jsonb_build_object('skip_reasons', (
    select coalesce(jsonb_object_agg(skips.skip_reason, skips.n), '{}')
    from (
      select p.skip_reason, count(*) as n from public.probes p
      where p.run_id = run.id and p.status = 'skipped' group by p.skip_reason) skips));
end $$;

-- in: {run: id, run_name, triggered_by, schedule, slot, region; reason}. out: the run. A slot for which nothing could be
-- made is a gap that the table shows; where the slot has its run after all, that one.
create or replace function public.file_missed(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  missed public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  run public.runs;
begin
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, region, status, status_reason, started_at, finished_at)
    values (missed.id, missed.run_name, missed.triggered_by, 'scheduled', missed.schedule, missed.slot, missed.region, 'missed',
      input ->> 'reason', coalesce(missed.started_at, now()), coalesce(missed.started_at, now()))
    on conflict do nothing;
  select r.* into strict run from public.runs r
    where r.id = missed.id or (r.schedule = missed.schedule and r.slot = missed.slot)
    order by r.id = missed.id desc limit 1;
  return public.describe_run(run);
end $$;

-- in: {probe_id, id, result_id}. out: {planned}. Plans a second look at a probe that failed, which names it.
create or replace function public.plan_confirm(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  first_probe public.probes;
begin
  select p.* into strict first_probe from public.probes p where p.id = (input ->> 'probe_id')::uuid;
  perform 1 from public.runs r where r.id = first_probe.run_id for no key update;
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price, estimate_usd, input_usd, confirms)
    select (input ->> 'id')::uuid, first_probe.run_id, first_probe.target_id, (input ->> 'result_id')::uuid,
      max(p.ordinal) + 1, first_probe.iteration, first_probe.region, first_probe.series, first_probe.price,
      first_probe.estimate_usd, first_probe.input_usd, first_probe.id
    from public.probes p where p.run_id = first_probe.run_id
    on conflict (id) do nothing;
  if found then
    update public.runs r set n_probes = r.n_probes + 1 where r.id = first_probe.run_id;
  end if;
  return jsonb_build_object('planned', found);
end $$;

-- What the database knows about a result before it has a row: its probe, target, provider and model, and the result that it
-- checks again. The probe may be gone, with its provider; a measurement that was made is kept all the same.
create or replace function public.resolve_result(result jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  resolved jsonb;
  provider uuid;
begin
  select jsonb_build_object('probe_id', p.id, 'target_id', t.id, 'provider_id', t.provider_id, 'model_id', t.model_id,
      'confirms', (select first_probe.result_id from public.probes first_probe where first_probe.id = p.confirms))
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

-- A provider that limits us and says for how long is left alone until then, for an hour at most.
create or replace function public.heed_limit(result jsonb) returns void
language sql security invoker set search_path = '' as $$
  update public.providers p
    set penalty_until = greatest(p.penalty_until,
      clock_timestamp() + least((result ->> 'retry_after_ms')::double precision, 3600000) * interval '1 millisecond')
    where p.id = (result ->> 'provider_id')::uuid
      and result ->> 'error_kind' in ('rate_limited', 'quota', 'overloaded') and result ->> 'retry_after_ms' is not null
$$;

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
    perform public.settle((result ->> 'probe_id')::uuid, result);
    perform public.heed_limit(result);
    perform public.count_run(run.id) where run.status <> 'running';
  end if;
  select jsonb_build_object('recorded', is_new, 'id', b.id, 'provider_id', b.provider_id, 'model_id', b.model_id,
      'created_at', b.created_at) into strict receipt
    from public.benchmark_results b where b.id = (result ->> 'id')::uuid;
  return receipt;
end $$;

-- As for every table and function: only service_role may touch it.
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  for object, privileges in
    select 'table public.' || name, 'select, insert, update, delete' from unnest(array['run_workers', 'spending']) name
    union all
    select 'function public.' || signature, 'execute'
      from unnest(array[
        'insert_probes(uuid, jsonb)', 'take_region(uuid, jsonb)', 'open_probes(uuid, text)', 'close_abandoned()',
        'close_run(uuid, text)', 'relabel_own_outage(uuid)', 'start_run(jsonb)', 'is_open_for(public.runs, text)',
        'join_run(jsonb)', 'claim_probe(jsonb)', 'describe_assignment(public.probes, public.runs)', 'why_skip(public.runs, public.probes, jsonb)', 'reserve(public.probes)',
        'settle(uuid, jsonb)', 'skip_probes(jsonb)', 'finish_run(jsonb)', 'file_missed(jsonb)', 'plan_confirm(jsonb)',
        'resolve_result(jsonb)', 'heed_limit(jsonb)', 'record_result(jsonb)'
      ]) signature
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;
