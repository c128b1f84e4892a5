-- Saving what a plan names: its models, prices, targets and probes.

-- Saves the models, prices and targets of a plan, in an order that keeps two plans from deadlocking. A target
-- that was only called by hand becomes active with the first plan that is not by hand; a target switched off
-- by hand stays off. A lateral `limit 1` finds models one by one, through their index: a join is planned by
-- what is known of the tables, and took the square of the probes on new ones.
create or replace function firsttoken.save_targets(probes jsonb, active boolean) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.models (provider_id, name)
    select distinct p.id, probe ->> 'model'
    from jsonb_array_elements(probes) probe join public.providers p on p.slug = probe ->> 'provider'
    order by 1, 2
    on conflict do nothing;
  perform firsttoken.save_planned_price(changed.model_id, changed.price)
    from (
      select distinct on (known.provider_id, known.name) known.id as model_id, probe -> 'price' as price
      from jsonb_array_elements(probes) probe
        cross join lateral (
          select m.* from public.providers p join public.models m on m.provider_id = p.id
          where p.slug = probe ->> 'provider' and m.name = probe ->> 'model' limit 1) known
      where jsonb_typeof(probe -> 'price') = 'object'
      order by known.provider_id, known.name) changed
    where firsttoken.replaces_price(public.latest_price(changed.model_id), changed.price);
  insert into public.targets (provider_id, model_id, parameters, region, active)
    select distinct known.provider_id, known.id, probe -> 'parameters', probe ->> 'target_region',
      save_targets.active
    from jsonb_array_elements(probes) probe
      cross join lateral (
        select m.* from public.providers p join public.models m on m.provider_id = p.id
        where p.slug = probe ->> 'provider' and m.name = probe ->> 'model' limit 1) known
    order by 1, 2, 3, 4
    on conflict (model_id, parameters, region) do update set active = true
      where targets.active is null and excluded.active;
end $$;

-- Inserts the planned probes of a run, numbered after those it has. One with a skip_reason was asked for, but
-- the plan says why it is not called.
create or replace function firsttoken.insert_probes(run_id uuid, probes jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
  n_before integer;
  skips jsonb;
begin
  select coalesce(max(p.ordinal), 0) into n_before from public.probes p where p.run_id = insert_probes.run_id;
  insert into public.probes (id, run_id, provider_id, target_id, result_id, ordinal, iteration, region,
    series, price, estimate_usd, input_usd, warmup, context_tokens, level, due_ms, asks, shard, status,
    skip_reason)
    select (probe ->> 'id')::uuid, insert_probes.run_id, t.provider_id, t.id, (probe ->> 'result_id')::uuid,
      n_before + position, (probe ->> 'iteration')::integer, probe ->> 'region', probe ->> 'series',
      nullif(probe -> 'price', 'null'), (probe ->> 'estimate_usd')::double precision,
      (probe ->> 'input_usd')::double precision, coalesce((probe ->> 'warmup')::boolean, false),
      (probe ->> 'context_tokens')::integer, (probe ->> 'level')::integer,
      (probe ->> 'due_ms')::double precision, nullif(probe -> 'asks', 'null'), (probe ->> 'shard')::integer,
      case when probe ->> 'skip_reason' is null then 'planned' else 'skipped' end, probe ->> 'skip_reason'
    from jsonb_array_elements(probes) with ordinality as planned (probe, position)
      cross join lateral (
        select t.*
        from public.providers p
          join public.models m on m.provider_id = p.id
          join public.targets t on t.model_id = m.id
        where p.slug = probe ->> 'provider' and m.name = probe ->> 'model'
          and t.parameters = probe -> 'parameters' and t.region is not distinct from probe ->> 'target_region'
        limit 1) t;
  get diagnostics n_inserted = row_count;
  if n_inserted <> jsonb_array_length(probes) then
    raise exception using errcode = '22023',
      message = format('only %s of %s probes are for a provider of their plan', n_inserted,
        jsonb_array_length(probes));
  end if;
  update public.runs r set n_probes = n_before + n_inserted where r.id = insert_probes.run_id;
  select jsonb_object_agg(planned.reason, planned.n) into skips
    from (
      select probe ->> 'skip_reason' as reason, count(*) as n from jsonb_array_elements(probes) probe
      where probe ->> 'skip_reason' is not null group by 1) planned;
  perform firsttoken.add_skips(insert_probes.run_id, coalesce(skips, '{}'));
end $$;

-- Inserts the shards of a region: [{shard, region, provider, window_at}], to which its probes are assigned.
create or replace function firsttoken.insert_shards(run_id uuid, shards jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  insert into public.shards (run_id, region, shard, provider_id, window_at, n_probes, status, done_at)
    select insert_shards.run_id, s.region, s.shard, p.id, s.window_at, of.n,
      case when of.n = 0 then 'done' else 'open' end, case when of.n = 0 then clock_timestamp() end
    from jsonb_to_recordset(shards) s (shard integer, region text, provider text, window_at timestamptz)
      join public.providers p on p.slug = s.provider
      cross join lateral (
        select count(*) as n from public.probes b
        where b.run_id = insert_shards.run_id and b.region = s.region and b.shard = s.shard
          and b.status = 'planned') of;
  perform firsttoken.make_lanes(o.provider_id, o.region)
    from (
      select distinct s.provider_id, s.region from public.shards s where s.run_id = insert_shards.run_id
      order by 1, 2) o;
  if exists (
      select from public.probes b
      where b.run_id = insert_shards.run_id and b.shard is not null and not exists (
        select from public.shards s
        where s.run_id = b.run_id and s.region = b.region and s.shard = b.shard
          and s.provider_id = b.provider_id)) then
    raise exception using errcode = '22023',
      message = 'a probe is assigned to a shard that its plan lacks, or that is of another provider';
  end if;
end $$;

-- Saves everything that a plan names for its run. plan: {adhoc, providers: [...], probes: [...], shards:
-- [...] or none}.
create or replace function firsttoken.save_plan(run_id uuid, plan jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.get_or_create_provider(provider)
    from (select provider from jsonb_array_elements(plan -> 'providers') provider
      order by provider ->> 'slug') ordered;
  perform firsttoken.save_targets(plan -> 'probes',
    case when (plan ->> 'adhoc')::boolean then null else true end);
  perform firsttoken.insert_probes(save_plan.run_id, plan -> 'probes');
  if plan ? 'shards' then
    perform firsttoken.insert_shards(save_plan.run_id, plan -> 'shards');
  end if;
end $$;

-- in: {run_id, region, owner or none, levels: all that the run then has, probes: [...]}. out: {extended}.
-- Adds probes of models that the run calls already, all or none; a repeated call adds none. False, and
-- nothing is added, if the run is over, somebody cancels it, or another worker has the region. Without an
-- owner they were planned while the database was away and are made already, so that they are added in any
-- case: to a closed run as skipped, until their results arrive.
create or replace function public.extend_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := firsttoken.get_run((input ->> 'run_id')::uuid);
  most_probes constant integer := 100000;
  probes jsonb := input -> 'probes';
begin
  select r.* into strict run from public.runs r where r.id = run.id for no key update;
  if exists (
      select from public.probes p
      where p.id = (probes -> 0 ->> 'id')::uuid and p.run_id = run.id) then
    return '{"extended": true}';
  end if;
  if input ->> 'owner' is not null and (run.status <> 'running' or run.cancel_requested_at is not null
    or firsttoken.is_taken(run.id, input)) then
    return '{"extended": false}';
  end if;
  if run.n_probes + jsonb_array_length(probes) > most_probes then
    raise exception using errcode = '22023',
      message = format('run %s would have more than %s probes', run.id, most_probes);
  end if;
  if run.status <> 'running' then
    select jsonb_agg(probe || '{"skip_reason": "abandoned"}' order by position) into probes
      from jsonb_array_elements(probes) with ordinality as added (probe, position);
  end if;
  perform firsttoken.insert_probes(run.id, probes);
  update public.runs r set settings = r.settings || jsonb_build_object('levels', input -> 'levels')
    where r.id = run.id;
  perform firsttoken.count_run(run.id) where run.status <> 'running';
  perform firsttoken.add_event(run.id, 'run_extended', jsonb_build_object(
    'levels', jsonb_array_length(input -> 'levels')
      - coalesce(jsonb_array_length(nullif(run.settings -> 'levels', 'null')), 0),
    'probes', jsonb_array_length(probes), 'n_probes', run.n_probes + jsonb_array_length(probes)));
  return '{"extended": true}';
end $$;
