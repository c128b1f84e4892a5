-- Applying firsttoken.yaml, through the same functions that a person's commands call.

-- in: {}. out: {hash of the last file applied or null, items: [{kind, key, value, owned}]}: what the database
-- has of all that a file may say.
create or replace function public.read_config(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'read_config', '{}');
  return jsonb_build_object('hash', firsttoken.last_config_hash(), 'items', (
    select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'key', s.key, 'value', s.value,
        'owned', o.key is not null) order by s.kind, s.key), '[]')
    from firsttoken.config_state() s left join public.config_items o using (kind, key)));
end $$;

-- in: {items: [{kind, value}], sections: [kind], prune}. out: {changes}: what apply_config would change.
create or replace function public.diff_config(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'diff_config', array['items', 'sections', 'prune']);
  return jsonb_build_object('changes', firsttoken.list_config_changes(input));
end $$;

-- The scope of a window, which names a target as the file does.
create or replace function firsttoken.config_scope(scope text) returns text
language plpgsql stable security invoker set search_path = '' as $$
declare
  target uuid;
begin
  if scope !~ '^target/' then
    return scope;
  end if;
  select t.id into target
    from public.targets t join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
    where 'target/' || firsttoken.target_name(p.slug, m.name, t.parameters, t.region) = scope;
  if target is null then
    raise exception using errcode = 'P0002',
      message = format('there is no %s: name it as an export does', scope);
  end if;
  return 'target/' || target;
end $$;

-- Makes one change. `abouts`: columns of providers by slug, for those that are not there yet.
create or replace function firsttoken.apply_config_change(
  item_kind text, change text, value jsonb, row_id uuid, abouts jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  of_model constant jsonb := jsonb_build_object('provider', value -> 'provider', 'model', value -> 'model',
    'about', abouts -> (value ->> 'provider'));
  target constant jsonb := of_model || jsonb_build_object(
    'parameters', value -> 'parameters', 'region', value -> 'region');
begin
  if change in ('taken', 'released') then
    return;
  elsif item_kind = 'target' and change = 'removed' then
    perform public.set_target(target || '{"active": false}');
  elsif item_kind = 'target' then
    -- Only what is active is created.
    if change = 'added' then
      perform public.set_target(target || '{"active": true}');
    end if;
    perform public.set_target(target || jsonb_build_object('active', value -> 'active',
      'every_minutes', value -> 'every_minutes',
      'limits', '{"ttft_ms": null, "latency_ms": null}' || (value -> 'limits'),
      'slo', '{"days": null, "availability": null, "ttft": null, "latency": null}' || (value -> 'slo')));
  elsif item_kind = 'price' then
    perform public.set_price(of_model || jsonb_build_object(
      'price', case when change <> 'removed' then value -> 'price' end));
  elsif item_kind = 'prompt' and change = 'removed' then
    perform public.delete_prompt(jsonb_build_object('name', value -> 'name'));
  elsif item_kind = 'prompt' then
    perform public.save_prompt(value);
  elsif item_kind = 'rule' and change = 'removed' then
    delete from public.alert_rules r where r.kind = value ->> 'kind';
  elsif item_kind = 'rule' then
    insert into public.alert_rules as r (kind, thresholds) values (value ->> 'kind', value - 'kind')
      on conflict (kind) do update set thresholds = excluded.thresholds;
  elsif item_kind = 'channel' and change = 'removed' then
    perform public.delete_channel(jsonb_build_object('name', value -> 'name'));
  elsif item_kind = 'channel' then
    perform public.save_channel(value);
  elsif item_kind = 'component' and change = 'removed' then
    delete from public.status_components c where c.key = value ->> 'key';
  elsif item_kind = 'component' then
    perform public.save_status_component(
      value - 'group' || jsonb_build_object('group_name', value -> 'group'));
  elsif change = 'removed' then
    perform public.delete_maintenance(jsonb_build_object('id', row_id));
  else
    perform public.save_maintenance(value || jsonb_build_object(
      'id', firsttoken.config_window_id(value ->> 'name'),
      'scope', firsttoken.config_scope(value ->> 'scope')));
  end if;
end $$;

-- Makes the items those that the file owns. An item that the database does not have now as the file says it
-- was not applied, which must not happen silently.
create or replace function firsttoken.own_config_items(items jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  differs text;
begin
  select w.kind || ' ' || w.key into differs
    from firsttoken.config_wanted(items) w left join firsttoken.config_state() s using (kind, key)
    where s.value is distinct from w.value limit 1;
  if differs is not null then
    raise exception using errcode = '22023', message = format('%s cannot be kept as the file says', differs);
  end if;
  delete from public.config_items i
    where not exists (
      select from firsttoken.config_wanted(items) w where w.kind = i.kind and w.key = i.key);
  insert into public.config_items as i (kind, key, value, row_id)
    select s.kind, s.key, s.value, s.row_id
    from firsttoken.config_wanted(items) w join firsttoken.config_state() s using (kind, key)
    on conflict (kind, key) do update
      set value = excluded.value, row_id = excluded.row_id, applied_at = excluded.applied_at
      where i.value <> excluded.value or i.row_id is distinct from excluded.row_id;
end $$;

-- in: {hash, items: [{kind, value}], sections: [kind], prune, abouts: {slug: columns of providers}, owner,
-- unless_applied}. out: {applied, changes}. Makes the database what the items say, in one transaction, one
-- caller after another: whoever comes later finds it done. With `unless_applied` what was changed since the
-- same file was applied is left as it is.
create or replace function public.apply_config(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  items constant jsonb := input -> 'items';
  is_last boolean;
  changes jsonb;
  each record;
begin
  perform firsttoken.check_keys(input, 'apply_config',
    array['hash', 'items', 'sections', 'prune', 'abouts', 'owner', 'unless_applied']);
  perform firsttoken.check_name(input -> 'hash', 'hash');
  -- Distinguishes this advisory lock from others of the database.
  perform pg_advisory_xact_lock(702418, 5);
  is_last := firsttoken.last_config_hash() is not distinct from input ->> 'hash';
  if is_last and coalesce((input ->> 'unless_applied')::boolean, false) then
    return jsonb_build_object('applied', false, 'changes', '[]'::jsonb);
  end if;
  changes := firsttoken.list_config_changes(input);
  if changes = '[]' and (is_last or items = '[]') then
    return jsonb_build_object('applied', false, 'changes', changes);
  end if;
  perform set_config('firsttoken.applying', 'on', true);
  for each in
    select * from firsttoken.config_changes(items,
      array(select jsonb_array_elements_text(input -> 'sections')),
      coalesce((input ->> 'prune')::boolean, false))
  loop
    perform firsttoken.apply_config_change(each.kind, each.change, coalesce(each.after, each.before),
      each.row_id, coalesce(input -> 'abouts', '{}'));
  end loop;
  perform firsttoken.own_config_items(items);
  perform set_config('firsttoken.applying', 'off', true);
  insert into public.config_files (hash, owner, changes)
    values (input ->> 'hash', input ->> 'owner', changes);
  return jsonb_build_object('applied', true, 'changes', changes);
end $$;
