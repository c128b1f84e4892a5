-- Finding and creating providers, models and targets.

-- in: {slug, name, base_url, logo_url, synthetic}. Creates or updates the provider and returns its id. A row
-- from before slugs existed is adopted by its name; if another provider has the name, the slug is appended to
-- it.
create or replace function firsttoken.get_or_create_provider(input jsonb) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  wanted public.providers := jsonb_populate_record(null::public.providers, input);
  provider_id uuid;
begin
  wanted.name := coalesce(wanted.name, wanted.slug);
  update public.providers p set slug = wanted.slug
    where p.slug is null and p.name = wanted.name
      and not exists (select from public.providers q where q.slug = wanted.slug);
  if exists (
      select from public.providers p where p.name = wanted.name and p.slug is distinct from wanted.slug) then
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
        coalesce(wanted.base_url, p.base_url), coalesce(wanted.logo_url, p.logo_url),
        coalesce(wanted.synthetic, p.synthetic));
  select p.id into strict provider_id from public.providers p where p.slug = wanted.slug;
  return provider_id;
end $$;

-- in: {provider: slug, about: columns of providers, or none}. The id of the provider with this slug, created
-- from `about` if it does not exist. Without `about` a missing provider is an error.
create or replace function firsttoken.get_provider(input jsonb) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  wanted text := input ->> 'provider';
  provider_id uuid;
begin
  select p.id into provider_id from public.providers p where p.slug = wanted;
  if provider_id is null and jsonb_typeof(input -> 'about') = 'object' then
    provider_id := firsttoken.get_or_create_provider(input -> 'about');
  end if;
  if provider_id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no provider %s: its first run or sync creates it',
        coalesce(wanted, 'without a name'));
  end if;
  return provider_id;
end $$;

create or replace function firsttoken.get_or_create_model(provider_id uuid, name text) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  model_id uuid;
begin
  insert into public.models (provider_id, name)
    values (get_or_create_model.provider_id, get_or_create_model.name)
    on conflict do nothing;
  select m.id into strict model_id from public.models m
    where m.provider_id = get_or_create_model.provider_id and m.name = get_or_create_model.name;
  return model_id;
end $$;

-- Saves the models of a listing, [{model, columns of models}], and marks them available.
create or replace function firsttoken.save_models(provider_id uuid, listed jsonb) returns void
language sql security invoker set search_path = '' as $$
  insert into public.models as m (provider_id, name, display_name, type, context_window, output_limit,
      input_modalities, output_modalities, supported_parameters, deprecated_on, shutdown_on,
      available, last_seen_at)
    select save_models.provider_id, each ->> 'model', r.display_name, r.type, r.context_window,
        r.output_limit, r.input_modalities, r.output_modalities, r.supported_parameters, r.deprecated_on,
        r.shutdown_on, true, now()
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

-- Copies the active targets of a model to its successor, with parameters, region and interval, and turns the
-- old ones off, which keep their results. Pinned targets stay, and those of firsttoken.yaml.
create or replace function firsttoken.move_targets(provider_id uuid, old_model text, new_model text)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  successor constant uuid := firsttoken.get_or_create_model(move_targets.provider_id, new_model);
  moving constant uuid[] := array(
    select t.id from public.targets t join public.models m on m.id = t.model_id
    where m.provider_id = move_targets.provider_id and m.name = old_model and t.active
      and not t.parameters ? 'pin' and not firsttoken.is_owned('target', t.id));
begin
  insert into public.targets as known (provider_id, model_id, parameters, region, active, every_minutes)
    select t.provider_id, successor, t.parameters, t.region, true, t.every_minutes
      from public.targets t where t.id = any (moving)
    on conflict (model_id, parameters, region) do update set active = true,
      every_minutes = case when known.active then known.every_minutes else excluded.every_minutes end;
  update public.targets t set active = false where t.id = any (moving);
end $$;

-- The price in force: a manual one until it ends, else the latest.
create or replace function public.latest_price(model_id uuid) returns public.prices
language sql stable security invoker set search_path = '' as $$
  select p.* from public.prices p
    where p.model_id = latest_price.model_id and (p.valid_until is null or p.valid_until > now())
    order by coalesce(p.source, 'manual') = 'manual' desc, p."timestamp" desc, p.id limit 1
$$;

-- A price in the shape that plans and results carry.
create or replace function firsttoken.describe_price(price public.prices) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select case when price.id is not null then jsonb_build_object(
    'input_per_m', price.input_price_per_m,
    'output_per_m', price.output_price_per_m,
    'cached_per_m', price.cached_price_per_m,
    'cache_write_per_m', price.cache_write_price_per_m,
    'reasoning_per_m', price.reasoning_price_per_m,
    'overrides', price.overrides,
    'source', coalesce(price.source, 'manual'),
    'as_of', coalesce(price.as_of, price."timestamp")) end
$$;

-- A model with its price in force and its targets.
create or replace function firsttoken.describe_model(model public.models) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select (to_jsonb(model) - array['name', 'provider_id', 'created_at']) || jsonb_build_object(
      'provider', p.slug, 'model', model.name,
      'price', firsttoken.describe_price(public.latest_price(model.id)),
      'price_owned_by', firsttoken.owner_of('price', model.id),
      'targets', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'id', t.id, 'provider', p.slug, 'model', model.name, 'parameters', t.parameters,
            'region', t.region, 'active', t.active, 'limits', coalesce(t.limits, '{}'),
            'owned_by', firsttoken.owner_of('target', t.id),
            'slo', t.slo, 'every_minutes', t.every_minutes, 'thinned_minutes', t.thinned_minutes)
          order by t.created_at, t.id), '[]')
        from public.targets t where t.model_id = model.id))
    from public.providers p where p.id = model.provider_id
$$;

-- in: {providers: [slug] or null for all, after: id of the last row seen or null, limit}.
-- out: {rows, next}, ordered by provider and name.
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
      from public.models m join public.providers p on p.id = m.provider_id
      where m.id = (input ->> 'after')::uuid;
    if last_name is null then
      raise exception using errcode = '22023',
        message = format('there is no model %s to continue after: start again from the first page',
          input ->> 'after');
    end if;
  end if;
  with found_rows as (
    select m.id, p.slug, m.name, m as model
    from public.models m join public.providers p on p.id = m.provider_id
    where p.slug is not null and (wanted is null or p.slug = any (wanted))
      and (last_name is null or (p.slug, m.name) > (last_slug, last_name))
    order by p.slug, m.name limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.slug, f.name) as position, count(*) over () as available
    from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(firsttoken.describe_model(n.model) order by n.position), '[]'),
      'next', max(n.id::text) filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- The slot of the latest scheduled call of a target from a region, of these two days; null if there is none.
create or replace function firsttoken.last_slot(target_id uuid, region text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select r.slot from public.benchmark_results b join public.runs r on r.id = b.run_id
  where b.target_id = last_slot.target_id and b.region is not distinct from last_slot.region
    and b.level is null and b.created_at > now() - interval '2 days' and b.created_at < 'infinity'
    and r.slot is not null
  order by b.created_at desc limit 1
$$;

-- What calls of a target usually cost, by the latest five of a week that succeeded; null if nobody knows.
create or replace function firsttoken.typical_usd(target_id uuid) returns double precision
language sql stable security invoker set search_path = '' as $$
  select percentile_cont(0.5) within group (order by recent.cost_usd)
  from (
    select b.cost_usd from public.benchmark_results b
    where b.target_id = typical_usd.target_id and b.level is null and b.context_tokens is null
      and b.success and b.cost_usd is not null and not b.warmup
      and b.created_at > now() - interval '7 days' and b.created_at < 'infinity'
    order by b.created_at desc limit 5
  ) recent
$$;

-- in: {providers: [slug], region: that of the caller, costs: whether targets are thinned by what they cost}.
-- out: {targets: active ones, with the slot of the last call from there of those that have an interval, and,
-- if costs are asked for, of all, with what a call costs, paused: those switched off by hand, models: all,
-- with the price in force, pace: [{provider, typical_ms}], from the latest five calls of each active target,
-- regions: if costs are asked for, those of the last three slots with calls, lanes: [{provider, lanes}] of
-- providers that have not as many as usual}.
create or replace function public.read_catalog(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  with wanted as (
    select p.id, p.slug from public.providers p
    where p.slug in (select jsonb_array_elements_text(input -> 'providers'))
  ), known_targets as (
    select w.slug, m.name, t.* from wanted w
      join public.targets t on t.provider_id = w.id
      join public.models m on m.id = t.model_id
  ), pace as (
    select k.slug, percentile_cont(0.5) within group (order by recent.total_latency_ms) as typical_ms
    from known_targets k
      cross join lateral (
        select b.total_latency_ms from public.benchmark_results b
        where b.target_id = k.id and not (b.own_load or b.warmup or b.maintenance)
        order by b.created_at desc limit 5
      ) recent
    where k.active
    group by k.slug
  )
  select jsonb_build_object(
    'targets', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', k.slug, 'model', k.name, 'parameters', k.parameters, 'region', k.region,
          'id', k.id, 'every_minutes', k.every_minutes, 'thinned_minutes', k.thinned_minutes,
          'last_slot', case when k.every_minutes is not null or asks.costs
            then firsttoken.last_slot(k.id, input ->> 'region') end,
          'typical_usd', case when asks.costs then firsttoken.typical_usd(k.id) end)
        order by k.slug, k.created_at, k.name, k.id), '[]')
      from known_targets k
        cross join (select coalesce((input ->> 'costs')::boolean, false) as costs) asks
      where k.active),
    'regions', (
      select coalesce(jsonb_agg(distinct p.region), '[]')
      from (
        select r.id from public.runs r
        where (input ->> 'costs')::boolean and r.slot is not null and r.n_probes > 0
        order by r.started_at desc limit 3) r
        join public.probes p on p.run_id = r.id),
    'paused', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', k.slug, 'model', k.name)
        order by k.slug, k.name), '[]')
      from known_targets k where not k.active),
    'pace', (
      select coalesce(jsonb_agg(jsonb_build_object('provider', p.slug, 'typical_ms', p.typical_ms)
        order by p.slug), '[]')
      from pace p),
    'lanes', (
      select coalesce(
        jsonb_agg(jsonb_build_object('provider', p.slug, 'lanes', p.lanes) order by p.slug), '[]')
      from wanted w join public.providers p on p.id = w.id
      where p.lanes is not null),
    'models', (
      select coalesce(jsonb_agg(jsonb_build_object(
          'provider', w.slug, 'model', m.name, 'available', m.available, 'context_window', m.context_window,
          'price', firsttoken.describe_price(public.latest_price(m.id)))
        order by w.slug, m.name), '[]')
      from wanted w join public.models m on m.provider_id = w.id))
$$;
