-- Targets: what they may be, and setting them.

-- The parameters of a target in the form every reader expects, or an error that says what is wrong with them.
create or replace function firsttoken.parse_parameters(given jsonb) returns jsonb
language plpgsql immutable security invoker set search_path = '' as $$
declare
  parameters jsonb;
  limit_given constant jsonb := given -> 'max_tokens';
begin
  perform firsttoken.check_keys(given, 'parameters', array['reasoning', 'pin', 'max_tokens']);
  parameters := '{"reasoning": "least"}'::jsonb || given;
  if parameters -> 'reasoning' not in ('"least"', '"default"') then
    raise exception using errcode = '22023', message = 'reasoning must be least or default';
  end if;
  if given ? 'pin' then
    perform firsttoken.check_name(given -> 'pin', 'pin');
  end if;
  if limit_given is not null and not (
      case jsonb_typeof(limit_given)
        when 'number' then limit_given::numeric between 1 and 2147483647 and limit_given::numeric % 1 = 0
        else false end) then
    raise exception using errcode = '22023',
      message = 'max_tokens must be a whole number from 1 on: leave it out for the usual limit';
  end if;
  return parameters;
end $$;

-- Refuses limits that no target can have: {ttft_ms, latency_ms}, each a whole number, null or left out.
create or replace function firsttoken.check_limits(limits jsonb) returns void
language plpgsql immutable security invoker set search_path = '' as $$
declare
  wrong text;
begin
  perform firsttoken.check_keys(limits, 'limits', array['ttft_ms', 'latency_ms']);
  select key into wrong from jsonb_each(limits) each (key, value)
    where value <> 'null' and not case jsonb_typeof(value)
      when 'number' then value::numeric between 1 and 3600000 and value::numeric % 1 = 0 else false end
    limit 1;
  if wrong is not null then
    raise exception using errcode = '22023',
      message = format('%s must be a whole number of ms, 1 to 3600000, or null for no limit', wrong);
  end if;
end $$;

-- Limits with those that are given instead; one that is null is taken away. Null if none is left.
create or replace function firsttoken.merge_limits(limits jsonb, given jsonb) returns jsonb
language sql immutable security invoker set search_path = '' as $$
  select nullif(jsonb_strip_nulls(coalesce(limits, '{}') || given), '{}')
$$;

-- Refuses an interval that no target can have; null is every slot of the schedule.
create or replace function firsttoken.check_every(every_minutes jsonb) returns void
language plpgsql immutable security invoker set search_path = '' as $$
begin
  if not (case jsonb_typeof(every_minutes)
      when 'number' then every_minutes::numeric between 1 and 1440 and every_minutes::numeric % 1 = 0
      else coalesce(every_minutes, 'null') = 'null' end) then
    raise exception using errcode = '22023',
      message = 'every_minutes must be a whole number, 1 to 1440, or null for every slot of the schedule';
  end if;
end $$;

-- in: {provider, model, active: true, false or none to leave it, parameters or null, region, limits or none,
-- slo or none, every_minutes, null for every slot, or none to leave it, about}. out: {rows: [target],
-- changed}.
-- With parameters: that one target, created if it does not exist and is to be active. Without: every target
-- of the model, or, if it has none and is to be active, one with reasoning turned down. Changing a target
-- that does not exist is an error, except deactivating the first target of a provider: a run would choose it
-- by itself, and an inactive row prevents that.
create or replace function public.set_target(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  usual constant jsonb := '{"reasoning": "least"}';
  wanted jsonb := nullif(input -> 'parameters', 'null');
  wanted_region text := input ->> 'region';
  wanted_limits constant jsonb := coalesce(nullif(input -> 'limits', 'null'), '{}');
  wanted_slo constant jsonb := coalesce(nullif(input -> 'slo', 'null'), '{}');
  sets_every constant boolean := input ? 'every_minutes';
  activate boolean;
  provider uuid;
  known_model uuid;
  meant uuid[];
  is_first boolean;
  changed integer := 0;
  n_rows integer;
begin
  perform firsttoken.check_keys(input, 'set_target',
    array['provider', 'model', 'active', 'parameters', 'region', 'limits', 'slo', 'every_minutes', 'about']);
  perform firsttoken.check_name(input -> 'provider', 'provider');
  perform firsttoken.check_name(input -> 'model', 'model');
  if wanted_region is not null then
    perform firsttoken.check_name(input -> 'region', 'region');
  end if;
  perform firsttoken.check_limits(wanted_limits);
  perform firsttoken.check_slo(wanted_slo);
  perform firsttoken.check_every(input -> 'every_minutes');
  if jsonb_typeof(input -> 'active') is distinct from 'boolean'
    and (wanted_limits || wanted_slo = '{}' and not sets_every or input -> 'active' <> 'null') then
    raise exception using errcode = '22023', message = 'active must be true or false';
  end if;
  activate := (input ->> 'active')::boolean;
  if wanted is not null then
    wanted := firsttoken.parse_parameters(wanted);
  end if;
  provider := firsttoken.get_provider(input);
  known_model := firsttoken.get_or_create_model(provider, input ->> 'model');
  meant := array(
    select t.id from public.targets t where t.model_id = known_model
      and (wanted is null or (t.parameters = wanted and t.region is not distinct from wanted_region)));
  perform firsttoken.check_unowned('target', null, meant);
  is_first := not exists (select from public.targets t where t.provider_id = provider);
  if wanted is null and (activate or activate is false and is_first)
    and not exists (select from public.targets t where t.model_id = known_model) then
    wanted := usual;
  end if;
  if activate is not true
    and not (activate is false and is_first and wanted = usual and wanted_region is null)
    and cardinality(meant) = 0 then
    raise exception using errcode = 'P0002',
      message = format('%s has no target %s%s%s: list_models shows those that there are',
        input ->> 'provider', input ->> 'model', ' with ' || wanted::text, ' in ' || wanted_region);
  end if;
  if wanted is not null and activate is not null then
    insert into public.targets (provider_id, model_id, parameters, region, active, limits, slo, every_minutes)
      values (provider, known_model, wanted, wanted_region, activate,
        firsttoken.merge_limits(null, wanted_limits), firsttoken.merge_slo(null, wanted_slo),
        (input ->> 'every_minutes')::integer)
      on conflict (model_id, parameters, region) do nothing;
    get diagnostics changed = row_count;
  end if;
  update public.targets t
    set active = coalesce(activate, t.active), limits = firsttoken.merge_limits(t.limits, wanted_limits),
      slo = firsttoken.merge_slo(t.slo, wanted_slo),
      every_minutes = case when sets_every then (input ->> 'every_minutes')::integer else t.every_minutes end
    where t.model_id = known_model
      and (t.active, t.limits, t.slo, t.every_minutes) is distinct from (coalesce(activate, t.active),
        firsttoken.merge_limits(t.limits, wanted_limits), firsttoken.merge_slo(t.slo, wanted_slo),
        case when sets_every then (input ->> 'every_minutes')::integer else t.every_minutes end)
      and (wanted is null or (t.parameters = wanted and t.region is not distinct from wanted_region));
  get diagnostics n_rows = row_count;
  return jsonb_build_object('changed', changed + n_rows, 'rows', (
    select firsttoken.describe_model(m) -> 'targets' from public.models m where m.id = known_model));
end $$;

-- in: {rows: [{id, minutes: or null}]}. out: {changed}. The intervals that a budget leaves to targets; null:
-- it does not thin them.
create or replace function public.thin_targets(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  changed integer;
begin
  perform firsttoken.check_keys(input, 'thin_targets', array['rows']);
  with wanted as materialized (
    select (each ->> 'id')::uuid as id, (each ->> 'minutes')::integer as minutes
    from jsonb_array_elements(input -> 'rows') each
  ), locked as materialized (
    -- In one order, so that two planners wait for each other.
    select t.id from public.targets t join wanted w on w.id = t.id order by t.id for no key update of t
  )
  update public.targets t set thinned_minutes = w.minutes
    from wanted w join locked l on l.id = w.id
    where t.id = w.id and t.thinned_minutes is distinct from w.minutes;
  get diagnostics changed = row_count;
  return jsonb_build_object('changed', changed);
end $$;
