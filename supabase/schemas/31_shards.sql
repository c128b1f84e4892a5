-- Claiming a shard: its lane, its probes, and their part of the budget, all or none.
-- Locks are taken in this order: run (against its deletion), shard, lane, budget, closing, run (to close it),
-- probes, spending. Whoever holds a run to close it waits for probes alone, and a claim waits for none.
-- What is asked once a shard is planned each time: a plan that was kept from when the tables were empty would
-- read all of them.

-- Why a shard that is not done cannot be taken now: {wait_until, reason}, or null if it can be, or is to be
-- skipped because its slot is over, or will be when its provider takes calls again.
create or replace function firsttoken.shard_wait(run public.runs, shard public.shards) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  provider public.providers;
  n_lanes integer;
  free_at timestamptz;
begin
  if shard.status = 'taken' and shard.lease_until > clock_timestamp() then
    return jsonb_build_object('wait_until', shard.lease_until, 'reason', 'taken');
  elsif run.late_at < clock_timestamp() then
    return null;
  elsif shard.status = 'open' and shard.window_at > clock_timestamp() then
    return jsonb_build_object('wait_until', shard.window_at, 'reason', 'not due');
  end if;
  select p.* into provider from public.providers p where p.id = shard.provider_id;
  if provider.penalty_until > clock_timestamp() then
    return case when provider.penalty_until < coalesce(run.late_at, 'infinity')
      then jsonb_build_object('wait_until', provider.penalty_until, 'reason', 'paused') end;
  end if;
  select count(*), min(l.lease_until) into n_lanes, free_at from public.lanes l
    where l.provider_id = shard.provider_id and l.region = shard.region and l.lease_until > clock_timestamp();
  return case when n_lanes >= coalesce(provider.lanes, 4)
    then jsonb_build_object('wait_until', free_at, 'reason', 'no lane') end;
end $$;

-- Takes a free lane for a shard; null if there is none after all. Waits for nobody.
create or replace function firsttoken.take_lane(shard public.shards, owner text, lease_until timestamptz)
returns integer
language plpgsql security invoker set search_path = '' as $$
declare
  free_lane integer;
begin
  update public.lanes l set owner = take_lane.owner, run_id = take_lane.shard.run_id,
      shard = take_lane.shard.shard, lease_until = take_lane.lease_until
    where l.provider_id = take_lane.shard.provider_id and l.region = take_lane.shard.region and l.lane = (
      select free.lane from public.lanes free join public.providers p on p.id = free.provider_id
      where free.provider_id = take_lane.shard.provider_id and free.region = take_lane.shard.region
        and free.lane < coalesce(p.lanes, 4)
        and (free.lease_until is null or free.lease_until < clock_timestamp())
      order by free.lane limit 1 for update of free skip locked)
    returning l.lane into free_lane;
  return free_lane;
end $$;

-- Frees the lane of a shard, if it has that still; false if it has not.
create or replace function firsttoken.free_lane(shard public.shards) returns boolean
language plpgsql security invoker set search_path = '' as $$
begin
  update public.lanes l set owner = null, run_id = null, shard = null, lease_until = null
    where l.provider_id = free_lane.shard.provider_id and l.region = free_lane.shard.region
      and l.lane = free_lane.shard.lane and l.owner = free_lane.shard.owner
      and l.run_id = free_lane.shard.run_id and l.shard = free_lane.shard.shard;
  return found;
end $$;

-- Skips probes of a shard that nobody is calling: those with these ids, or all (null).
create or replace function firsttoken.skip_of_shard(shard public.shards, ids uuid[], reason text) returns void
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  n_skipped integer;
begin
  update public.probes p set status = 'skipped', skip_reason = reason, lease_until = null
    where p.id in (
      select o.id from public.probes o
      where o.run_id = skip_of_shard.shard.run_id and o.region = skip_of_shard.shard.region
        and o.shard = skip_of_shard.shard.shard and (ids is null or o.id = any (ids))
        and (o.status = 'planned' or (o.status = 'claimed' and o.lease_until < clock_timestamp()))
      for update skip locked);
  get diagnostics n_skipped = row_count;
  perform firsttoken.add_skips(shard.run_id, jsonb_build_object(reason, n_skipped));
end $$;

-- Ends a shard that the caller has locked, after its probes were closed or given back: done, or open again
-- from a moment on. Closes the run if is_last, of lock_if_last, and none of its probes is open.
create or replace function firsttoken.end_shard(shard public.shards, is_last boolean, again_at timestamptz)
returns boolean
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  -- What was made but not recorded is made again once its lease is over.
  n_open integer;
  free_at timestamptz;
begin
  perform firsttoken.settle_shards(shard.run_id, shard.region, array[shard.shard]);
  select count(*), max(p.lease_until) filter (where p.status = 'claimed') into n_open, free_at
    from public.probes p
    where p.run_id = end_shard.shard.run_id and p.region = end_shard.shard.region
      and p.shard = end_shard.shard.shard and p.status in ('planned', 'claimed');
  update public.shards s
    set status = case when n_open = 0 then 'done' else 'open' end,
      done_at = case when n_open = 0 then clock_timestamp() end,
      window_at = case when n_open = 0 then s.window_at else greatest(again_at, free_at) end,
      owner = null, lane = null, claim_id = null, lease_until = null, sent_at = null
    where s.run_id = end_shard.shard.run_id and s.region = end_shard.shard.region
      and s.shard = end_shard.shard.shard;
  perform pg_notify('firsttoken_events', shard.run_id::text);
  if is_last and n_open = 0 then
    perform firsttoken.close_run(r.id,
        case when r.cancel_requested_at is null then 'finished' else 'cancelled' end)
      from public.runs r where r.id = shard.run_id;
  end if;
  return n_open = 0;
end $$;

-- Skips all of a shard that may not be called anymore.
create or replace function firsttoken.skip_shard(shard public.shards, reason text) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  is_last constant boolean := firsttoken.lock_if_last(shard);
begin
  perform firsttoken.skip_of_shard(shard, null, reason);
  perform firsttoken.end_shard(shard, is_last, clock_timestamp());
end $$;

-- Claims probes of a shard and reserves their estimates. Returns how many: one that somebody has locked, who
-- cancels the run, is not claimed.
create or replace function firsttoken.claim_probes(ids uuid[], owner text, lease_until timestamptz)
returns integer
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  reserved record;
  n_claimed integer := 0;
begin
  for reserved in
    with free as materialized (
      select p.id, p.estimate_usd, p.reserved_on, p.reserved_usd from public.probes p
      where p.id = any (ids)
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      for update skip locked
    ), updated as (
      update public.probes p
        set status = 'claimed', claims = p.claims + 1, lease_owner = claim_probes.owner,
          lease_until = claim_probes.lease_until, reserved_usd = f.estimate_usd,
          reserved_on = case when f.estimate_usd is not null then today end
        from free f where p.id = f.id
    ), changes as (
      select today as day, f.estimate_usd as usd, 1 as n from free f
      union all
      -- Of a worker that was lost: the same call is not reserved twice.
      select f.reserved_on, -f.reserved_usd, 0 from free f where f.reserved_on is not null
    )
    select c.day, coalesce(sum(c.usd), 0) as usd, sum(c.n) as n from changes c group by c.day order by c.day
  loop
    n_claimed := n_claimed + reserved.n;
    perform firsttoken.spend(reserved.day, reserved.usd) where reserved.usd <> 0;
  end loop;
  return n_claimed;
end $$;
