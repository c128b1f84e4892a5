-- What firsttoken.yaml would change: what it wants, beside what the database has.

-- The items that were given to apply_config or diff_config, in the order in which they are applied: windows
-- name targets.
create or replace function firsttoken.config_wanted(items jsonb)
returns table (kind text, key text, value jsonb)
language sql immutable security invoker set search_path = '' as $$
  select each ->> 'kind', firsttoken.config_key(each ->> 'kind', each -> 'value'), each -> 'value'
  from jsonb_array_elements(items) each
$$;

-- A moment as the file is read.
create or replace function firsttoken.config_moment(moment timestamptz) returns text
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- All that the file may say of, as the database has it. A window that no file made has its id for a key.
create or replace function firsttoken.config_state()
returns table (kind text, key text, value jsonb, row_id uuid)
language sql stable security invoker set search_path = '' as $$
  select 'target', firsttoken.target_name(p.slug, m.name, t.parameters, t.region),
    jsonb_build_object('provider', p.slug, 'model', m.name, 'parameters', t.parameters, 'region', t.region,
      'active', t.active, 'limits', jsonb_strip_nulls(coalesce(t.limits, '{}')),
      'slo', coalesce(t.slo, '{}'))
      || case when t.every_minutes is null then '{}'
        else jsonb_build_object('every_minutes', t.every_minutes) end, t.id
  from public.targets t join public.models m on m.id = t.model_id
    join public.providers p on p.id = t.provider_id
  where p.slug is not null
  union all
  select 'price', p.slug || '/' || m.name, jsonb_build_object('provider', p.slug, 'model', m.name,
      'price', firsttoken.describe_price(latest) - array['source', 'as_of']), m.id
  from public.models m join public.providers p on p.id = m.provider_id,
    lateral public.latest_price(m.id) latest
  where p.slug is not null and latest.id is not null and coalesce(latest.source, 'manual') = 'manual'
    and exists (
      select from public.prices x where x.model_id = m.id and coalesce(x.source, 'manual') = 'manual')
  union all
  select 'prompt', t.name, jsonb_build_object('name', t.name, 'category', t.category, 'text', t.text), t.id
  from public.prompts t
  union all
  select 'rule', r.kind, jsonb_build_object('kind', r.kind) || r.thresholds, null from public.alert_rules r
  union all
  select 'channel', c.name, jsonb_build_object('name', c.name, 'kind', c.kind, 'enabled', c.enabled,
      'min_severity', c.min_severity, 'kinds', to_jsonb(array(
        select each from unnest(c.kinds) each order by each collate "C")),
      'weekly', c.weekly_since is not null, 'settings', c.settings, 'secrets', c.secrets), null
  from public.alert_channels c where c.source = 'entered'
  union all
  select 'component', c.key, to_jsonb(c) - 'group_name' || jsonb_build_object('group', c.group_name), null
  from public.status_components c
  union all
  select 'maintenance', case when w.id = firsttoken.config_window_id(w.name) then w.name else w.id::text end,
    jsonb_build_object('name', w.name, 'cron', w.cron, 'duration_minutes', w.duration_minutes,
      'time_zone', w.time_zone, 'reason', w.reason,
      'starts_at', firsttoken.config_moment(w.starts_at), 'ends_at', firsttoken.config_moment(w.ends_at),
      'scope', coalesce((
        select 'target/' || firsttoken.target_name(p.slug, m.name, t.parameters, t.region)
        from public.targets t join public.models m on m.id = t.model_id
          join public.providers p on p.id = t.provider_id
        where t.id = case when w.scope ~ '^target/[0-9a-f-]{36}$' then substr(w.scope, 8)::uuid end),
      w.scope)), w.id
  from public.maintenance_windows w
$$;

-- What applying these items would change. added, changed; taken: it is so already, and the file owns it from
-- now on; released: the file owned it and no longer says it; removed: the same, or of a section that the file
-- has, and so it is switched off or deleted, if asked to prune. Nobody else could change a rule back, so one
-- that the file no longer says is always removed.
create or replace function firsttoken.config_changes(items jsonb, sections text[], prune boolean)
returns table (kind text, key text, change text, before jsonb, after jsonb, row_id uuid)
language sql stable security invoker set search_path = '' as $$
  with wanted as (
    select w.*, row_number() over () as place from firsttoken.config_wanted(items) w
  ), compared as (
    select kind, key, s.value as before, w.value as after, coalesce(s.row_id, o.row_id) as row_id, w.place,
      case
        when w.key is not null then case
          when s.key is null then 'added' when s.value <> w.value then 'changed'
          when o.key is null then 'taken' end
        when s.key is not null and s.value -> 'active' is distinct from 'false'
          and s.value -> 'active' is distinct from 'null'
          and (prune and (o.key is not null or kind = any (sections)) or kind = 'rule' and o.key is not null)
          then 'removed'
        when o.key is not null then 'released' end as change
    from wanted w full join firsttoken.config_state() s using (kind, key)
      full join public.config_items o using (kind, key)
  )
  select c.kind, c.key, c.change, c.before, c.after, c.row_id from compared c where c.change is not null
  -- Windows name targets; what goes goes last.
  order by c.place is null, c.kind = 'maintenance', c.place, c.kind, c.key
$$;

-- The same as the API shows it.
create or replace function firsttoken.list_config_changes(input jsonb) returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(c) - 'row_id'), '[]') from firsttoken.config_changes(
    input -> 'items', array(select jsonb_array_elements_text(input -> 'sections')),
    coalesce((input ->> 'prune')::boolean, false)) c
$$;
