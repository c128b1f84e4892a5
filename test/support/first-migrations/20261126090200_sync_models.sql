-- Models and targets: list_models, save_sync, list_syncs, set_target, and the small functions they are made of.

-- A model with the price in force and its targets.
create or replace function public.describe_model(model public.models) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select (to_jsonb(model) - array['name', 'provider_id', 'created_at']) || jsonb_build_object(
      'provider', p.slug, 'model', model.name, 'price', public.describe_price(public.latest_price(model.id)),
      'targets', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'provider', p.slug, 'model', model.name, 'parameters', t.parameters, 'region', t.region, 'active', t.active)
          order by t.created_at, t.id), '[]')
        from public.targets t where t.model_id = model.id))
    from public.providers p where p.id = model.provider_id
$$;

-- in: {providers: [slug] or null for all, after: id of the last row seen or null, limit}. out: {rows, next}, by provider and name.
create or replace function public.list_models(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
declare
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  wanted text[] := case when jsonb_typeof(input -> 'providers') = 'array'
    then array(select jsonb_array_elements_text(input -> 'providers')) end;
  last_name text;
  last_slug text;
  page jsonb;
begin
  if input ->> 'after' is not null then
    select p.slug, m.name into last_slug, last_name
      from public.models m join public.providers p on p.id = m.provider_id where m.id = (input ->> 'after')::uuid;
    if last_name is null then
      raise exception using errcode = '22023',
        message = format('there is no model %s to go on after: start again from the first page', input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select m.id, p.slug, m.name, m as model
    from public.models m join public.providers p on p.id = m.provider_id
    where p.slug is not null and (wanted is null or p.slug = any (wanted))
      and (last_name is null or (p.slug, m.name) > (last_slug, last_name))
    order by p.slug, m.name limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.slug, f.name) as position, count(*) over () as available from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(public.describe_model(n.model) order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- What a listing says of its models: [{model, and columns of models}]. All of them are available.
create or replace function public.save_models(provider_id uuid, listed jsonb) returns void
language sql security invoker set search_path = '' as $$
  insert into public.models as m (provider_id, name, display_name, type, context_window, output_limit, input_modalities,
      output_modalities, supported_parameters, deprecated_on, shutdown_on, available, last_seen_at)
    select save_models.provider_id, each ->> 'model', r.display_name, r.type, r.context_window, r.output_limit,
        r.input_modalities, r.output_modalities, r.supported_parameters, r.deprecated_on, r.shutdown_on, true, now()
      from jsonb_array_elements(listed) each, jsonb_populate_record(null::public.models, each) r
      order by each ->> 'model'
    on conflict (name, provider_id) do update set
      display_name = coalesce(excluded.display_name, m.display_name),
      type = excluded.type,
      context_window = coalesce(excluded.context_window, m.context_window),
      output_limit = coalesce(excluded.output_limit, m.output_limit),
      input_modalities = coalesce(excluded.input_modalities, m.input_modalities),
      output_modalities = coalesce(excluded.output_modalities, m.output_modalities),
      supported_parameters = coalesce(excluded.supported_parameters, m.supported_parameters),
      deprecated_on = excluded.deprecated_on,
      shutdown_on = excluded.shutdown_on,
      available = true,
      last_seen_at = excluded.last_seen_at,
      left_at = null
$$;

-- Targets of a model go on with another: the same parameters and region. The old ones are switched off and keep their results.
create or replace function public.switch_targets(provider_id uuid, old_model text, new_model text) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  successor uuid := public.get_or_create_model(switch_targets.provider_id, new_model);
begin
  insert into public.targets (provider_id, model_id, parameters, region, active)
    select t.provider_id, successor, t.parameters, t.region, true
      from public.targets t join public.models m on m.id = t.model_id
      where m.provider_id = switch_targets.provider_id and m.name = old_model and t.active and not t.parameters ? 'pin'
    on conflict (model_id, parameters, region) do update set active = true;
  update public.targets t set active = false
    from public.models m
    where m.id = t.model_id and m.provider_id = switch_targets.provider_id and m.name = old_model
      and t.active and not t.parameters ? 'pin';
end $$;

-- in: {about: provider, sync: columns of syncs, models: [listed], left: [model], prices: [{model, price}],
-- switches: [{from, to}]}. out: {recorded}. All or nothing; the same sync again changes nothing.
create or replace function public.save_sync(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  provider uuid := public.get_or_create_provider(input -> 'about');
  recorded boolean;
begin
  insert into public.syncs
    select s.* from jsonb_populate_record(null::public.syncs,
      (input -> 'sync') || jsonb_build_object('provider_id', provider)) s
    on conflict (id) do nothing;
  recorded := found;
  if recorded then
    perform public.save_models(provider, input -> 'models');
    update public.models m set available = false, left_at = now()
      where m.provider_id = provider and m.available is distinct from false
        and m.name in (select jsonb_array_elements_text(input -> 'left'));
    perform public.save_price(public.get_or_create_model(provider, ordered.model), ordered.price)
      from (select each ->> 'model' as model, each -> 'price' as price
        from jsonb_array_elements(input -> 'prices') each order by 1) ordered;
    perform public.switch_targets(provider, each ->> 'from', each ->> 'to')
      from jsonb_array_elements(input -> 'switches') each;
  end if;
  return jsonb_build_object('recorded', recorded);
end $$;

-- in: {provider or null, after: id of the last row seen or null, limit}. out: {rows, next}, the latest first.
create or replace function public.list_syncs(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page_size integer := least(greatest((input ->> 'limit')::integer, 1), 1000);
  last_seen public.syncs;
  page jsonb;
begin
  if input ->> 'after' is not null then
    select s.* into last_seen from public.syncs s where s.id = (input ->> 'after')::uuid;
    if last_seen.id is null then
      raise exception using errcode = '22023',
        message = format('there is no sync %s to go on after: start again from the first page', input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select s.id, s.started_at, to_jsonb(s) || jsonb_build_object('provider', p.slug) as described
    from public.syncs s join public.providers p on p.id = s.provider_id
    where (input ->> 'provider' is null or p.slug = input ->> 'provider')
      and (last_seen.id is null or (s.started_at, s.id) < (last_seen.started_at, last_seen.id))
    order by s.started_at desc, s.id desc limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.started_at desc, f.id desc) as position, count(*) over () as available from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(n.described order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- in: {provider, model, active, parameters or null, region, about}. out: {rows: [target], changed}.
-- With parameters: that one target, created where it is not there. Without: every target of the model, or, where it has none
-- and is to be active, one with reasoning turned down.
create or replace function public.set_target(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  provider uuid := public.get_provider(input);
  known_model uuid := public.get_or_create_model(provider, input ->> 'model');
  wanted jsonb := nullif(input -> 'parameters', 'null');
  switch_on boolean := (input ->> 'active')::boolean;
  changed integer := 0;
  n_rows integer;
begin
  if wanted is null and switch_on and not exists (select from public.targets t where t.model_id = known_model) then
    wanted := '{"reasoning": "least"}';
  end if;
  if wanted is not null then
    insert into public.targets (provider_id, model_id, parameters, region, active)
      values (provider, known_model, wanted, input ->> 'region', switch_on)
      on conflict (model_id, parameters, region) do nothing;
    get diagnostics changed = row_count;
  end if;
  update public.targets t set active = switch_on
    where t.model_id = known_model and t.active is distinct from switch_on
      and (wanted is null or (t.parameters = wanted and t.region is not distinct from input ->> 'region'));
  get diagnostics n_rows = row_count;
  return jsonb_build_object('changed', changed + n_rows, 'rows', (
    select public.describe_model(m) -> 'targets' from public.models m where m.id = known_model));
end $$;

-- As for every table and function: only service_role may touch it.
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  for object, privileges in
    select 'table public.syncs', 'select, insert, update, delete'
    union all
    select 'function public.' || signature, 'execute'
      from unnest(array[
        'describe_price(public.prices)', 'latest_price(uuid)', 'save_price(uuid, jsonb)', 'get_provider(jsonb)',
        'set_price(jsonb)', 'describe_model(public.models)', 'list_models(jsonb)', 'save_models(uuid, jsonb)',
        'switch_targets(uuid, text, text)', 'save_sync(jsonb)', 'list_syncs(jsonb)', 'set_target(jsonb)'
      ]) signature
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;
