-- What claiming and recording did before, as functions of their own: four look-ups of the probe, two or three
-- updates of it, functions in SQL, which are planned at every call, and one row of spending for everybody.

create schema if not exists bench;
create table bench.spending (day date primary key, usd double precision not null default 0);

create function bench.is_taken(run_id uuid, worker jsonb) returns boolean
language sql stable security invoker set search_path = '' as $$
  select exists (
    select from public.run_workers w
    where w.run_id = is_taken.run_id and w.region = worker ->> 'region' and w.owner <> worker ->> 'owner')
$$;

create function bench.find_skip_reason(run public.runs, probe public.probes, budget jsonb)
returns text
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
  -- The lock on the row of the day makes parallel workers take turns.
  insert into bench.spending (day) values (today) on conflict do nothing;
  perform 1 from bench.spending s where s.day = today for update;
  select coalesce(sum(s.usd) filter (where s.day = today), 0), coalesce(sum(s.usd), 0)
    into spent_today, spent_this_month
    from bench.spending s where s.day >= date_trunc('month', today::timestamp)::date;
  if spent_today + probe.estimate_usd > (budget ->> 'usd_per_day')::double precision
    or spent_this_month + probe.estimate_usd > (budget ->> 'usd_per_month')::double precision then
    return 'budget';
  end if;
  return null;
end $$;

create function bench.reserve_budget(probe public.probes) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  today constant date := (now() at time zone 'UTC')::date;
begin
  if probe.estimate_usd is not null then
    insert into bench.spending as s (day, usd) values (today, probe.estimate_usd)
      on conflict (day) do update set usd = s.usd + excluded.usd;
    update public.probes p set reserved_usd = probe.estimate_usd, reserved_on = today where p.id = probe.id;
  end if;
end $$;

create function bench.settings_for(settings jsonb, asks jsonb) returns jsonb
language sql immutable security invoker set search_path = '' as $$
  select case when asks ->> 'prompt' is null then settings
    else (settings #- '{work,prompts}')
      || jsonb_build_object('prompt', own.prompt -> 'text', 'prompt_hash', own.prompt -> 'hash') end
  from (select settings #> array['work', 'prompts', asks ->> 'prompt'] as prompt) own
$$;

create function bench.describe_claim(probe public.probes, run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
    'probe', jsonb_build_object(
      'id', probe.id, 'result_id', probe.result_id, 'iteration', probe.iteration, 'region', probe.region,
      'series', probe.series, 'price', probe.price, 'estimate_usd', probe.estimate_usd,
      'input_usd', probe.input_usd, 'warmup', probe.warmup, 'context_tokens', probe.context_tokens,
      'level', probe.level, 'due_ms', probe.due_ms, 'asks', probe.asks,
      'target', jsonb_build_object(
        'provider', p.slug, 'model', m.name, 'parameters', t.parameters, 'region', t.region)),
    'settings', bench.settings_for(run.settings, probe.asks),
    'claims', probe.claims, 'lease_until', probe.lease_until, 'target_id', probe.target_id,
    'own_load', firsttoken.is_own_load(run, probe.provider_id, probe.region,
      clock_timestamp(), clock_timestamp()))
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
  where t.id = probe.target_id
$$;

create function bench.lock_next_probe(run_id uuid, input jsonb) returns public.probes
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
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      order by p.ordinal::bigint limit 1 for update skip locked;
  elsif input ->> 'level' is not null then
    select p.* into probe from public.probes p
      where p.run_id = lock_next_probe.run_id and p.region = wanted_region
        and p.level = (input ->> 'level')::integer
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      order by p.ordinal::bigint limit 1 for update skip locked;
  else
    select p.* into probe from public.probes p
      where p.run_id = lock_next_probe.run_id and p.region = wanted_region
        and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()))
      order by p.ordinal::bigint limit 1 for update skip locked;
  end if;
  return probe;
end $$;

create function bench.claim_probe(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  claim uuid := (input ->> 'claim_id')::uuid;
  lease interval := (input ->> 'lease_ms')::double precision * interval '1 millisecond';
  claimed public.probes;
  is_new boolean := false;
  reason text;
  skips jsonb := '{}';
begin
  if run.status <> 'running' or run.cancel_requested_at is not null or bench.is_taken(run.id, input) then
    return null;
  end if;
  -- Before its probes: a session that deletes the run locks them in this order, too.
  perform 1 from public.runs r where r.id = run.id for key share;
  select p.* into claimed from public.probes p
    where p.run_id = run.id and p.status = 'claimed' and p.claim_id = claim;
  while claimed.id is null loop
    claimed := bench.lock_next_probe(run.id, input);
    exit when claimed.id is null;
    reason := bench.find_skip_reason(run, claimed, nullif(input -> 'budget', 'null'));
    if reason is null then
      begin
        update public.probes p
          set status = 'claimed', claims = p.claims + 1, claim_id = claim, lease_owner = input ->> 'owner',
            lease_until = clock_timestamp() + lease
          where p.id = claimed.id returning p.* into claimed;
        perform bench.reserve_budget(claimed);
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
  return bench.describe_claim(claimed, run);
end $$;

create function bench.insert_timeline(result_id uuid, timeline jsonb) returns void
language sql security invoker set search_path = '' as $$
  insert into public.timelines (result_id, version, data)
    select insert_timeline.result_id, (timeline ->> 'version')::integer, decode(timeline ->> 'data', 'base64')
    where timeline ->> 'data' is not null
$$;

create function bench.close_probe(probe_id uuid, success boolean) returns void
language sql security invoker set search_path = '' as $$
  update public.probes p
    set status = case when success then 'done' else 'failed' end, lease_until = null, skip_reason = null
    where p.id = close_probe.probe_id
$$;

create function bench.resolve_result(result jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  resolved jsonb;
  provider uuid;
begin
  select jsonb_build_object(
      'probe_id', p.id, 'target_id', t.id, 'provider_id', t.provider_id, 'model_id', t.model_id,
      'confirms', (
        select first_probe.result_id from public.probes first_probe where first_probe.id = p.confirms))
    into resolved
    from public.probes p join public.targets t on t.id = p.target_id
    where p.id = (result ->> 'probe_id')::uuid and p.run_id = (result ->> 'run_id')::uuid;
  if resolved is null then
    provider := firsttoken.get_or_create_provider(
      jsonb_build_object('slug', result -> 'provider', 'synthetic', result -> 'synthetic'));
    resolved := jsonb_build_object('probe_id', null, 'target_id', null, 'provider_id', provider,
      'model_id', firsttoken.get_or_create_model(provider, result ->> 'model'));
  end if;
  return resolved;
end $$;

create function bench.apply_rate_limit(result jsonb) returns void
language sql security invoker set search_path = '' as $$
  update public.providers p
    set penalty_until = greatest(p.penalty_until,
      clock_timestamp()
        + least((result ->> 'retry_after_ms')::double precision, 3600000) * interval '1 millisecond')
    where p.id = (result ->> 'provider_id')::uuid
      and result ->> 'error_kind' in ('rate_limited', 'quota', 'overloaded')
      and result ->> 'retry_after_ms' is not null
$$;

create function bench.record_cost(probe_id uuid, result jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  probe public.probes;
  cost double precision;
  made_on date;
begin
  -- Locks the probe before the day, as claim_probe does.
  select p.* into probe from public.probes p where p.id = record_cost.probe_id for no key update;
  cost := coalesce((result ->> 'cost_usd')::double precision,
    case when (result ->> 'success')::boolean then probe.estimate_usd else probe.input_usd end, 0);
  if probe.reserved_on is not null then
    update bench.spending s set usd = s.usd + cost - probe.reserved_usd where s.day = probe.reserved_on;
    update public.probes p set reserved_usd = cost where p.id = probe.id;
  elsif probe.id is not null and cost > 0 then
    made_on := ((result ->> 'started_at')::timestamptz at time zone 'UTC')::date;
    insert into bench.spending as s (day, usd) values (made_on, cost)
      on conflict (day) do update set usd = s.usd + excluded.usd;
    update public.probes p set reserved_usd = cost, reserved_on = made_on where p.id = probe.id;
  end if;
end $$;

create function bench.has_heir(probe_id uuid, owner text) returns boolean
language plpgsql security invoker set search_path = '' as $$
declare
  probe public.probes;
begin
  select p.* into probe from public.probes p where p.id = has_heir.probe_id for no key update;
  return coalesce(probe.status = 'claimed' and probe.lease_owner <> owner
    and probe.lease_until > clock_timestamp(), false);
end $$;

create function bench.record_result(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  result jsonb := input -> 'result';
  run public.runs;
  is_new boolean := false;
  was_skipped boolean;
  recorded jsonb := jsonb_build_object('recorded', false, 'id', result ->> 'id', 'target_id', null,
    'provider_id', null, 'model_id', null, 'created_at', now(), 'own_load', false);
begin
  -- The lock orders this before or after closing the run, so exactly one of the two counts this result. A
  -- late result will update the run, so it may not start with a shared lock: two of them would deadlock.
  run := firsttoken.get_run((result ->> 'run_id')::uuid);
  if run.status = 'running' then
    perform 1 from public.runs r where r.id = run.id for share;
  else
    perform 1 from public.runs r where r.id = run.id for no key update;
  end if;
  run := firsttoken.get_run(run.id);
  if bench.has_heir((result ->> 'probe_id')::uuid, input ->> 'owner') then
    return recorded;
  end if;
  if not exists (select from public.benchmark_results b where b.id = (result ->> 'id')::uuid) then
    result := result || bench.resolve_result(result)
      || jsonb_build_object('created_at', firsttoken.result_created_at(result));
    result := result || firsttoken.mark_result(run, result);
    is_new := firsttoken.insert_result(result);
  end if;
  if is_new then
    was_skipped := exists (
      select from public.probes p where p.id = (result ->> 'probe_id')::uuid and p.status = 'skipped');
    perform bench.insert_timeline((result ->> 'id')::uuid, input -> 'timeline');
    perform bench.close_probe((result ->> 'probe_id')::uuid, (result ->> 'success')::boolean);
    perform bench.record_cost((result ->> 'probe_id')::uuid, result);
    perform bench.apply_rate_limit(result);
    perform firsttoken.count_run(run.id) where run.status <> 'running';
    perform firsttoken.add_event(run.id, 'probe_recorded',
      jsonb_build_object('probe_id', result -> 'probe_id', 'result_id', result -> 'id')
        || case when was_skipped then '{"was_skipped": true}' else '{}' end::jsonb);
  end if;
  select jsonb_build_object('recorded', is_new, 'id', b.id, 'target_id', b.target_id,
      'provider_id', b.provider_id, 'model_id', b.model_id, 'created_at', b.created_at,
      'own_load', b.own_load)
    into strict recorded
    from public.benchmark_results b where b.id = (result ->> 'id')::uuid;
  return recorded;
end $$;
