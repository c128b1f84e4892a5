-- Costs of calls that nobody set money aside for are counted, and a slot that was missed may still be made while it is time.

-- Puts what a call cost in the place of what was set aside for it: where nobody knows, the whole estimate, or the input of a
-- call that failed. A call that was made while the database was away had nothing set aside: its cost is added to its own day.
create or replace function public.settle(probe_id uuid, result jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  probe public.probes;
  cost double precision;
  made_on date;
begin
  -- The probe before the day, as in claim_probe.
  select p.* into probe from public.probes p where p.id = settle.probe_id for no key update;
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

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...], worker: {region, owner, lease_ms} or none}.
-- out: {created, joined, run}. One run per schedule and slot: whoever comes later gets the run that is there, and may work on
-- it (joined) where its region has no probes yet, which are then added, or where its region's worker stopped answering. A slot
-- that was filed as missed is made all the same by who comes while it is not too late.
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
    if run.status = 'missed' and run.id <> planned.id and worker is not null and planned.late_at > now() then
      update public.runs r
        set status = 'running', status_reason = null, finished_at = null, started_at = now(), late_at = planned.late_at,
          triggered_by = planned.triggered_by, mode = planned.mode, region = planned.region, synthetic = planned.synthetic,
          settings = planned.settings
        where r.id = run.id returning * into run;
    end if;
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
