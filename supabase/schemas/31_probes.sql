-- Probes: claiming under a lease and a budget, skipping, rechecking.

-- The settings that a probe is called with: those of its run, with its own prompt of several, and without the
-- others.
create or replace function firsttoken.settings_for(settings jsonb, asks jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = '' as $$
declare
  own constant jsonb := settings #> array['work', 'prompts', asks ->> 'prompt'];
begin
  return case when asks ->> 'prompt' is null then settings
    else (settings #- '{work,prompts}')
      || jsonb_build_object('prompt', own -> 'text', 'prompt_hash', own -> 'hash') end;
end $$;

-- A probe as a claim hands it out.
create or replace function firsttoken.describe_probe(probe public.probes, provider text, model text,
  target public.targets)
returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  return jsonb_build_object(
    'id', probe.id, 'result_id', probe.result_id, 'iteration', probe.iteration, 'region', probe.region,
    'series', probe.series, 'price', probe.price, 'estimate_usd', probe.estimate_usd,
    'input_usd', probe.input_usd, 'warmup', probe.warmup, 'context_tokens', probe.context_tokens,
    'level', probe.level, 'due_ms', probe.due_ms, 'asks', probe.asks,
    'target', jsonb_build_object(
      'provider', provider, 'model', model, 'parameters', target.parameters, 'region', target.region));
end $$;

-- A claimed probe with everything needed to call it.
create or replace function firsttoken.describe_claim(probe public.probes, run public.runs) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select jsonb_build_object(
      'probe', firsttoken.describe_probe(probe, p.slug, m.name, t),
      'settings', firsttoken.settings_for(run.settings, probe.asks),
      'claims', probe.claims, 'lease_until', probe.lease_until, 'target_id', probe.target_id,
      'own_load', firsttoken.is_own_load(run, probe.provider_id, probe.region,
        clock_timestamp(), clock_timestamp()))
    from public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
    where t.id = probe.target_id);
end $$;

-- Locks the first probe that a claim of this input may take, null if there is none. One of a shard is found
-- by its id alone: it is claimed with its shard, but for a recheck. Each way of asking has an index, and a
-- statement of its own, so that its plan uses it.
create or replace function firsttoken.lock_next_probe(run_id uuid, input jsonb) returns public.probes
language plpgsql security invoker set search_path = '' as $$
declare
  wanted_region constant text := input ->> 'region';
  probe public.probes;
begin
  if input ->> 'probe_id' is not null then
    select p.* into probe from public.probes p
      where p.id = (input ->> 'probe_id')::uuid and p.run_id = lock_next_probe.run_id
        and p.region = wanted_region
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
        and (input ->> 'provider' is null or p.provider_id = (
          select pr.id from public.providers pr where pr.slug = input ->> 'provider'))
      for update skip locked;
  elsif input ->> 'provider' is not null then
    select p.* into probe from public.probes p
      where p.run_id = lock_next_probe.run_id and p.region = wanted_region
        and p.provider_id = (select pr.id from public.providers pr where pr.slug = input ->> 'provider')
        and p.shard is null
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      order by p.ordinal::bigint limit 1 for update skip locked;
  elsif input ->> 'level' is not null then
    select p.* into probe from public.probes p
      where p.run_id = lock_next_probe.run_id and p.region = wanted_region
        and p.level = (input ->> 'level')::integer
        and p.shard is null
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      order by p.ordinal::bigint limit 1 for update skip locked;
  else
    select p.* into probe from public.probes p
      where p.run_id = lock_next_probe.run_id and p.region = wanted_region
        and p.shard is null
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      order by p.ordinal::bigint limit 1 for update skip locked;
  end if;
  return probe;
end $$;

-- in: {run_id, claim_id, owner, lease_ms, region, provider, probe_id, level, budget: each or none}.
-- out: {probe, settings, claims, lease_until, own_load} or null. Claims the next open probe of the region,
-- optionally of one provider or one level. A probe that may not be called is skipped with the reason. The
-- same claim_id gets the same probe, so a lost answer loses no probe. Null also if the worker lost its
-- region, or somebody cancels the run.
create or replace function public.claim_probe(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  claim uuid := (input ->> 'claim_id')::uuid;
  lease interval := (input ->> 'lease_ms')::double precision * interval '1 millisecond';
  today constant date := (now() at time zone 'UTC')::date;
  claimed public.probes;
  is_new boolean := false;
  reason text;
  skips jsonb := '{}';
begin
  if run.status <> 'running' or run.cancel_requested_at is not null or firsttoken.is_taken(run.id, input) then
    return null;
  end if;
  -- Before its probes: a session that deletes the run locks them in this order, too.
  perform 1 from public.runs r where r.id = run.id for key share;
  select p.* into claimed from public.probes p
    where p.run_id = run.id and p.status = 'claimed' and p.claim_id = claim;
  while claimed.id is null loop
    claimed := firsttoken.lock_next_probe(run.id, input);
    exit when claimed.id is null;
    reason := firsttoken.find_skip_reason(run, claimed, nullif(input -> 'budget', 'null'));
    if reason is null then
      begin
        update public.probes p
          set status = 'claimed', claims = p.claims + 1, claim_id = claim, lease_owner = input ->> 'owner',
            lease_until = clock_timestamp() + lease,
            reserved_usd = coalesce(p.estimate_usd, p.reserved_usd),
            reserved_on = case when p.estimate_usd is null then p.reserved_on else today end
          where p.id = claimed.id returning p.* into claimed;
        perform firsttoken.spend(today, claimed.estimate_usd) where claimed.estimate_usd is not null;
        is_new := true;
      exception when unique_violation then
        -- The first call with this claim_id was still in progress, and has the probe now.
        select p.* into claimed from public.probes p where p.run_id = run.id and p.claim_id = claim;
      end;
    else
      update public.probes p set status = 'skipped', skip_reason = reason, lease_until = null
        where p.id = claimed.id;
      skips := skips || jsonb_build_object(reason, coalesce((skips ->> reason)::integer, 0) + 1);
      claimed := null;
    end if;
  end loop;
  perform firsttoken.add_skips(run.id, skips);
  if is_new then
    perform firsttoken.add_event(run.id, 'probe_started', jsonb_build_object('probe_id', claimed.id));
  end if;
  if claimed.id is null then
    return null;
  end if;
  update public.run_workers w set lease_until = greatest(w.lease_until, claimed.lease_until)
    where w.run_id = run.id and w.region = input ->> 'region' and w.owner = input ->> 'owner';
  perform firsttoken.begin_load(run, claimed);
  return firsttoken.describe_claim(claimed, run);
end $$;

-- Gives back probes of a run that an owner has claimed and does not call, with what they reserved in the
-- budget.
create or replace function firsttoken.release_claims(run_id uuid, owner text, unmade jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.release_probes(array(
    select p.id from public.probes p
    where p.run_id = release_claims.run_id and p.status = 'claimed' and p.lease_owner = owner
      and p.id in (select each::uuid from jsonb_array_elements_text(unmade) each)
    order by p.ordinal for update));
end $$;

-- in: {run_id, reason, region or none, owner or none, level or none, unmade: ids or none}. out: {skipped}.
-- Skips open probes, none if another worker has the region of the owner. Those under a lease stay, but for
-- the unmade, which the owner has claimed and does not call. The reason of a run that somebody cancels is
-- `cancelled`.
create or replace function public.skip_probes(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  reason constant text := case when run.cancel_requested_at is null
    then coalesce(input ->> 'reason', 'no reason') else 'cancelled' end;
  skipped integer;
begin
  perform 1 from public.runs r where r.id = run.id for key share;
  if firsttoken.is_taken(run.id, input) then
    return '{"skipped": 0}';
  end if;
  perform firsttoken.release_claims(run.id, input ->> 'owner', nullif(input -> 'unmade', 'null'));
  -- Whether a probe is open stands in the update itself: one that somebody claims or records is judged again
  -- once its lock is free, and by a list of ids it would not be.
  update public.probes p set status = 'skipped', skip_reason = reason, lease_until = null
    where p.run_id = run.id and (input ->> 'region' is null or p.region = input ->> 'region')
      and (input ->> 'level' is null or p.level = (input ->> 'level')::integer)
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()));
  get diagnostics skipped = row_count;
  perform firsttoken.add_skips(run.id, jsonb_build_object(reason, skipped));
  return jsonb_build_object('skipped', skipped);
end $$;

-- in: {probe_id, id, result_id}. out: {planned}. Plans the recheck of a failed probe.
create or replace function public.plan_confirm(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  first_probe public.probes;
begin
  select p.* into strict first_probe from public.probes p where p.id = (input ->> 'probe_id')::uuid;
  perform 1 from public.runs r where r.id = first_probe.run_id for no key update;
  insert into public.probes (id, run_id, provider_id, target_id, result_id, ordinal, iteration, region,
    series, price, estimate_usd, input_usd, warmup, context_tokens, shard, confirms)
    select (input ->> 'id')::uuid, first_probe.run_id, first_probe.provider_id, first_probe.target_id,
      (input ->> 'result_id')::uuid,
      max(p.ordinal) + 1, first_probe.iteration, first_probe.region, first_probe.series, first_probe.price,
      first_probe.estimate_usd, first_probe.input_usd, first_probe.warmup, first_probe.context_tokens,
      first_probe.shard, first_probe.id
    from public.probes p where p.run_id = first_probe.run_id
    on conflict (id) do nothing;
  if found then
    update public.runs r set n_probes = r.n_probes + 1 where r.id = first_probe.run_id;
  end if;
  return jsonb_build_object('planned', found);
end $$;
