-- Prices and targets that the program cannot read, or nobody can mean, are refused where they come in.

-- Constraints hold for rows to come. What is there already and breaks them is first ended or switched off, since it can be
-- updated no more afterwards; it stays in the history.
alter table public.prices
  drop constraint if exists prices_rates_check,
  drop constraint if exists prices_overrides_check;
update public.prices set valid_until = now()
  where (valid_until is null or valid_until > now()) and not (
    input_price_per_m >= 0 and input_price_per_m < 'Infinity'
    and output_price_per_m >= 0 and output_price_per_m < 'Infinity'
    and coalesce(cached_price_per_m >= 0 and cached_price_per_m < 'Infinity', true)
    and coalesce(cache_write_price_per_m >= 0 and cache_write_price_per_m < 'Infinity', true)
    and coalesce(reasoning_price_per_m >= 0 and reasoning_price_per_m < 'Infinity', true)
    and jsonb_typeof(overrides) = 'array');
-- NaN is above Infinity.
alter table public.prices
  add constraint prices_rates_check check (
    input_price_per_m >= 0 and input_price_per_m < 'Infinity'
    and output_price_per_m >= 0 and output_price_per_m < 'Infinity'
    and cached_price_per_m >= 0 and cached_price_per_m < 'Infinity'
    and cache_write_price_per_m >= 0 and cache_write_price_per_m < 'Infinity'
    and reasoning_price_per_m >= 0 and reasoning_price_per_m < 'Infinity') not valid,
  add constraint prices_overrides_check check (jsonb_typeof(overrides) = 'array') not valid;

alter table public.targets drop constraint if exists targets_max_tokens_check;
update public.targets set active = false
  where active is distinct from false and parameters ? 'max_tokens' and not
    case jsonb_typeof(parameters -> 'max_tokens') when 'number' then (parameters -> 'max_tokens')::numeric > 0 else false end;
alter table public.targets add constraint targets_max_tokens_check check (
  not parameters ? 'max_tokens' or
    case jsonb_typeof(parameters -> 'max_tokens') when 'number' then (parameters -> 'max_tokens')::numeric > 0 else false end) not valid;

-- Refuses what is no object, or has a key that nobody would read: most often one that was misspelt.
create or replace function public.check_keys(given jsonb, what text, known text[]) returns void
language plpgsql immutable security invoker set search_path = '' as $$
declare
  stranger text;
begin
  if jsonb_typeof(given) is distinct from 'object' then
    raise exception using errcode = '22023',
      message = format('%s must be an object with %s', what, array_to_string(known, ', '));
  end if;
  select key into stranger from jsonb_object_keys(given) key where key <> all (known) limit 1;
  if stranger is not null then
    raise exception using errcode = '22023',
      message = format('%s has no %s: it may have %s', what, stranger, array_to_string(known, ', '));
  end if;
end $$;

-- Refuses a name that is no text, or blank.
create or replace function public.check_name(name jsonb, what text) returns void
language plpgsql immutable security invoker set search_path = '' as $$
begin
  if jsonb_typeof(name) is distinct from 'string' or name #>> '{}' !~ '\S' then
    raise exception using errcode = '22023', message = format('%s must be a text that is not blank', what);
  end if;
end $$;

-- Whether this is a number that double precision holds, from 0 on.
create or replace function public.is_rate(value jsonb) returns boolean
language sql immutable security invoker set search_path = '' as $$
  select case jsonb_typeof(value) when 'number' then value::numeric >= 0 and value::numeric < 1e308 else false end
$$;

-- The parameters of a target as every reader expects them, or an error that says what is wrong with them.
create or replace function public.read_parameters(given jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = '' as $$
declare
  parameters jsonb;
  most jsonb := given -> 'max_tokens';
begin
  perform public.check_keys(given, 'parameters', array['reasoning', 'pin', 'max_tokens']);
  parameters := '{"reasoning": "least"}'::jsonb || given;
  if parameters -> 'reasoning' not in ('"least"', '"default"') then
    raise exception using errcode = '22023', message = 'reasoning must be least or default';
  end if;
  if given ? 'pin' then
    perform public.check_name(given -> 'pin', 'pin');
  end if;
  if most is not null and not (
      case jsonb_typeof(most) when 'number' then most::numeric between 1 and 2147483647 and most::numeric % 1 = 0 else false end) then
    raise exception using errcode = '22023', message = 'max_tokens must be a whole number from 1 on: leave it out for the usual limit';
  end if;
  return parameters;
end $$;

-- Refuses a person's price that could not be computed with.
create or replace function public.check_price(price jsonb) returns void
language plpgsql immutable security invoker set search_path = '' as $$
declare
  needed constant text[] := array['input_per_m', 'output_per_m'];
  rates constant text[] := needed || array['cached_per_m', 'cache_write_per_m', 'reasoning_per_m'];
  times constant text[] := array['from_utc', 'to_utc'];
  override jsonb;
  wrong text;
begin
  perform public.check_keys(price, 'price', rates || array['overrides', 'source', 'as_of']);
  select name into wrong from unnest(rates) name
    where not public.is_rate(price -> name) and (name = any (needed) or price -> name <> 'null') limit 1;
  if wrong is not null then
    raise exception using errcode = '22023', message = format('%s must be a number from 0 on, in USD per million tokens', wrong);
  end if;
  if jsonb_typeof(coalesce(price -> 'overrides', '[]')) <> 'array' then
    raise exception using errcode = '22023', message = 'overrides must be an array: leave it out where there are none';
  end if;
  for override in select jsonb_array_elements(coalesce(price -> 'overrides', '[]')) loop
    perform public.check_keys(override, 'an override', array['over_input_tokens'] || times || rates);
    select key into wrong from jsonb_each(override) each (key, value)
      where not case
        when key = any (times) then jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^([01]\d|2[0-3]):[0-5]\d$'
        when key = any (rates) and key <> all (needed) and value = 'null' then true
        else public.is_rate(value) end
      limit 1;
    if wrong is not null then
      raise exception using errcode = '22023',
        message = format('%s of an override must be %s', wrong, case when wrong = any (times) then 'a time such as 22:30' else 'a number from 0 on' end);
    end if;
  end loop;
end $$;

-- Adds a row to the price history where the rates differ from those in force, or a person sets them over another source. Over
-- a price that a person set only a person sets another. The lock keeps two runs from both adding it.
create or replace function public.save_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  who constant text[] := array['source', 'as_of'];
  by_person constant boolean := coalesce(price ->> 'source', 'manual') = 'manual';
  latest public.prices;
  latest_by_person boolean;
  -- What a person or a plan of an earlier version leaves out.
  rates jsonb := '{"cached_per_m": null, "cache_write_per_m": null, "reasoning_per_m": null, "overrides": []}'::jsonb || price;
begin
  perform 1 from public.models m where m.id = save_price.model_id for no key update;
  latest := public.latest_price(save_price.model_id);
  latest_by_person := latest.id is not null and coalesce(latest.source, 'manual') = 'manual';
  if (latest_by_person and not by_person)
    or (latest_by_person = by_person and public.describe_price(latest) - who is not distinct from rates - who) then
    return;
  end if;
  insert into public.prices
      (provider_id, model_id, input_price_per_m, output_price_per_m, cached_price_per_m, cache_write_price_per_m,
        reasoning_price_per_m, overrides, source, as_of, "timestamp")
    select m.provider_id, m.id, (rates ->> 'input_per_m')::double precision, (rates ->> 'output_per_m')::double precision,
        (rates ->> 'cached_per_m')::double precision, (rates ->> 'cache_write_per_m')::double precision,
        (rates ->> 'reasoning_per_m')::double precision, rates -> 'overrides', rates ->> 'source',
        (rates ->> 'as_of')::timestamptz, clock_timestamp()
      from public.models m where m.id = save_price.model_id;
end $$;

-- What a plan was made with: saved where nobody knows better. A price in force may be younger than the plan, and a person's
-- that is not in force has been ended since. The lock is that of save_price.
create or replace function public.save_planned_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  latest public.prices;
begin
  perform 1 from public.models m where m.id = save_planned_price.model_id for no key update;
  latest := public.latest_price(save_planned_price.model_id);
  if (latest.id is null or latest.source = 'registry') and coalesce(price ->> 'source', 'manual') <> 'manual' then
    perform public.save_price(save_planned_price.model_id, price);
  end if;
end $$;

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
      perform public.save_planned_price(known_model, planned.price);
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

-- in: {provider, model, price or null, about or none}. out: {price in force}. A person's own price, which no sync replaces;
-- null ends it.
create or replace function public.set_price(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  known_model uuid;
begin
  perform public.check_keys(input, 'set_price', array['provider', 'model', 'price', 'about']);
  perform public.check_name(input -> 'provider', 'provider');
  perform public.check_name(input -> 'model', 'model');
  if not input ? 'price' then
    raise exception using errcode = '22023', message = 'set_price needs a price: null ends the one that you set';
  end if;
  if input -> 'price' <> 'null' then
    perform public.check_price(input -> 'price');
  end if;
  known_model := public.get_or_create_model(public.get_provider(input), input ->> 'model');
  if input -> 'price' <> 'null' then
    perform public.save_price(known_model, (input -> 'price') || '{"source": "manual"}');
  else
    update public.prices p set valid_until = now()
      where p.model_id = known_model and coalesce(p.source, 'manual') = 'manual' and p.valid_until is null;
  end if;
  return jsonb_build_object('price', public.describe_price(public.latest_price(known_model)));
end $$;

-- in: {provider, model, active, parameters or null, region, about}. out: {rows: [target], changed}.
-- With parameters: that one target, created where it is not there and is to be active. Without: every target of the model, or,
-- where it has none and is to be active, one with reasoning turned down. To switch off what is not there is an error, but for
-- the first target of a provider, which a run would choose by itself: off, it keeps runs from doing so.
create or replace function public.set_target(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  usual constant jsonb := '{"reasoning": "least"}';
  wanted jsonb := nullif(input -> 'parameters', 'null');
  wanted_region text := input ->> 'region';
  switch_on boolean;
  provider uuid;
  known_model uuid;
  is_first boolean;
  changed integer := 0;
  n_rows integer;
begin
  perform public.check_keys(input, 'set_target', array['provider', 'model', 'active', 'parameters', 'region', 'about']);
  perform public.check_name(input -> 'provider', 'provider');
  perform public.check_name(input -> 'model', 'model');
  if wanted_region is not null then
    perform public.check_name(input -> 'region', 'region');
  end if;
  if jsonb_typeof(input -> 'active') is distinct from 'boolean' then
    raise exception using errcode = '22023', message = 'active must be true or false';
  end if;
  switch_on := (input -> 'active')::boolean;
  if wanted is not null then
    wanted := public.read_parameters(wanted);
  end if;
  provider := public.get_provider(input);
  known_model := public.get_or_create_model(provider, input ->> 'model');
  is_first := not exists (select from public.targets t where t.provider_id = provider);
  if wanted is null and (switch_on or is_first) and not exists (select from public.targets t where t.model_id = known_model) then
    wanted := usual;
  end if;
  if not switch_on and not (is_first and wanted = usual and wanted_region is null) and not exists (
      select from public.targets t where t.model_id = known_model
        and (wanted is null or (t.parameters = wanted and t.region is not distinct from wanted_region))) then
    raise exception using errcode = 'P0002', message = format('%s has no target %s%s%s: list_models shows those that there are',
      input ->> 'provider', input ->> 'model', ' with ' || wanted::text, ' in ' || wanted_region);
  end if;
  if wanted is not null then
    insert into public.targets (provider_id, model_id, parameters, region, active)
      values (provider, known_model, wanted, wanted_region, switch_on)
      on conflict (model_id, parameters, region) do nothing;
    get diagnostics changed = row_count;
  end if;
  update public.targets t set active = switch_on
    where t.model_id = known_model and t.active is distinct from switch_on
      and (wanted is null or (t.parameters = wanted and t.region is not distinct from wanted_region));
  get diagnostics n_rows = row_count;
  return jsonb_build_object('changed', changed + n_rows, 'rows', (
    select public.describe_model(m) -> 'targets' from public.models m where m.id = known_model));
end $$;

-- As for every table and function: only service_role may touch it.
do $$
declare
  object text;
  role_name text;
begin
  for object in
    select 'function public.' || signature
      from unnest(array[
        'check_keys(jsonb, text, text[])', 'check_name(jsonb, text)', 'is_rate(jsonb)', 'read_parameters(jsonb)',
        'check_price(jsonb)', 'save_price(uuid, jsonb)', 'save_planned_price(uuid, jsonb)', 'save_targets(jsonb, boolean)',
        'set_price(jsonb)', 'set_target(jsonb)'
      ]) signature
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant execute on %s to service_role', object);
    end if;
  end loop;
end $$;
