-- Runs: starting, joining, closing. Every function can be repeated with the same input and changes nothing
-- more.

-- The run, or an error that names it.
create or replace function firsttoken.get_run(run_id uuid) returns public.runs
language plpgsql stable security invoker set search_path = '' as $$
declare
  found_run public.runs;
begin
  select r.* into found_run from public.runs r where r.id = get_run.run_id;
  if found_run.id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no run %s: it was never started here, or has been deleted',
        coalesce(run_id::text, 'without an id'));
  end if;
  return found_run;
end $$;

-- A run as the API shows it.
create or replace function firsttoken.describe_run(run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select to_jsonb(run) - array['settings', 'client', 'idempotency_key']
$$;

-- Counts a run from its probes.
create or replace function firsttoken.count_run(run_id uuid) returns void
language sql security invoker set search_path = '' as $$
  update public.runs r
    set n_succeeded = counted.n_succeeded, n_failed = counted.n_failed, n_skipped = counted.n_skipped
    from (
      select count(*) filter (where p.status = 'done') as n_succeeded,
        count(*) filter (where p.status = 'failed') as n_failed,
        count(*) filter (where p.status = 'skipped') as n_skipped
      from public.probes p where p.run_id = count_run.run_id) counted
    where r.id = count_run.run_id
$$;

-- Marks failures as our own outage if at least half of the targets of a run, over at least three providers,
-- failed on the network.
create or replace function firsttoken.relabel_own_outage(run_id uuid) returns void
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
      where b.run_id = relabel_own_outage.run_id and b.error_kind = any (network)
        and b.fault_domain <> 'self';
    update public.runs r
      set status_reason = format('our own outage: %s of %s targets over %s providers failed on the network',
        n_failing, n_targets, n_providers)
      where r.id = relabel_own_outage.run_id;
  end if;
end $$;

-- Closes and counts a run, which ends its loads and shards. A closed run keeps the status it was closed with.
create or replace function firsttoken.close_run(run_id uuid, status text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update public.runs r set status = close_run.status, finished_at = clock_timestamp()
    where r.id = close_run.run_id and r.status in ('queued', 'running');
  if found then
    perform firsttoken.end_loads(close_run.run_id);
    perform firsttoken.end_shards(close_run.run_id);
    perform firsttoken.relabel_own_outage(close_run.run_id);
    perform firsttoken.count_run(close_run.run_id);
    perform firsttoken.add_event(close_run.run_id, 'run_finished', jsonb_build_object('status', status));
  end if;
end $$;

-- Whether the worker of a run stopped responding: nobody holds a lease on it, and if it is scheduled, its
-- probes are late; one on demand is left to next_job for an hour.
create or replace function firsttoken.is_abandoned(run public.runs) returns boolean
language sql stable security invoker set search_path = '' as $$
  select run.status = 'running' and run.started_at < now() - greatest(left_for.patience, interval '5 minutes')
    and (run.late_at is null or run.late_at < now())
    and not exists (
      select from public.run_workers w
      where w.run_id = run.id and w.lease_until > clock_timestamp() - left_for.patience)
    and not exists (
      select from public.probes p
      where p.run_id = run.id and p.status = 'claimed'
        and p.lease_until > clock_timestamp() - left_for.patience)
  from (select case when run.triggered_by = 'api' then interval '1 hour' else '0' end as patience) left_for
$$;

-- Closes runs that are abandoned, with what they have.
create or replace function firsttoken.close_abandoned_runs() returns void
language plpgsql security invoker set search_path = '' as $$
declare
  abandoned record;
  reason text;
  n_skipped integer;
begin
  for abandoned in
    select r.id, r.slot, r.n_probes from public.runs r
    where r.status = 'running' and firsttoken.is_abandoned(r)
    order by r.id for update of r skip locked
  loop
    -- A claim may have come before the lock, and none can come after it.
    continue when not firsttoken.is_abandoned(firsttoken.get_run(abandoned.id));
    reason := case when abandoned.slot is null then 'abandoned' else 'late' end;
    update public.probes p set status = 'skipped', lease_until = null, skip_reason = reason
      where p.run_id = abandoned.id and p.status in ('planned', 'claimed');
    get diagnostics n_skipped = row_count;
    perform firsttoken.add_skips(abandoned.id, jsonb_build_object(reason, n_skipped));
    if n_skipped > 0 or abandoned.n_probes = 0 then
      update public.runs r set status = 'abandoned', finished_at = clock_timestamp(),
          status_reason = 'its worker stopped answering before every probe was made'
        where r.id = abandoned.id;
      perform firsttoken.end_shards(abandoned.id);
      perform firsttoken.count_run(abandoned.id);
      perform firsttoken.add_event(abandoned.id, 'run_finished', '{"status": "abandoned"}');
    else
      perform firsttoken.close_run(abandoned.id, 'finished');
    end if;
  end loop;
end $$;

-- Whether a region may still add its probes to a run: it has none yet, and the slot is not over.
create or replace function firsttoken.accepts_region(run public.runs, region text) returns boolean
language sql stable security invoker set search_path = '' as $$
  select region is not null and run.status in ('running', 'finished') and run.slot is not null
    and (run.late_at is null or run.late_at > now())
    and not exists (select from public.probes p where p.run_id = run.id and p.region = accepts_region.region)
$$;

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...], worker: {region, owner, lease_ms} or
-- none, shards: [{shard, region, provider, window_at}] or none}.
-- out: {created, joined, run}. One run per schedule and slot. A later caller gets the existing run, and joins
-- it if its region has no probes yet, which are then added, or if the lease of its region expired. A slot
-- that was recorded as missed is run after all if it is not too late. A plan without probes, of a slot in
-- which no target is due, makes a run that is finished at once: the slot was not missed. A plan with shards
-- has no worker: the region of its run is planned once, and any worker of it claims them.
create or replace function public.start_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  planned public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  worker jsonb := nullif(input -> 'worker', 'null');
  wanted_region constant text := case when input ? 'shards' then planned.region else worker ->> 'region' end;
  run public.runs;
  is_new boolean;
  joined boolean := false;
begin
  perform firsttoken.close_abandoned_runs();
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, late_at, region, synthetic,
    settings, started_at)
    values (planned.id, planned.run_name, planned.triggered_by, planned.mode, planned.schedule, planned.slot,
      planned.late_at, planned.region, planned.synthetic, planned.settings,
      coalesce(planned.started_at, now()))
    on conflict do nothing returning * into run;
  is_new := run.id is not null;
  if not is_new then
    select r.* into strict run from public.runs r
      where r.id = planned.id or (r.schedule = planned.schedule and r.slot = planned.slot)
      order by r.id = planned.id desc limit 1 for no key update;
    if run.status = 'missed' and run.id <> planned.id and wanted_region is not null
      and planned.late_at > now() then
      update public.runs r
        set status = 'running', status_reason = null, finished_at = null, started_at = now(),
          late_at = planned.late_at, triggered_by = planned.triggered_by, mode = planned.mode,
          region = planned.region, synthetic = planned.synthetic, settings = planned.settings
        where r.id = run.id returning * into run;
      perform firsttoken.add_event(run.id, 'run_started');
    end if;
  else
    perform firsttoken.add_event(run.id, 'run_started');
  end if;
  if is_new or (run.id <> planned.id and jsonb_array_length(input -> 'probes') > 0
    and firsttoken.accepts_region(run, wanted_region)) then
    perform firsttoken.save_plan(run.id, input);
    update public.runs r set status = 'running', finished_at = null
      where r.id = run.id and r.status = 'finished';
    -- A plan that skips all of its probes leaves nobody anything to end the run with.
    perform firsttoken.close_run(run.id, 'finished')
      where input ? 'shards' and not exists (select from firsttoken.open_probes(run.id, null));
  end if;
  if jsonb_array_length(input -> 'probes') = 0 then
    perform firsttoken.close_run(r.id, 'finished') from public.runs r where r.id = run.id and r.n_probes = 0;
  end if;
  if worker is not null then
    joined := firsttoken.join_region(firsttoken.get_run(run.id), worker, is_new);
  end if;
  return jsonb_build_object('created', is_new, 'joined', joined or is_new,
    'run', firsttoken.describe_run(firsttoken.get_run(run.id)));
end $$;

-- in: {run_id, status, region and owner or none}. out: the run, with skip_reasons: {reason: count}. Releases
-- the region of the worker, and closes the run if no probe is open or no worker is named. A closed run keeps
-- its status; one that somebody cancels is `cancelled`.
create or replace function public.finish_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  is_released boolean;
begin
  perform firsttoken.lock_closing(run.id);
  select r.* into strict run from public.runs r where r.id = run.id for no key update;
  delete from public.run_workers w
    where w.run_id = run.id and w.region = input ->> 'region' and w.owner = input ->> 'owner';
  is_released := found;
  if input ->> 'region' is null or not exists (
      select from public.probes p where p.run_id = run.id and p.status in ('planned', 'claimed')) then
    perform firsttoken.close_run(run.id,
      case when run.cancel_requested_at is null then input ->> 'status' else 'cancelled' end);
  elsif is_released and exists (
      select from public.probes p
      where p.run_id = run.id and p.region = input ->> 'region' and p.status in ('planned', 'claimed')) then
    perform firsttoken.add_event(run.id, 'run_handed_over');
  end if;
  return firsttoken.describe_run(firsttoken.get_run(run.id)) || jsonb_build_object('skip_reasons', (
    select coalesce(jsonb_object_agg(skips.skip_reason, skips.n), '{}')
    from (
      select p.skip_reason, count(*) as n from public.probes p
      where p.run_id = run.id and p.status = 'skipped' group by p.skip_reason) skips));
end $$;

-- Closes a run whose worker in a region was given up, with the reason, unless another worker took over or
-- another region has something left to do.
create or replace function firsttoken.abandon_run(run_id uuid, region text, reason text) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_skipped integer;
begin
  -- Nobody can join or claim meanwhile: both lock the run `for key share`.
  perform 1 from public.runs r where r.id = abandon_run.run_id for update;
  if exists (
      select from public.run_workers w
      where w.run_id = abandon_run.run_id and w.region = abandon_run.region
        and w.lease_until > clock_timestamp()) then
    return;
  end if;
  update public.probes p set status = 'skipped', lease_until = null, skip_reason = 'abandoned'
    where p.run_id = abandon_run.run_id and p.region = abandon_run.region
      and p.status in ('planned', 'claimed');
  get diagnostics n_skipped = row_count;
  perform firsttoken.add_skips(abandon_run.run_id, jsonb_build_object('abandoned', n_skipped));
  if not exists (
      select from public.probes p
      where p.run_id = abandon_run.run_id and p.status in ('planned', 'claimed')) then
    update public.runs r set status = 'abandoned', status_reason = abandon_run.reason,
        finished_at = coalesce(r.finished_at, clock_timestamp())
      where r.id = abandon_run.run_id and r.status in ('running', 'cancelled');
    if found then
      perform firsttoken.end_shards(abandon_run.run_id);
      perform firsttoken.add_event(abandon_run.run_id, 'run_finished', '{"status": "abandoned"}');
    end if;
    perform firsttoken.count_run(abandon_run.run_id);
  end if;
end $$;

-- in: {run: id, run_name, triggered_by, schedule, slot, region; reason; abandoned or none}. out: the run.
-- Records a slot without a run as missed, so that the gap shows; returns the run of the slot if there is one
-- after all. abandoned: the slot did begin, but its worker was given up, so its run is closed.
create or replace function public.file_missed(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  missed public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  abandoned constant boolean := coalesce((input ->> 'abandoned')::boolean, false);
  run public.runs;
begin
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, region, status, status_reason,
    started_at, finished_at)
    values (missed.id, missed.run_name, missed.triggered_by, 'scheduled', missed.schedule, missed.slot,
      missed.region, case when abandoned then 'abandoned' else 'missed' end, input ->> 'reason',
      coalesce(missed.started_at, now()), coalesce(missed.started_at, now()))
    on conflict do nothing;
  if found and abandoned then
    perform firsttoken.add_event(missed.id, 'run_finished', '{"status": "abandoned"}');
  elsif found then
    perform firsttoken.add_event(missed.id, 'run_missed', jsonb_build_object('reason', input -> 'reason'));
  end if;
  select r.* into strict run from public.runs r
    where r.id = missed.id or (r.schedule = missed.schedule and r.slot = missed.slot)
    order by r.id = missed.id desc limit 1;
  if abandoned then
    perform firsttoken.abandon_run(run.id, missed.region, input ->> 'reason');
  end if;
  return firsttoken.describe_run(firsttoken.get_run(run.id));
end $$;
