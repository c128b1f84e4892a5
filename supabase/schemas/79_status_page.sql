-- What the status page is made of, and what a person arranges and writes there.

-- Medians of the last 24 hours, and of how many samples: of all regions, and the series of today.
create or replace function firsttoken.public_typical()
returns table (target_id uuid, n bigint, ttft_ms numeric, tps numeric)
language sql stable rows 100 security invoker set search_path = '' as $$
  select k.target_id, count(v.ttft), firsttoken.rounded(percentile_cont(0.5) within group (order by v.ttft)),
    firsttoken.rounded(percentile_cont(0.5) within group (order by v.tps))
  from firsttoken.current_tracks(
      (select array_agg(c.target_id) from firsttoken.shown_components() c)) k
    join public.rollups_hourly r on r.track_id = k.track_id
      and r.bucket >= date_trunc('hour', now()) - interval '23 hours'
    cross join lateral unnest(r.ttft, r.tps) v (ttft, tps)
  group by k.target_id
$$;

-- Incidents that the page tells, those of components that it shows: each once, by that of the provider if
-- there is one, without what an outage replaced. components: keys. official: the incident that the provider
-- published of it, and how many seconds after opened_at they did, if that was watched, or say it began.
create or replace function firsttoken.public_incidents(since timestamptz)
returns table (id uuid, kind text, severity text, group_name text, region text, components text[],
  started_at timestamptz, opened_at timestamptz, resolved_at timestamptz, official jsonb)
language sql stable rows 100 security invoker set search_path = '' as $$
  with shown as materialized (
    select * from firsttoken.shown_components()
  ), told as (
    select i.*, coalesce(i.parent_id, i.id) as told_by from public.incidents i
    where i.kind in ('down', 'errors', 'slow') and not i.shadow
      and i.resolve_reason is distinct from 'superseded'
      and (i.resolved_at is null or i.resolved_at > public_incidents.since)
  ), parts as (
    select t.told_by, array_agg(distinct s.key) as keys, min(s.group_name) as group_name
    from told t join shown s on s.target_id = t.target_id
    group by t.told_by
  )
  select i.id, i.kind, i.severity, p.group_name, i.region, p.keys, i.first_bad_at, i.opened_at, i.resolved_at,
    (
      select jsonb_build_object('provider', l.provider, 'url', l.their_url,
        'lead_s', round(extract(epoch from l.lead)),
        'claimed_lead_s', round(extract(epoch from l.claimed_lead)))
      from public.official_leads l where l.incident_id = i.id)
  from parts p join public.incidents i on i.id = p.told_by
  where not i.shadow
  order by i.resolved_at is null desc, i.opened_at desc, i.id limit 300
$$;

-- The keys of the shown components that a maintenance window is for.
create or replace function firsttoken.maintained(scope text) returns text[]
language sql stable security invoker set search_path = '' as $$
  select array_agg(c.key order by c.place) from firsttoken.shown_components() c
  where scope in ('all', 'provider/' || c.provider, 'target/' || c.target_id)
$$;

-- Notes that the page shows: those of incidents that it tells, and of what a person told alone. Of other
-- components than those that are shown nothing is named.
create or replace function firsttoken.public_notes(since timestamptz, incidents uuid[]) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'incident_id', n.incident_id, 'state', n.state,
      'title', n.title, 'body', n.body, 'created_at', n.created_at, 'components', (
        select coalesce(jsonb_agg(c.key order by c.place), '[]') from firsttoken.shown_components() c
        where c.key = any (n.components))) order by n.created_at, n.id), '[]')
  from (
    select n.* from public.status_notes n
    where n.created_at > public_notes.since and (n.incident_id is null or n.incident_id = any (incidents)
      or exists (select from public.status_notes first where first.id = n.incident_id))
    order by n.created_at desc, n.id desc limit 300
  ) n
$$;

-- What the providers of the shown components say of themselves, as far as it is fresh, and since when they
-- have said so of something that is not over.
create or replace function firsttoken.public_official() returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select coalesce(jsonb_agg(jsonb_build_object('provider', o.said -> 'provider', 'name', (
        select p.name from public.providers p where p.slug = o.said ->> 'provider'),
      'indicator', o.said -> 'indicator', 'ok_at', o.said -> 'ok_at', 'since', (
        select min((i ->> 'started_at')::timestamptz) from jsonb_array_elements(o.said -> 'incidents') i)
    ) order by o.said ->> 'provider'), '[]')
  from jsonb_array_elements(public.list_official_statuses('{}') -> 'rows') o (said)
  where o.said ->> 'provider' in (select c.provider from firsttoken.shown_components() c)
$$;

-- in: {}. out: all that the public status page, its badges and its feeds show, and nothing else: no prompt,
-- answer, error, cost, parameter, evidence, author, nor a name or reason of a maintenance window. components
-- are in their order; days begin at t0; incidents: the open ones first; maintenance: what is not over.
create or replace function public.status_page(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  n_days constant integer := 90;
  since constant timestamptz := date_trunc('day', now()) - (n_days - 1) * interval '24 hours';
  components jsonb;
  incidents jsonb;
  told uuid[];
begin
  perform firsttoken.check_keys(input, 'status_page', '{}');
  select jsonb_agg(jsonb_build_object('key', c.key, 'name', c.name, 'provider', c.provider,
      'group_key', c.group_key, 'group_name', c.group_name, 'description', c.description,
      'created_at', c.created_at, 'regions', coalesce(r.regions, '[]'), 'checks', d.checks,
      'failed', d.failed, 'down_minutes', d.down_minutes, 'typical', case when t.n > 0 then
        jsonb_build_object('n', t.n, 'ttft_ms', t.ttft_ms, 'tps', t.tps) end) order by c.place)
    into components
    from firsttoken.shown_components() c
      join firsttoken.public_days(since, n_days) d on d.target_id = c.target_id
      left join firsttoken.public_regions() r on r.target_id = c.target_id
      left join firsttoken.public_typical() t on t.target_id = c.target_id;
  select jsonb_agg(to_jsonb(i) order by i.resolved_at is null desc, i.opened_at desc, i.id), array_agg(i.id)
    into incidents, told from firsttoken.public_incidents(since) i;
  return jsonb_build_object(
    'generated_at', now(),
    'synthetic', (
      select coalesce(bool_and(n.synthetic), false) from firsttoken.name_components() n where n.active),
    'days', jsonb_build_object('t0', since, 'n', n_days),
    'components', coalesce(components, '[]'), 'incidents', coalesce(incidents, '[]'),
    'official', firsttoken.public_official(),
    'notes', firsttoken.public_notes(since, coalesce(told, '{}')),
    'maintenance', (
      select coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'components', w.keys, 'starts_at', w.starts_at,
        'ends_at', w.ends_at, 'cron', w.cron, 'duration_minutes', w.duration_minutes,
        'time_zone', w.time_zone, 'created_at', w.created_at) order by w.created_at, w.id), '[]')
      from (select *, firsttoken.maintained(scope) as keys from public.maintenance_windows) w
      where w.keys is not null and coalesce(w.ends_at > now(), true)));
end $$;

-- in: {id, incident_id or null, state, title or null, body, components, author}. out: {created}. A note on an
-- incident that the page tells, or on an earlier note; without incident_id it begins a story of its own and
-- needs a title. The same id again changes nothing.
create or replace function public.save_status_note(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given constant public.status_notes := jsonb_populate_record(null::public.status_notes, input);
  unknown_key text;
begin
  perform firsttoken.check_keys(input, 'save_status_note',
    array['id', 'incident_id', 'state', 'title', 'body', 'components', 'author']);
  perform firsttoken.check_name(input -> 'body', 'the body of a note');
  perform firsttoken.check_name(input -> 'author', 'the author of a note');
  if char_length(given.body) > 2000 or char_length(given.title) > 200 then
    raise exception using errcode = '22001',
      message = 'a note has up to 2,000 characters, and its title up to 200';
  end if;
  if given.incident_id is null then
    perform firsttoken.check_name(input -> 'title', 'the title of a note that is on no incident');
  elsif not exists (
        select from public.status_notes n where n.id = given.incident_id and n.incident_id is null)
      and not exists (
        select from firsttoken.public_incidents('-infinity') i where i.id = given.incident_id) then
    raise exception using errcode = 'P0002',
      message = format('the status page shows no incident %s', given.incident_id);
  end if;
  select wanted into unknown_key from unnest(given.components) wanted
    where wanted not in (select c.key from firsttoken.shown_components() c) limit 1;
  if unknown_key is not null then
    raise exception using errcode = 'P0002',
      message = format('the status page shows no component %s', unknown_key);
  end if;
  insert into public.status_notes (id, incident_id, state, title, body, components, author)
    values (given.id, given.incident_id, given.state, given.title, given.body,
      coalesce(given.components, '{}'), given.author)
    on conflict (id) do nothing;
  return jsonb_build_object('created', found);
end $$;

-- in: {after: next of the page before or null, limit}. out: {rows, next}, newest first: all notes.
create or replace function public.list_status_notes(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 200);
  seen record;
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_status_notes', array['after', 'limit']);
  select * into seen from firsttoken.parse_cursor(input ->> 'after');
  with numbered as (
    select n, n.created_at, n.id, row_number() over (order by n.created_at desc, n.id desc) as position,
      count(*) over () as available
    from (
      select * from public.status_notes n where (n.created_at, n.id) < (seen.moment, seen.id)
      order by n.created_at desc, n.id desc limit page_size + 1) n
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(to_jsonb(n.n) order by n.position), '[]'),
      'next', max(firsttoken.cursor_of(n.created_at, n.id))
        filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- in: {id}. out: {deleted}. Takes a note back, with those that are on it.
create or replace function public.delete_status_note(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'delete_status_note', array['id']);
  delete from public.status_notes n
    where (input ->> 'id')::uuid in (n.id, n.incident_id);
  return jsonb_build_object('deleted', found);
end $$;

-- in: {}. out: {rows}: the providers and components that the page could show, in their order, each with what
-- a person set of it, and whether it is shown.
create or replace function public.list_status_components(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'list_status_components', '{}');
  return (
    with known as (
      select n.key, n.provider, n.model, s.place
      from firsttoken.name_components() n left join firsttoken.shown_components() s on s.key = n.key
      where n.active
    ), rows as (
      select k.* from known k
      union all
      select firsttoken.slug_of(k.provider), k.provider, null, min(k.place) from known k group by k.provider
    )
    select jsonb_build_object('rows', coalesce(jsonb_agg(jsonb_build_object('key', k.key,
        'provider', k.provider, 'model', k.model, 'shown', k.place is not null, 'name', c.name,
        'group_name', c.group_name, 'position', c.position, 'hidden', coalesce(c.hidden, false),
        'description', c.description, 'owned_by', (
          select 'file' from public.config_items i where i.kind = 'component' and i.key = k.key)
        ) order by k.place nulls last, k.model nulls first, k.key), '[]'))
    from rows k left join public.status_components c on c.key = k.key);
end $$;

-- in: {key, name, group_name, position, hidden, description}: null is as it is by itself. out: {changed}.
-- Says how a component, or the group of a provider, is shown; replaces what was said before.
create or replace function public.save_status_component(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given public.status_components := jsonb_populate_record(null::public.status_components, input);
begin
  perform firsttoken.check_keys(input, 'save_status_component',
    array['key', 'name', 'group_name', 'position', 'hidden', 'description']);
  perform firsttoken.check_unowned('component', given.key, '{}');
  if not exists (
      select from firsttoken.name_components() n
      where given.key in (n.key, firsttoken.slug_of(n.provider))) then
    raise exception using errcode = 'P0002',
      message = format('there is no component %s', coalesce(given.key, 'without a key'));
  end if;
  if given.key not like '%/%' and given.group_name is not null then
    raise exception using errcode = '22023', message = 'a provider is a group itself: it can have a name';
  end if;
  given.hidden := coalesce(given.hidden, false);
  delete from public.status_components c where c.key = given.key and c is distinct from given;
  insert into public.status_components select given.*
    where not (given.name is null and given.group_name is null and given.position is null
      and not given.hidden and given.description is null)
    on conflict (key) do nothing;
  return jsonb_build_object('changed', found);
end $$;
