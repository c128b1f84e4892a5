-- Workers of a run: each region has one at a time, which holds its lease.

-- Until when a worker that asks now has its region.
create or replace function firsttoken.lease_end(worker jsonb) returns timestamptz
language sql volatile security invoker set search_path = '' as $$
  select clock_timestamp() + (worker ->> 'lease_ms')::double precision * interval '1 millisecond'
$$;

-- Leases the region to a worker that does not have it, if nobody has it, next_job keeps it for whoever comes,
-- or the lease expired. True if this worker has it now and had not before.
create or replace function firsttoken.lease_region(run_id uuid, worker jsonb) returns boolean
language sql security invoker set search_path = '' as $$
  with taken as (
    insert into public.run_workers as w (run_id, region, owner, lease_until)
      values (lease_region.run_id, worker ->> 'region', worker ->> 'owner', firsttoken.lease_end(worker))
      on conflict on constraint run_workers_pkey
        do update set owner = excluded.owner, lease_until = excluded.lease_until
        where (w.lease_until < clock_timestamp() or starts_with(w.owner, 'next_job'))
          and w.owner <> excluded.owner
      returning 1
  )
  select exists (select from taken)
$$;

-- Whether another worker than this one, {region, owner}, has its region of a run; false without an owner.
create or replace function firsttoken.is_taken(run_id uuid, worker jsonb) returns boolean
language plpgsql stable security invoker set search_path = '' as $$
begin
  return exists (
    select from public.run_workers w
    where w.run_id = is_taken.run_id and w.region = worker ->> 'region' and w.owner <> worker ->> 'owner');
end $$;

-- Probes of a run that nobody has claimed or whose lease expired, in one region or all (null).
create or replace function firsttoken.open_probes(run_id uuid, region text) returns setof public.probes
language sql stable security invoker set search_path = '' as $$
  select p.* from public.probes p
    where p.run_id = open_probes.run_id and (open_probes.region is null or p.region = open_probes.region)
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
$$;

-- Makes this worker the one of its region if that has open probes, no shards, and no other worker holds it;
-- true if it has the region now. is_new: it has created the run. Who had the region already renews its lease.
create or replace function firsttoken.join_region(run public.runs, worker jsonb, is_new boolean)
returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  -- Before the lease: a session that deletes the run locks them in this order, too.
  perform 1 from public.runs r where r.id = run.id for key share;
  if run.status <> 'running'
    or not exists (select from firsttoken.open_probes(run.id, worker ->> 'region'))
    or exists (
      select from public.shards s where s.run_id = run.id and s.region = worker ->> 'region') then
    return false;
  end if;
  update public.run_workers w set lease_until = firsttoken.lease_end(worker)
    where w.run_id = run.id and w.region = worker ->> 'region' and w.owner = worker ->> 'owner';
  if found then
    return true;
  end if;
  if firsttoken.lease_region(run.id, worker) then
    perform firsttoken.add_event(run.id, 'run_joined', jsonb_build_object('owner', worker -> 'owner'))
      where not is_new;
    return true;
  end if;
  -- The same call, made a moment ago, may have it.
  return exists (
    select from public.run_workers w
    where w.run_id = run.id and w.region = worker ->> 'region' and w.owner = worker ->> 'owner');
end $$;

-- What the calls of a run that were recorded count against its limits: {usd, errors}. As in the budget, a
-- cost that is unknown is what the call may have cost.
create or replace function firsttoken.count_made(run_id uuid) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select jsonb_build_object('errors', count(*) filter (where not r.success), 'usd',
      coalesce(sum(coalesce(r.cost_usd, case when r.success then p.estimate_usd else p.input_usd end)), 0))
    from public.benchmark_results r join public.probes p on p.id = r.probe_id
    where r.run_id = count_made.run_id);
end $$;

-- When the open probes of a trace are due, in order: [[level, due_ms]]; null of any other run, whose settings
-- tell. Whoever takes a trace over would otherwise claim them long before, and lose them with their lease.
create or replace function firsttoken.due_of_trace(run public.runs, region text) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select jsonb_agg(jsonb_build_array(p.level, p.due_ms) order by p.ordinal)
    from firsttoken.open_probes(run.id, region) p
    where run.settings #> '{work,trace}' is not null and p.due_ms is not null);
end $$;

-- in: {run_id, worker: {region, owner, lease_ms}}. out: {joined, run, settings, made: {usd, errors}, left: of
-- due_of_trace}. Resumes a run: joined is true if its region has open probes and no other worker holds it.
create or replace function public.join_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
begin
  return jsonb_build_object('joined', firsttoken.join_region(run, input -> 'worker', false),
    'run', firsttoken.describe_run(run), 'settings', run.settings, 'made', firsttoken.count_made(run.id),
    'left', firsttoken.due_of_trace(run, input #>> '{worker,region}'));
end $$;
