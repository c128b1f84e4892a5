-- Prices with all that is known of them: the functions that read and write them, from their first version on.

-- A price in the shape that plans and results carry.
create or replace function public.describe_price(price public.prices) returns jsonb
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

-- The price in force: what a person set, until it is ended; else the latest.
create or replace function public.latest_price(model_id uuid) returns public.prices
language sql stable security invoker set search_path = '' as $$
  select p.* from public.prices p
    where p.model_id = latest_price.model_id and (p.valid_until is null or p.valid_until > now())
    order by coalesce(p.source, 'manual') = 'manual' desc, p."timestamp" desc, p.id limit 1
$$;

-- Adds a row to the price history where the rates differ from those in force. Over a price that a person set only a
-- person sets another. The lock keeps two runs from both adding it.
create or replace function public.save_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  who constant text[] := array['source', 'as_of'];
  latest public.prices;
  -- What a person or a plan of an earlier version leaves out.
  rates jsonb := '{"cached_per_m": null, "cache_write_per_m": null, "reasoning_per_m": null, "overrides": []}'::jsonb || price;
begin
  perform 1 from public.models m where m.id = save_price.model_id for no key update;
  latest := public.latest_price(save_price.model_id);
  if public.describe_price(latest) - who is not distinct from rates - who
    or (latest.id is not null and coalesce(latest.source, 'manual') = 'manual' and price ->> 'source' is distinct from 'manual') then
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

-- in: {provider: slug, about: the provider's row, or none}. The provider with this slug, created where it is new and told
-- about; else an error that names it.
create or replace function public.get_provider(input jsonb) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  wanted text := input ->> 'provider';
  provider_id uuid;
begin
  select p.id into provider_id from public.providers p where p.slug = wanted;
  if provider_id is null and jsonb_typeof(input -> 'about') = 'object' then
    provider_id := public.get_or_create_provider(input -> 'about');
  end if;
  if provider_id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no provider %s: its first run or sync creates it', coalesce(wanted, 'without a name'));
  end if;
  return provider_id;
end $$;

-- in: {provider, model, price or null}. out: {price in force}. A person's own price, which no sync replaces; null ends it.
create or replace function public.set_price(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  known_model uuid := public.get_or_create_model(public.get_provider(input), input ->> 'model');
begin
  if jsonb_typeof(input -> 'price') = 'object' then
    perform public.save_price(known_model, (input -> 'price') || '{"source": "manual"}');
  else
    update public.prices p set valid_until = now()
      where p.model_id = known_model and coalesce(p.source, 'manual') = 'manual' and p.valid_until is null;
  end if;
  return jsonb_build_object('price', public.describe_price(public.latest_price(known_model)));
end $$;
