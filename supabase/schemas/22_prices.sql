-- Manual prices, with the checks of what comes in.

-- Not valid: rows of an earlier installation that break these checks are kept in the history.
alter table public.prices
  drop constraint if exists prices_rates_check,
  drop constraint if exists prices_overrides_check,
  -- NaN sorts above Infinity.
  add constraint prices_rates_check check (
    input_price_per_m >= 0 and input_price_per_m < 'Infinity'
    and output_price_per_m >= 0 and output_price_per_m < 'Infinity'
    and cached_price_per_m >= 0 and cached_price_per_m < 'Infinity'
    and cache_write_price_per_m >= 0 and cache_write_price_per_m < 'Infinity'
    and reasoning_price_per_m >= 0 and reasoning_price_per_m < 'Infinity') not valid,
  add constraint prices_overrides_check check (jsonb_typeof(overrides) = 'array') not valid;
alter table public.targets
  drop constraint if exists targets_max_tokens_check,
  add constraint targets_max_tokens_check check (
    not parameters ? 'max_tokens'
    or case jsonb_typeof(parameters -> 'max_tokens')
      when 'number' then (parameters -> 'max_tokens')::numeric > 0 else false end) not valid,
  drop constraint if exists targets_limits_check,
  add constraint targets_limits_check check (
    jsonb_typeof(limits) = 'object' and limits - array['ttft_ms', 'latency_ms'] = '{}'
    and coalesce((limits ->> 'ttft_ms')::double precision > 0, true)
    and coalesce((limits ->> 'latency_ms')::double precision > 0, true));

-- Refuses anything but an object with known keys; an unknown key is most often a misspelled one.
create or replace function firsttoken.check_keys(given jsonb, what text, known text[]) returns void
language plpgsql immutable security invoker set search_path = '' as $$
declare
  unknown_key text;
begin
  if jsonb_typeof(given) is distinct from 'object' then
    raise exception using errcode = '22023',
      message = format('%s must be an object with %s', what, array_to_string(known, ', '));
  end if;
  select key into unknown_key from jsonb_object_keys(given) key where key <> all (known) limit 1;
  if unknown_key is not null then
    raise exception using errcode = '22023',
      message = format('%s has no %s: it may have %s', what, unknown_key, array_to_string(known, ', '));
  end if;
end $$;

-- Refuses a name that is blank or not a string.
create or replace function firsttoken.check_name(name jsonb, what text) returns void
language plpgsql immutable security invoker set search_path = '' as $$
begin
  if jsonb_typeof(name) is distinct from 'string' or name #>> '{}' !~ '\S' then
    raise exception using errcode = '22023', message = format('%s must be a text that is not blank', what);
  end if;
end $$;

-- Whether this is a number from 0 up that double precision can hold.
create or replace function firsttoken.is_rate(value jsonb) returns boolean
language sql immutable security invoker set search_path = '' as $$
  select case jsonb_typeof(value)
    when 'number' then value::numeric >= 0 and value::numeric < 1e308 else false end
$$;

-- Refuses a manual price that cannot be computed with.
create or replace function firsttoken.check_price(price jsonb) returns void
language plpgsql immutable security invoker set search_path = '' as $$
declare
  required constant text[] := array['input_per_m', 'output_per_m'];
  rates constant text[] := required || array['cached_per_m', 'cache_write_per_m', 'reasoning_per_m'];
  times constant text[] := array['from_utc', 'to_utc'];
  override jsonb;
  wrong text;
begin
  perform firsttoken.check_keys(price, 'price', rates || array['overrides', 'source', 'as_of']);
  select name into wrong from unnest(rates) name
    where not firsttoken.is_rate(price -> name) and (name = any (required) or price -> name <> 'null')
    limit 1;
  if wrong is not null then
    raise exception using errcode = '22023',
      message = format('%s must be a number from 0 on, in USD per million tokens', wrong);
  end if;
  if jsonb_typeof(coalesce(price -> 'overrides', '[]')) <> 'array' then
    raise exception using errcode = '22023',
      message = 'overrides must be an array: leave it out if there are none';
  end if;
  for override in select jsonb_array_elements(coalesce(price -> 'overrides', '[]')) loop
    perform firsttoken.check_keys(override, 'an override', array['over_input_tokens'] || times || rates);
    select key into wrong from jsonb_each(override) each (key, value)
      where not case
        when key = any (times) then jsonb_typeof(value) = 'string'
          and value #>> '{}' ~ '^([01]\d|2[0-3]):[0-5]\d$'
        when key = any (rates) and key <> all (required) and value = 'null' then true
        else firsttoken.is_rate(value) end
      limit 1;
    if wrong is not null then
      raise exception using errcode = '22023',
        message = format('%s of an override must be %s', wrong,
          case when wrong = any (times) then 'a time such as 22:30' else 'a number from 0 on' end);
    end if;
  end loop;
end $$;

-- Whether a price replaces the one in force: its rates differ, or it is manual and the other is not. Only a
-- manual price replaces a manual one.
create or replace function firsttoken.replaces_price(latest public.prices, price jsonb) returns boolean
language plpgsql stable security invoker set search_path = '' as $$
declare
  origin constant text[] := array['source', 'as_of'];
  -- A manual price, or a plan of an earlier version, may leave these out.
  defaults constant jsonb :=
    '{"cached_per_m": null, "cache_write_per_m": null, "reasoning_per_m": null, "overrides": []}';
  is_manual constant boolean := coalesce(price ->> 'source', 'manual') = 'manual';
  latest_is_manual constant boolean := latest.id is not null and coalesce(latest.source, 'manual') = 'manual';
begin
  if latest_is_manual <> is_manual then
    return is_manual;
  end if;
  return firsttoken.describe_price(latest) - origin is distinct from (defaults || price) - origin;
end $$;

-- Adds a row to the price history if the price replaces the one in force. The row lock keeps two runs from
-- both adding a row.
create or replace function firsttoken.save_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform 1 from public.models m where m.id = save_price.model_id for no key update;
  if not firsttoken.replaces_price(public.latest_price(save_price.model_id), price) then
    return;
  end if;
  insert into public.prices
      (provider_id, model_id, input_price_per_m, output_price_per_m, cached_price_per_m,
      cache_write_price_per_m, reasoning_price_per_m, overrides, source, as_of, "timestamp")
    select m.provider_id, m.id, (price ->> 'input_per_m')::double precision,
        (price ->> 'output_per_m')::double precision, (price ->> 'cached_per_m')::double precision,
        (price ->> 'cache_write_per_m')::double precision, (price ->> 'reasoning_per_m')::double precision,
        coalesce(price -> 'overrides', '[]'), price ->> 'source', (price ->> 'as_of')::timestamptz,
        clock_timestamp()
      from public.models m where m.id = save_price.model_id;
end $$;

-- Saves the price a plan was made with, unless a better one is known: the price in force may be newer than
-- the plan, and a manual one that is not in force was ended on purpose. Takes the same lock as save_price.
create or replace function firsttoken.save_planned_price(model_id uuid, price jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  latest public.prices;
begin
  perform 1 from public.models m where m.id = save_planned_price.model_id for no key update;
  latest := public.latest_price(save_planned_price.model_id);
  if (latest.id is null or latest.source = 'registry')
    and coalesce(price ->> 'source', 'manual') <> 'manual' then
    perform firsttoken.save_price(save_planned_price.model_id, price);
  end if;
end $$;

-- in: {provider, model, price or null, about or none}. out: {price in force}. Sets a manual price, which no
-- sync replaces; null ends it.
create or replace function public.set_price(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  known_model uuid;
begin
  perform firsttoken.check_keys(input, 'set_price', array['provider', 'model', 'price', 'about']);
  perform firsttoken.check_name(input -> 'provider', 'provider');
  perform firsttoken.check_name(input -> 'model', 'model');
  if not input ? 'price' then
    raise exception using errcode = '22023',
      message = 'set_price needs a price: null ends the one that you set';
  end if;
  if input -> 'price' <> 'null' then
    perform firsttoken.check_price(input -> 'price');
  end if;
  perform firsttoken.check_unowned('price', (input ->> 'provider') || '/' || (input ->> 'model'), '{}');
  known_model := firsttoken.get_or_create_model(firsttoken.get_provider(input), input ->> 'model');
  if input -> 'price' <> 'null' then
    perform firsttoken.save_price(known_model, (input -> 'price') || '{"source": "manual"}');
  else
    update public.prices p set valid_until = now()
      where p.model_id = known_model and coalesce(p.source, 'manual') = 'manual' and p.valid_until is null;
  end if;
  return jsonb_build_object('price', firsttoken.describe_price(public.latest_price(known_model)));
end $$;
