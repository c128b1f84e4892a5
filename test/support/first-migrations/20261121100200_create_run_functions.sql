-- Planning and running: read_catalog, start_run, claim_probe, skip_probes, finish_run, and the small functions they
-- are made of. Every function can be called again with the same input and changes nothing more.

-- The run, or an error that names it.
create or replace function public.get_run(run_id uuid) returns public.runs
language plpgsql stable security invoker set search_path = '' as $$
declare
  found_run public.runs;
begin
  select r.* into found_run from public.runs r where r.id = get_run.run_id;
  if found_run.id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no run %s: it was never started here, or has been deleted', coalesce(run_id::text, 'without an id'));
  end if;
  return found_run;
end $$;

-- What the outside sees of a run.
create or replace function public.describe_run(run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select to_jsonb(run) - 'settings'
$$;

-- A price in the shape that plans and results carry.
create or replace function public.describe_price(price public.prices) returns jsonb
language sql immutable security invoker set search_path = '' as $$
  select case when price.id is not null then jsonb_build_object(
    'input_per_m', price.input_price_per_m,
    'output_per_m', price.output_price_per_m,
    'cached_per_m', price.cached_price_per_m,
    'reasoning_per_m', price.reasoning_price_per_m,
    'source', coalesce(price.source, 'manual')) end
$$;

create or replace function public.latest_price(model_id uuid) returns public.prices
language sql stable security invoker set search_path = '' as $$
  select p.* from public.prices p where p.model_id = latest_price.model_id order by p."timestamp" desc, p.id limit 1
$$;

-- in: {slug, name, base_url, logo_url, synthetic}. Brings the row up to date and returns its id. A row without a slug
-- is older than slugs and is adopted by its name; a name that another provider has is told apart by the slug.
create or replace function public.get_or_create_provider(input jsonb) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  wanted public.providers := jsonb_populate_record(null::public.providers, input);
  provider_id uuid;
begin
  wanted.name := coalesce(wanted.name, wanted.slug);
  update public.providers p set slug = wanted.slug
    where p.slug is null and p.name = wanted.name
      and not exists (select from public.providers q where q.slug = wanted.slug);
  if exists (select from public.providers p where p.name = wanted.name and p.slug is distinct from wanted.slug) then
    wanted.name := format('%s (%s)', wanted.name, wanted.slug);
  end if;
  insert into public.providers (slug, name, base_url, logo_url, synthetic)
    values (wanted.slug, wanted.name, wanted.base_url, wanted.logo_url, coalesce(wanted.synthetic, false))
    on conflict do nothing;
  update public.providers p
    set base_url = coalesce(wanted.base_url, p.base_url),
      logo_url = coalesce(wanted.logo_url, p.logo_url),
      synthetic = coalesce(wanted.synthetic, p.synthetic)
    where p.slug = wanted.slug
      and (p.base_url, p.logo_url, p.synthetic) is distinct from (
        coalesce(wanted.base_url, p.base_url), coalesce(wanted.logo_url, p.logo_url), coalesce(wanted.synthetic, p.synthetic));
  select p.id into strict provider_id from public.providers p where p.slug = wanted.slug;
  return provider_id;
end $$;

create or replace function public.get_or_create_model(provider_id uuid, name text) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  model_id uuid;
begin
  insert into public.models (provider_id, name) values (get_or_create_model.provider_id, get_or_create_model.name)
    on conflict do nothing;
  select m.id into strict model_id from public.models m
    where m.provider_id = get_or_create_model.provider_id and m.name = get_or_create_model.name;
  return model_id;
end $$;

-- Adds a row to the price history where the rates differ from the latest. The lock keeps two runs from both adding it.
create or replace function public.save_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  latest public.prices;
begin
  perform 1 from public.models m where m.id = save_price.model_id for no key update;
  latest := public.latest_price(save_price.model_id);
  if public.describe_price(latest) - 'source' is distinct from price - 'source' then
    insert into public.prices
        (provider_id, model_id, input_price_per_m, output_price_per_m, cached_price_per_m, reasoning_price_per_m, source, "timestamp")
      select m.provider_id, m.id, (price ->> 'input_per_m')::double precision, (price ->> 'output_per_m')::double precision,
          (price ->> 'cached_per_m')::double precision, (price ->> 'reasoning_per_m')::double precision, price ->> 'source',
          clock_timestamp()
        from public.models m where m.id = save_price.model_id;
  end if;
end $$;

-- in: {providers: [slug]}. out: {targets: active ones, paused: those that a person switched off, models: all, each with
-- its latest price}.
create or replace function public.read_catalog(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  with wanted as (
    select p.id, p.slug from public.providers p
    where p.slug in (select jsonb_array_elements_text(input -> 'providers'))
  )
  select jsonb_build_object(
    'targets', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', w.slug, 'model', m.name, 'parameters', t.parameters, 'region', t.region)
        order by w.slug, t.created_at, m.name, t.id), '[]')
      from wanted w
        join public.targets t on t.provider_id = w.id
        join public.models m on m.id = t.model_id
      where t.active),
    'paused', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', w.slug, 'model', m.name) order by w.slug, m.name), '[]')
      from wanted w
        join public.targets t on t.provider_id = w.id
        join public.models m on m.id = t.model_id
      where not t.active),
    'models', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', w.slug, 'model', m.name, 'available', m.available, 'context_window', m.context_window,
          'price', public.describe_price(public.latest_price(m.id)))
        order by w.slug, m.name), '[]')
      from wanted w join public.models m on m.provider_id = w.id))
$$;

-- Models, prices and targets of a plan, in an order that keeps two plans from waiting for each other. What was only called
-- by hand so far becomes active with the first plan that is not by hand; what a person switched off stays off.
create or replace function public.save_targets(probes jsonb, active boolean) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  planned record;
  known_model uuid;
begin
  for planned in
    select distinct on (p.id, probe ->> 'model') p.id as provider_id, probe ->> 'model' as model, probe -> 'price' as price
    from jsonb_array_elements(probes) probe join public.providers p on p.slug = probe ->> 'provider'
    order by p.id, probe ->> 'model'
  loop
    known_model := public.get_or_create_model(planned.provider_id, planned.model);
    if jsonb_typeof(planned.price) = 'object' then
      perform public.save_price(known_model, planned.price);
    end if;
  end loop;
  insert into public.targets (provider_id, model_id, parameters, region, active)
    select distinct p.id, m.id, probe -> 'parameters', probe ->> 'target_region', save_targets.active
    from jsonb_array_elements(probes) probe
      join public.providers p on p.slug = probe ->> 'provider'
      join public.models m on m.provider_id = p.id and m.name = probe ->> 'model'
    order by 1, 2, 3, 4
    on conflict (model_id, parameters, region) do update set active = true
      where targets.active is null and excluded.active;
end $$;

-- The planned probes of a run, numbered in the order of the plan.
create or replace function public.insert_probes(run_id uuid, probes jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  n_inserted integer;
begin
  insert into public.probes (id, run_id, target_id, result_id, ordinal, iteration, region, series, price)
    select (probe ->> 'id')::uuid, insert_probes.run_id, t.id, (probe ->> 'result_id')::uuid, position,
      (probe ->> 'iteration')::integer, probe ->> 'region', probe ->> 'series', nullif(probe -> 'price', 'null')
    from jsonb_array_elements(probes) with ordinality as planned (probe, position)
      join public.providers p on p.slug = probe ->> 'provider'
      join public.models m on m.provider_id = p.id and m.name = probe ->> 'model'
      join public.targets t on t.model_id = m.id and t.parameters = probe -> 'parameters'
        and t.region is not distinct from probe ->> 'target_region';
  get diagnostics n_inserted = row_count;
  if n_inserted <> jsonb_array_length(probes) then
    raise exception using errcode = '22023',
      message = format('only %s of %s probes are for a provider of their plan', n_inserted, jsonb_array_length(probes));
  end if;
end $$;

-- in: {run: columns of runs, adhoc, providers: [...], probes: [...]}. out: {created, run}.
-- One run per schedule and slot: whoever comes later gets the run that is there.
create or replace function public.start_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  planned public.runs := jsonb_populate_record(null::public.runs, input -> 'run');
  run public.runs;
begin
  insert into public.runs (id, run_name, triggered_by, mode, schedule, slot, region, synthetic, settings, n_probes)
    values (planned.id, planned.run_name, planned.triggered_by, planned.mode, planned.schedule, planned.slot,
      planned.region, planned.synthetic, planned.settings, jsonb_array_length(input -> 'probes'))
    on conflict do nothing returning * into run;
  if run.id is null then
    select r.* into strict run from public.runs r
      where r.id = planned.id or (r.schedule = planned.schedule and r.slot = planned.slot)
      order by r.id = planned.id desc limit 1;
    return jsonb_build_object('created', false, 'run', public.describe_run(run));
  end if;
  perform public.get_or_create_provider(provider)
    from (select provider from jsonb_array_elements(input -> 'providers') provider order by provider ->> 'slug') ordered;
  perform public.save_targets(input -> 'probes', case when (input ->> 'adhoc')::boolean then null else true end);
  perform public.insert_probes(run.id, input -> 'probes');
  return jsonb_build_object('created', true, 'run', public.describe_run(run));
end $$;

-- in: {run_id, claim_id, owner, lease_ms, region}. out: {probe, settings, claims, lease_until} or null.
-- The next planned probe of the region, or one whose lease ran out. Asked again with the same claim_id it gives the
-- same probe, so an answer that got lost loses no probe.
create or replace function public.claim_probe(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  claim uuid := (input ->> 'claim_id')::uuid;
  claimed public.probes;
begin
  if run.status <> 'running' then
    return null;
  end if;
  select p.* into claimed from public.probes p
    where p.run_id = run.id and p.status = 'claimed' and p.claim_id = claim;
  if claimed.id is null then
    begin
      update public.probes p
        set status = 'claimed', claims = p.claims + 1, claim_id = claim, lease_owner = input ->> 'owner',
          lease_until = clock_timestamp() + (input ->> 'lease_ms')::double precision * interval '1 millisecond'
        where p.id = (
          select next.id from public.probes next
          where next.run_id = run.id and next.region = input ->> 'region'
            and next.status in ('planned', 'claimed')
            and (next.status = 'planned' or next.lease_until < clock_timestamp())
          order by next.ordinal limit 1 for update skip locked)
        returning p.* into claimed;
    exception when unique_violation then
      -- The first call with this claim_id was still under way, and has it now.
      select p.* into claimed from public.probes p where p.run_id = run.id and p.claim_id = claim;
    end;
  end if;
  if claimed.id is null then
    return null;
  end if;
  return public.describe_assignment(claimed, run);
end $$;

-- All that it takes to call a claimed probe.
create or replace function public.describe_assignment(probe public.probes, run public.runs) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select jsonb_build_object(
    'probe', jsonb_build_object(
      'id', probe.id, 'result_id', probe.result_id, 'iteration', probe.iteration, 'region', probe.region,
      'series', probe.series, 'price', probe.price,
      'target', jsonb_build_object('provider', p.slug, 'model', m.name, 'parameters', t.parameters, 'region', t.region)),
    'settings', run.settings, 'claims', probe.claims, 'lease_until', probe.lease_until)
  from public.targets t
    join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
  where t.id = probe.target_id
$$;

-- in: {run_id, reason}. out: {skipped}. A probe in hand is left alone; one whose lease ran out is nobody's.
create or replace function public.skip_probes(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
  skipped integer;
begin
  update public.probes p set status = 'skipped', skip_reason = input ->> 'reason', lease_until = null
    where p.run_id = run.id
      and (p.status = 'planned' or (p.status = 'claimed' and p.lease_until < clock_timestamp()));
  get diagnostics skipped = row_count;
  return jsonb_build_object('skipped', skipped);
end $$;

-- Counts a run from its probes.
create or replace function public.count_run(run_id uuid) returns void
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

-- in: {run_id, status}. out: the run. A run that is closed stays as it was closed.
create or replace function public.finish_run(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  run public.runs := public.get_run((input ->> 'run_id')::uuid);
begin
  update public.runs r set status = input ->> 'status', finished_at = clock_timestamp()
    where r.id = run.id and r.status = 'running';
  if found then
    perform public.count_run(run.id);
  end if;
  return public.describe_run(public.get_run(run.id));
end $$;
