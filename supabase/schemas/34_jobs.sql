-- Runs on demand: they wait in a queue, and a few run at once. Every function can be repeated.

-- Whoever changes the queue takes turns, so that no two see room for one.
create or replace function firsttoken.lock_queue() returns void
language sql security invoker set search_path = '' as $$
  -- Distinguishes this advisory lock from others of the database.
  select pg_advisory_xact_lock(702418, 1)
$$;

-- A run on demand as the API shows it. place: 1 is the next to start; null if it does not wait.
create or replace function firsttoken.describe_job(run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object('run', firsttoken.describe_run(run),
    'is_cancelling', run.cancel_requested_at is not null,
    'place', case when run.status = 'queued' then (
      select count(*) from public.runs r
      where r.status = 'queued' and r.region = run.region
        and (r.queued_at, r.id) <= (run.queued_at, run.id)) end)
$$;

-- How many starts a client has left of those it may make within any hour: {limit, remaining, reset_s}.
-- reset_s: until it has one more than now, 0 if it has all. Null is no limit.
create or replace function firsttoken.describe_rate(client text, per_hour integer) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object('limit', per_hour,
    'remaining', case when per_hour is not null then greatest(0, per_hour - s.n) end,
    'reset_s', coalesce(greatest(1, ceil(extract(epoch from s.leaves_at - clock_timestamp()))), 0)::integer)
  from (
    select count(*)::integer as n,
      -- With more starts than the limit, which may have been lowered, several must leave.
      (array_agg(r.queued_at order by r.queued_at))[greatest(1, count(*) - per_hour + 1)]
        + interval '1 hour' as leaves_at
    from public.runs r
    where r.client is not distinct from describe_rate.client
      and r.queued_at > clock_timestamp() - interval '1 hour') s
$$;

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...], limits: {per_hour, client, max_queued}}.
-- out: {created, run, place, is_cancelling, rate: {limit, remaining, reset_s}}, or {refused: 'rate_limited'
-- or 'queue_full', rate}. Queues a run. The same id or idempotency_key gets the same run, and counts once.
create or replace function public.queue_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  planned public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  asker constant text := input #>> '{limits,client}';
  per_hour constant integer := (input #>> '{limits,per_hour}')::integer;
  rate jsonb;
  run public.runs;
  is_new boolean;
begin
  perform firsttoken.lock_queue();
  rate := firsttoken.describe_rate(asker, per_hour);
  select r.* into run from public.runs r
    where r.id = planned.id or r.idempotency_key = planned.idempotency_key
    order by r.id = planned.id desc limit 1;
  is_new := run.id is null;
  if is_new and (rate ->> 'remaining')::integer = 0 then
    return jsonb_build_object('refused', 'rate_limited', 'rate', rate);
  elsif is_new and (select count(*) from public.runs r where r.status = 'queued')
      >= (input #>> '{limits,max_queued}')::integer then
    return jsonb_build_object('refused', 'queue_full', 'rate', rate);
  elsif is_new then
    insert into public.runs (id, run_name, triggered_by, mode, region, synthetic, settings, max_cost_usd,
      idempotency_key, status, client, queued_at)
      values (planned.id, planned.run_name, planned.triggered_by, planned.mode, planned.region,
        planned.synthetic, planned.settings, planned.max_cost_usd, planned.idempotency_key, 'queued', asker,
        clock_timestamp());
    perform firsttoken.add_event(planned.id, 'run_queued');
    perform firsttoken.save_plan(planned.id, input);
    run := firsttoken.get_run(planned.id);
    rate := firsttoken.describe_rate(asker, per_hour);
  end if;
  return firsttoken.describe_job(run) || jsonb_build_object('created', is_new, 'rate', rate);
end $$;

-- in: {run_id}. out: {run, place, is_cancelling}.
create or replace function public.read_job(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select firsttoken.describe_job(firsttoken.get_run((input ->> 'run_id')::uuid))
$$;

-- Whether a worker, or one that next_job waits for, has a run.
create or replace function firsttoken.has_worker(run_id uuid) returns boolean
language sql stable security invoker set search_path = '' as $$
  select exists (
    select from public.run_workers w
    where w.run_id = has_worker.run_id and w.lease_until > clock_timestamp())
$$;

-- Skips what nobody is calling of a run that is cancelled, and closes it unless a call is in progress.
create or replace function firsttoken.end_cancelled(run_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform public.skip_probes(jsonb_build_object('run_id', end_cancelled.run_id));
  if not exists (
      select from public.probes p
      where p.run_id = end_cancelled.run_id and p.status = 'claimed')
    and not exists (
      select from public.run_workers w
      where w.run_id = end_cancelled.run_id and w.lease_until > clock_timestamp()
        and not starts_with(w.owner, 'next_job')) then
    perform firsttoken.close_run(end_cancelled.run_id, 'cancelled');
  end if;
end $$;

-- in: {run_id}. out: the run. Cancels it: what has not begun is skipped; a worker learns of it, and closes it
-- once its calls have ended; without a worker it is closed here. A closed run stays as it is.
create or replace function public.cancel_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
begin
  perform firsttoken.lock_closing(run.id);
  select r.* into strict run from public.runs r where r.id = run.id for no key update;
  if run.status in ('queued', 'running') then
    if run.cancel_requested_at is null then
      update public.runs r set cancel_requested_at = clock_timestamp() where r.id = run.id;
      perform firsttoken.add_event(run.id, 'run_cancelling');
    end if;
    perform firsttoken.end_cancelled(run.id);
  end if;
  return firsttoken.describe_run(firsttoken.get_run(run.id));
end $$;

-- Closes runs on demand that have lost their worker and have nothing left to do.
create or replace function firsttoken.close_lost_jobs() returns void
language plpgsql security invoker set search_path = '' as $$
declare
  lost public.runs;
begin
  for lost in
    select r.* from public.runs r
    where r.status = 'running' and r.triggered_by = 'api' and not firsttoken.has_worker(r.id)
    order by r.id for update of r skip locked
  loop
    -- A claim may have come before the lock, and none can come after it.
    continue when firsttoken.has_worker(lost.id);
    if lost.cancel_requested_at is not null then
      perform firsttoken.end_cancelled(lost.id);
    elsif not exists (
        select from public.probes p where p.run_id = lost.id and p.status in ('planned', 'claimed')) then
      perform firsttoken.close_run(lost.id, 'finished');
    end if;
  end loop;
end $$;

-- Keeps the region of a run for the worker that is about to join it; false if another has it after all.
create or replace function firsttoken.keep_region(run_id uuid, region text, caller text) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.run_workers as w (run_id, region, owner, lease_until)
    values (keep_region.run_id, keep_region.region, concat_ws(':', 'next_job', caller),
      clock_timestamp() + interval '30 seconds')
    on conflict on constraint run_workers_pkey
      do update set owner = excluded.owner, lease_until = excluded.lease_until
      where w.lease_until < clock_timestamp();
  return found;
end $$;

-- in: {limit, region, owner or none}. out: {run_id or null}: the run on demand that the caller is to join
-- now: one whose worker died, else the oldest of the queue, which starts. Never are more than limit at work
-- in a region. It is kept for the caller for half a minute, then given to another.
create or replace function public.next_job(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  wanted_region constant text := input ->> 'region';
  most constant integer := coalesce((input ->> 'limit')::integer, 1);
  job public.runs;
begin
  perform firsttoken.lock_queue();
  perform firsttoken.close_lost_jobs();
  select r.* into job from public.runs r
    where r.status = 'running' and r.triggered_by = 'api' and not firsttoken.has_worker(r.id)
      and exists (select from firsttoken.open_probes(r.id, wanted_region))
      and most > (
        select count(*) from public.runs w
        where w.status = 'running' and w.triggered_by = 'api' and w.region = r.region
          and firsttoken.has_worker(w.id))
    order by r.started_at, r.id limit 1;
  while job.id is null and most > (
      select count(*) from public.runs r
      where r.status = 'running' and r.triggered_by = 'api' and r.region = wanted_region)
  loop
    select r.* into job from public.runs r where r.status = 'queued' and r.region = wanted_region
      order by r.queued_at, r.id limit 1 for no key update;
    exit when job.id is null;
    update public.runs r set status = 'running', started_at = clock_timestamp() where r.id = job.id;
    perform firsttoken.add_event(job.id, 'run_started');
    -- Its plan may have skipped everything.
    if not exists (select from firsttoken.open_probes(job.id, null)) then
      perform firsttoken.close_run(job.id, 'finished');
      job := null;
    end if;
  end loop;
  if job.id is not null and not firsttoken.keep_region(job.id, wanted_region, input ->> 'owner') then
    job := null;
  end if;
  return jsonb_build_object('run_id', job.id);
end $$;

-- in: {owners}. out: {owners}: those who hold leases still. Ends the leases of workers that are known to be
-- dead.
create or replace function public.free_leases(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  dead constant text[] := array(select jsonb_array_elements_text(input -> 'owners'));
begin
  update public.shards s set lease_until = clock_timestamp()
    where s.status = 'taken' and s.owner = any (dead) and s.lease_until > clock_timestamp();
  update public.lanes l set lease_until = clock_timestamp()
    where l.owner = any (dead) and l.lease_until > clock_timestamp();
  update public.probes p set lease_until = clock_timestamp()
    where p.status = 'claimed' and p.lease_owner = any (dead) and p.lease_until > clock_timestamp();
  update public.run_workers w set lease_until = clock_timestamp()
    where w.owner = any (dead) and w.lease_until > clock_timestamp();
  return jsonb_build_object('owners', (
    select coalesce(jsonb_agg(distinct held.owner), '[]')
    from (
      select w.owner, w.lease_until from public.run_workers w
      union all select l.owner, l.lease_until from public.lanes l) held
    where held.lease_until > clock_timestamp()));
end $$;
