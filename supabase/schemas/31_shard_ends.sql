-- What a worker does with a shard that it has: renew its lease, and finish it.

-- Whether who asks has a shard: the claim counts too, as one worker may claim a shard whose lease it lost.
create or replace function firsttoken.has_shard(shard public.shards, input jsonb) returns boolean
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  return shard.status = 'taken' and shard.owner = input ->> 'owner'
    and (input ->> 'claim_id' is null or shard.claim_id = (input ->> 'claim_id')::uuid);
end $$;

-- in: {run_id, region, shard, owner, claim_id or none, lease_ms}. out: {held, lease_until, pause_until,
-- cancelled}. Renews the lease of a shard, its lane and its claimed probes; held is false if this worker has
-- them no more, also if it has claimed them again meanwhile.
-- pause_until: until when the provider asks us to pause, or null. cancelled: nothing more of the run is to be
-- called.
create or replace function public.renew_shard(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run constant public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  until constant timestamptz := firsttoken.lease_end(input);
  shard public.shards;
  is_held boolean := false;
begin
  perform firsttoken.check_keys(input, 'renew_shard',
    array['run_id', 'region', 'shard', 'owner', 'claim_id', 'lease_ms']);
  perform 1 from public.runs r where r.id = run.id for key share;
  shard := firsttoken.lock_shard(run.id, input ->> 'region', (input ->> 'shard')::integer, false);
  if firsttoken.has_shard(shard, input) then
    update public.lanes l set lease_until = until
      where l.provider_id = shard.provider_id and l.region = shard.region and l.lane = shard.lane
        and l.owner = shard.owner and l.run_id = run.id and l.shard = shard.shard;
    is_held := found;
  end if;
  if is_held then
    update public.shards s set lease_until = until
      where s.run_id = run.id and s.region = shard.region and s.shard = shard.shard;
    update public.probes p set lease_until = until
      where p.run_id = run.id and p.region = shard.region and p.shard = shard.shard
        and p.status = 'claimed' and p.lease_owner = shard.owner;
  end if;
  return jsonb_build_object('held', is_held, 'lease_until', case when is_held then until end,
    'pause_until', firsttoken.pause_until(shard.provider_id),
    'cancelled', run.status <> 'running' or run.cancel_requested_at is not null);
end $$;

-- Why what a worker gives back is not called anymore, or null: until is when it may be called next, or null.
create or replace function firsttoken.end_reason(run public.runs, provider_id uuid, until timestamptz)
returns text
language plpgsql security invoker set search_path = '' as $$
declare
  pause constant timestamptz := firsttoken.pause_until(provider_id);
begin
  return case
    when run.cancel_requested_at is not null then 'cancelled'
    when run.status <> 'running' then 'abandoned'
    when run.late_at > greatest(until, clock_timestamp()) or run.late_at is null then null
    when run.late_at > clock_timestamp() and pause >= run.late_at then firsttoken.rate_limited_until(pause)
    else 'late' end;
end $$;

-- in: {run_id, region, shard, owner, claim_id or none, unmade: [probe ids], until: a moment or null}. out:
-- {done, run}. Frees the shard and its lane, and replaces what it reserved by what it cost. What is unmade
-- may be claimed again, from until on, or is skipped if that is too late. Closes the run if none of its
-- probes is open. If the worker has the shard no more, nothing changes.
create or replace function public.finish_shard(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  until constant timestamptz := (input ->> 'until')::timestamptz;
  shard public.shards;
  is_last boolean;
  reason text;
  is_done boolean;
begin
  perform firsttoken.check_keys(input, 'finish_shard',
    array['run_id', 'region', 'shard', 'owner', 'claim_id', 'unmade', 'until']);
  perform 1 from public.runs r where r.id = run.id for key share;
  shard := firsttoken.lock_shard(run.id, input ->> 'region', (input ->> 'shard')::integer, false);
  is_done := shard.status = 'done';
  if firsttoken.has_shard(shard, input) then
    perform firsttoken.free_lane(shard);
    is_last := firsttoken.lock_if_last(shard);
    run := firsttoken.get_run(run.id);
    perform firsttoken.release_probes(array(
      select p.id from public.probes p
      where p.run_id = run.id and p.region = shard.region and p.shard = shard.shard
        and p.status = 'claimed' and p.lease_owner = shard.owner
        and p.id = any (firsttoken.ids_in(input -> 'unmade'))
      order by p.ordinal for update));
    reason := firsttoken.end_reason(run, shard.provider_id, until);
    if reason is not null then
      perform firsttoken.skip_of_shard(shard, null, reason);
    end if;
    is_done := firsttoken.end_shard(shard, is_last, coalesce(until, clock_timestamp()));
  end if;
  return jsonb_build_object('done', is_done, 'run', firsttoken.describe_run(firsttoken.get_run(run.id)));
end $$;
