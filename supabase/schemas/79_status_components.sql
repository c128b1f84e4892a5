-- The components of the public status page, how they are, and how they were.

-- A name as a part of a key: lower case, with one hyphen for whatever is neither letter nor digit.
create or replace function firsttoken.slug_of(name text) returns text
language sql immutable strict parallel safe security invoker set search_path = '' as $$
  select coalesce(nullif(trim(both '-' from regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g')), ''), 'x')
$$;

-- Every target with the key of its component: <provider>/<model>, with the region of one that is bound to it.
-- What has the same key as an older target has ~2 and so on: a key never becomes that of another target by a
-- switch. Those that one file made at once are in the order of their names, the usual one first.
create or replace function firsttoken.name_components()
returns table (target_id uuid, key text, provider text, provider_name text, model text, region text,
  nth bigint, active boolean, synthetic boolean, created_at timestamptz)
language sql stable rows 100 security invoker set search_path = '' as $$
  select n.id, n.key || case when n.nth > 1 then '~' || n.nth else '' end, n.slug, n.provider_name, n.model,
    n.region, n.nth, coalesce(n.active, false), n.synthetic, n.created_at
  from (
    select t.*, p.slug, p.name as provider_name, p.synthetic, m.name as model, k.key,
      row_number() over (partition by k.key order by t.created_at,
        firsttoken.target_name(p.slug, m.name, t.parameters, t.region) collate "C", t.id) as nth
    from public.targets t
      join public.providers p on p.id = t.provider_id
      join public.models m on m.id = t.model_id
      cross join lateral (
        select firsttoken.slug_of(coalesce(p.slug, p.name)) || '/' || firsttoken.slug_of(m.name)
          || coalesce('/' || firsttoken.slug_of(t.region), '') as key) k
  ) n
$$;

-- The components that are shown, as a person arranged them: active targets that are not hidden, by themselves
-- or with their provider. Synthetic ones only while there is nothing real.
create or replace function firsttoken.shown_components()
returns table (target_id uuid, key text, provider text, name text, group_key text, group_name text,
  description text, created_at timestamptz, place bigint)
language sql stable rows 100 security invoker set search_path = '' as $$
  with named as materialized (
    select n.*, firsttoken.slug_of(n.provider) as provider_key from firsttoken.name_components() n
    where n.active
  ), arranged as (
    select n.*, own.name as own_name, own.description, own.position,
      coalesce(own.group_name, whole.name, n.provider_name) as group_name,
      case when own.group_name is null then n.provider_key
        else 'group/' || firsttoken.slug_of(own.group_name) end as group_key,
      case when own.group_name is null then whole.position end as group_position
    from named n
      left join public.status_components own on own.key = n.key
      left join public.status_components whole on whole.key = n.provider_key
    where not coalesce(own.hidden, false) and not coalesce(whole.hidden, false)
      and n.synthetic = not exists (select from named other where not other.synthetic)
  ), grouped as (
    select a.*, coalesce(a.group_position, min(a.position) over (partition by a.group_key)) as group_place
    from arranged a
  )
  select g.target_id, g.key, g.provider,
    coalesce(g.own_name, g.model || coalesce(' in ' || g.region, '')
      || case when g.nth > 1 then format(' (%s)', g.nth) else '' end),
    g.group_key, g.group_name, g.description, g.created_at,
    row_number() over (order by g.group_place nulls last, lower(g.group_name), g.group_key,
      g.position nulls last, lower(g.model), g.key)
  from grouped g
$$;

-- How each region of the shown components does: down, errors or slow, the worst of the incidents that are
-- open; no_data, if nothing was checked for 2.5 intervals of the target; else ok. since: null unless known.
create or replace function firsttoken.public_regions()
returns table (target_id uuid, regions jsonb)
language sql stable rows 100 security invoker set search_path = '' set timezone = 'UTC' as $$
  with shown as materialized (
    select c.target_id from firsttoken.shown_components() c
  ), wrong as materialized (
    select distinct on (i.target_id, i.region) i.target_id, i.region, i.kind as state, i.first_bad_at as since
    from public.incidents i join shown s on s.target_id = i.target_id
    where i.resolved_at is null and not i.shadow and i.kind in ('down', 'errors', 'slow')
    order by i.target_id, i.region, array_position(array['down', 'errors', 'slow'], i.kind), i.first_bad_at
  ), called as (
    select h.target_id, h.region, h.last_check_at,
      case when h.state in ('stale', 'unknown') then 'no_data' else 'ok' end as state
    from public.target_health h join shown s on s.target_id = h.target_id
    where h.region is not null or h.state <> 'unknown'
  ), all_regions as (
    select coalesce(c.target_id, w.target_id) as target_id, coalesce(c.region, w.region) as region,
      coalesce(w.state, c.state) as state, w.since, c.last_check_at
    from called c full join wrong w
      on w.target_id = c.target_id and coalesce(w.region, '') = coalesce(c.region, '')
  )
  select a.target_id, jsonb_agg(jsonb_build_object('region', a.region, 'state', a.state, 'since', a.since,
      'last_check_at', a.last_check_at) order by a.region)
  from all_regions a group by a.target_id
$$;

-- By day from a first one: checks, failures that no recheck cleared, and whole minutes in which a region was
-- down. What is our own fault, own load, and maintenance are no checks.
create or replace function firsttoken.public_days(since timestamptz, n_days integer)
returns table (target_id uuid, checks integer[], failed integer[], down_minutes integer[])
language sql stable rows 100 security invoker set search_path = '' set timezone = 'UTC' as $$
  with shown as materialized (
    select c.target_id from firsttoken.shown_components() c
  ), counts as (
    select s.target_id, (date_part('epoch', d.bucket - public_days.since) / 86400)::integer as day,
      sum(d.n_ok + d.n_provider)::integer as n_checks, sum(d.n_provider - d.n_cleared)::integer as n_failed
    from shown s
      join public.tracks k on k.target_id = s.target_id
      join public.rollups_daily d on d.track_id = k.id
    where d.bucket >= public_days.since and d.bucket < public_days.since + n_days * interval '24 hours'
    group by s.target_id, d.bucket
  ), counted as (
    select c.target_id,
      firsttoken.spread(array_agg(c.day order by c.day), array_agg(c.n_checks order by c.day), n_days, 0)
        as checks,
      firsttoken.spread(array_agg(c.day order by c.day), array_agg(c.n_failed order by c.day), n_days, 0)
        as failed
    from counts c group by c.target_id
  ), outages as (
    select s.target_id, range_agg(tstzrange(least(i.first_bad_at, o.until), o.until)) as spans
    from shown s
      join public.incidents i on i.target_id = s.target_id and i.kind = 'down' and not i.shadow
      cross join lateral (select coalesce(i.resolved_at, now()) as until) o
    where o.until > public_days.since
    group by s.target_id
  ), minutes as (
    select o.target_id, array_agg(spent.minutes order by day) as by_day
    from outages o
      cross join generate_series(0, n_days - 1) day
      cross join lateral (
        select floor(coalesce(sum(extract(epoch from upper(span) - lower(span))), 0) / 60)::integer as minutes
        from unnest(o.spans * tstzmultirange(tstzrange(public_days.since + day * interval '24 hours',
          public_days.since + (day + 1) * interval '24 hours'))) span) spent
    group by o.target_id
  )
  select s.target_id, coalesce(c.checks, array_fill(0, array[n_days])),
    coalesce(c.failed, array_fill(0, array[n_days])), coalesce(m.by_day, array_fill(0, array[n_days]))
  from shown s
    left join counted c on c.target_id = s.target_id
    left join minutes m on m.target_id = s.target_id
$$;
