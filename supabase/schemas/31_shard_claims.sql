-- What workers do with shards: claim one, renew its lease, finish it. 31_shards.sql has the parts.

-- Which probes of a shard fit the budget, in order: {chosen: [ids], budget: [ids], unpriced: [ids]}.
create or replace function firsttoken.choose_probes(shard public.shards, budget jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
  usd_left double precision;
  probe record;
  verdict text;
  chosen jsonb := '{"chosen": [], "budget": [], "unpriced": []}';
begin
  usd_left := case when budget is not null then firsttoken.lock_budget(budget) end;
  for probe in
    select p.id, p.estimate_usd,
      case when p.reserved_on = today then p.reserved_usd else 0 end as reserved_usd
    from public.probes p
    where p.run_id = choose_probes.shard.run_id and p.region = choose_probes.shard.region
      and p.shard = choose_probes.shard.shard
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
    order by p.ordinal
  loop
    usd_left := usd_left + coalesce(probe.reserved_usd, 0);
    verdict := case
      when budget is null then 'chosen'
      when probe.estimate_usd is null then 'unpriced'
      when probe.estimate_usd > usd_left then 'budget'
      else 'chosen' end;
    if verdict = 'chosen' then
      usd_left := usd_left - coalesce(probe.estimate_usd, 0);
    end if;
    chosen := jsonb_insert(chosen, array[verdict, '-1'], to_jsonb(probe.id), true);
  end loop;
  return chosen;
end $$;

-- A claimed shard with everything needed to make it.
create or replace function firsttoken.describe_shard(run public.runs, shard public.shards) returns jsonb
language plpgsql stable security invoker set search_path = '' set plan_cache_mode = 'force_custom_plan' as $$
begin
  return jsonb_build_object('claimed', jsonb_build_object(
    'shard', shard.shard, 'lane', shard.lane, 'lease_until', shard.lease_until, 'takes', shard.takes,
    'provider', (select p.slug from public.providers p where p.id = shard.provider_id),
    'settings', firsttoken.settings_for(run.settings, null),
    'own_load', firsttoken.is_own_load(run, shard.provider_id, shard.region,
      clock_timestamp(), clock_timestamp()),
    'probes', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'probe', firsttoken.describe_probe(p, pr.slug, m.name, t),
          'claims', p.claims, 'target_id', p.target_id) order by p.ordinal), '[]')
      from public.probes p
        join public.targets t on t.id = p.target_id
        join public.models m on m.id = t.model_id
        join public.providers pr on pr.id = t.provider_id
      where p.run_id = describe_shard.shard.run_id and p.region = describe_shard.shard.region
        and p.shard = describe_shard.shard.shard and p.status = 'claimed'
        and p.lease_owner = describe_shard.shard.owner)));
end $$;

-- Takes a shard that the caller has locked and that need not wait. Null if nothing of it may be called
-- anymore, and all was skipped.
create or replace function firsttoken.take_shard(run public.runs, shard public.shards, input jsonb)
returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  lease constant timestamptz := firsttoken.lease_end(input);
  pause constant timestamptz := firsttoken.pause_until(shard.provider_id);
  is_last boolean := false;
  free_lane integer;
  choice jsonb;
begin
  if run.late_at < clock_timestamp() or pause >= run.late_at then
    perform firsttoken.skip_shard(shard, case when run.late_at < clock_timestamp() then 'late'
      else firsttoken.rate_limited_until(pause) end);
    return null;
  end if;
  -- That of a worker that was lost.
  perform firsttoken.free_lane(shard);
  free_lane := firsttoken.take_lane(shard, input ->> 'owner', lease);
  if free_lane is null then
    return coalesce(firsttoken.shard_wait(run, shard),
      jsonb_build_object('wait_until', clock_timestamp(), 'reason', 'no lane'));
  end if;
  choice := firsttoken.choose_probes(shard, nullif(input -> 'budget', 'null'));
  if choice -> 'chosen' = '[]' then
    shard.lane := free_lane;
    shard.owner := input ->> 'owner';
    perform firsttoken.free_lane(shard);
    is_last := firsttoken.lock_if_last(shard);
  end if;
  perform firsttoken.skip_of_shard(shard, firsttoken.ids_in(choice -> reason), reason)
    from unnest(array['budget', 'unpriced']) reason where choice -> reason <> '[]';
  if choice -> 'chosen' = '[]' then
    perform firsttoken.end_shard(shard, is_last, clock_timestamp());
    return null;
  end if;
  perform firsttoken.claim_probes(firsttoken.ids_in(choice -> 'chosen'), input ->> 'owner', lease);
  update public.shards s
    set status = 'taken', owner = input ->> 'owner', lane = free_lane, lease_until = lease,
      claim_id = (input ->> 'claim_id')::uuid, takes = s.takes + 1,
      lost = s.lost + (s.status = 'taken')::integer, taken_at = clock_timestamp()
    where s.run_id = take_shard.shard.run_id and s.region = take_shard.shard.region
      and s.shard = take_shard.shard.shard
    returning s.* into shard;
  return firsttoken.describe_shard(run, shard);
end $$;

-- Ids in a list.
create or replace function firsttoken.ids_in(list jsonb) returns uuid[]
language plpgsql immutable parallel safe security invoker set search_path = '' as $$
begin
  return array(select jsonb_array_elements_text(list)::uuid);
end $$;

-- The next shard that a claim may take, without those that were tried; null if there is none. It is not
-- locked.
create or replace function firsttoken.next_shard(run public.runs, input jsonb, tried integer[])
returns integer
language plpgsql security invoker set search_path = '' as $$
begin
  return (
    select s.shard from public.shards s
    where s.run_id = next_shard.run.id and s.region = input ->> 'region' and s.status <> 'done'
      and (input ->> 'provider' is null or s.provider_id = (
        select p.id from public.providers p where p.slug = input ->> 'provider'))
      and (s.window_at <= clock_timestamp() or next_shard.run.late_at < clock_timestamp())
      and s.shard <> all (tried) and firsttoken.shard_wait(run, s) is null
    order by s.window_at, s.shard limit 1);
end $$;

-- What a claim that got no shard is told: when to ask again, and why; or that all are done.
create or replace function firsttoken.soonest_wait(run public.runs, input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  return coalesce((
    -- Those that could be taken are being claimed by others.
    select coalesce(w.wait, jsonb_build_object('wait_until', clock_timestamp() + interval '1 second',
      'reason', 'taken'))
    from public.shards s cross join lateral (select firsttoken.shard_wait(run, s) as wait) w
    where s.run_id = soonest_wait.run.id and s.region = input ->> 'region' and s.status <> 'done'
      and (input ->> 'provider' is null or s.provider_id = (
        select p.id from public.providers p where p.slug = input ->> 'provider'))
    order by (w.wait ->> 'wait_until')::timestamptz nulls first limit 1),
    '{"over": true}');
end $$;

-- in: {run_id, region, shard or null, provider or null, owner, claim_id, lease_ms, budget or null}. out:
-- {claimed: {shard, provider, lane, lease_until, settings, own_load, takes, probes: [{probe, claims,
-- target_id}]}}, or {wait_until, reason: 'not due', 'no lane', 'paused' or 'taken'}, or {over: true, run or
-- none}. Claims a shard, or the next one that is due and has a free lane, of one provider or of all. What may
-- not be called anymore, or exceeds the budget, is skipped with the reason; run is there if that closed it.
-- The same claim_id gets the same shard, so a lost answer loses none.
create or replace function public.claim_shard(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  run constant public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  claim constant uuid := (input ->> 'claim_id')::uuid;
  wanted constant integer := (input ->> 'shard')::integer;
  shard public.shards;
  candidate integer;
  tried integer[] := '{}';
  answer jsonb;
  ended public.runs;
begin
  perform firsttoken.check_keys(input, 'claim_shard',
    array['run_id', 'region', 'shard', 'provider', 'owner', 'claim_id', 'lease_ms', 'budget']);
  if run.status <> 'running' or run.cancel_requested_at is not null then
    return '{"over": true}';
  end if;
  perform 1 from public.runs r where r.id = run.id for key share;
  loop
    select s.* into shard from public.shards s
      where s.run_id = run.id and s.claim_id = claim and s.status = 'taken';
    if found then
      return firsttoken.describe_shard(run, shard);
    end if;
    candidate := coalesce(wanted, firsttoken.next_shard(run, input, tried));
    if candidate is null then
      return firsttoken.soonest_wait(run, input);
    end if;
    answer := null;
    shard := firsttoken.lock_shard(run.id, input ->> 'region', candidate, wanted is null);
    begin
      if shard.status <> 'done' and shard.claim_id is distinct from claim then
        answer := coalesce(firsttoken.shard_wait(run, shard), firsttoken.take_shard(run, shard, input));
        ended := firsttoken.get_run(run.id);
        if answer is null and ended.status <> 'running' then
          return jsonb_build_object('over', true, 'run', firsttoken.describe_run(ended));
        end if;
      elsif shard.claim_id = claim then
        answer := firsttoken.describe_shard(run, shard);
      end if;
    exception when unique_violation then
      -- The first call with this claim_id was still in progress, and has a shard now.
      continue;
    end;
    if wanted is not null or answer ? 'claimed' then
      return coalesce(answer, '{"over": true}');
    end if;
    tried := tried || candidate;
  end loop;
end $$;

-- Locks a shard, or finds it locked by somebody else, if they may be passed over: null.
create or replace function firsttoken.lock_shard(run_id uuid, region text, shard integer, skips boolean)
returns public.shards
language plpgsql security invoker set search_path = '' as $$
declare
  locked public.shards;
begin
  if skips then
    select s.* into locked from public.shards s
      where s.run_id = lock_shard.run_id and s.region = lock_shard.region and s.shard = lock_shard.shard
      for update skip locked;
    return locked;
  end if;
  select s.* into locked from public.shards s
    where s.run_id = lock_shard.run_id and s.region = lock_shard.region and s.shard = lock_shard.shard
    for update;
  if locked.shard is null then
    raise exception using errcode = 'P0002',
      message = format('run %s has no shard %s in %s', run_id, coalesce(shard::text, 'without a number'),
        coalesce(region, 'a region without a name'));
  end if;
  return locked;
end $$;
