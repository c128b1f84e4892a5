-- Incidents and deliveries as people read them.

-- What is wrong now, the worst first. lasts: since the first result of it.
create or replace view public.open_incidents with (security_invoker = true) as
  select i.kind, i.severity, i.provider, i.model, i.region, i.first_bad_at, i.opened_at,
    now() - i.first_bad_at as lasts, i.acknowledged_at, i.acknowledged_by, i.shadow, i.flapping,
    i.evidence, i.scope, i.target_id, i.parent_id, i.id as incident_id
  from public.incidents i
  where i.resolved_at is null
  order by firsttoken.severity_rank(i.severity) desc, i.first_bad_at;

-- Everything that was wrong. lasted: from the first result of it until it was resolved, or until now;
-- detected_after: from there until it was judged; n_told: messages that were sent.
create or replace view public.incident_history with (security_invoker = true) as
  select i.kind, i.severity, i.provider, i.model, i.region, i.first_bad_at, i.opened_at, i.resolved_at,
    i.resolve_reason, coalesce(i.resolved_at, now()) - i.first_bad_at as lasted,
    i.opened_at - i.first_bad_at as detected_after, i.acknowledged_at - i.opened_at as acknowledged_after,
    i.acknowledged_by, (
      select count(*) from public.notification_deliveries d
      where d.incident_id = i.id and d.state = 'sent') as n_told,
    i.shadow, i.flapping, i.evidence, i.scope, i.target_id, i.parent_id, i.id as incident_id
  from public.incidents i;

-- An incident as the API shows it; lasts_s: from the first result of it until it was resolved, or until now.
create or replace function firsttoken.describe_incident(incident public.incidents) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select to_jsonb(incident) || jsonb_build_object('lasts_s', round(
    extract(epoch from coalesce(incident.resolved_at, now()) - incident.first_bad_at))::bigint)
$$;

-- in: {open: true for open ones alone, false for others, scope, kind, severity, provider, model, target_id,
-- shadow, since, until: each or null, after: next of the page before or null, limit}; since is inclusive,
-- until exclusive, both of opened_at. out: {rows, next}, newest first.
create or replace function public.list_incidents(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 200);
  only_open constant boolean := (input ->> 'open')::boolean;
  seen record;
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_incidents', array['open', 'scope', 'kind', 'severity',
    'provider', 'model', 'target_id', 'shadow', 'since', 'until', 'after', 'limit']);
  select * into seen from firsttoken.parse_cursor(input ->> 'after');
  with found_rows as (
    select i as incident, i.opened_at, i.id from public.incidents i
    where (i.opened_at, i.id) < (seen.moment, seen.id)
      and i.opened_at >= coalesce((input ->> 'since')::timestamptz, '-infinity')
      and i.opened_at < coalesce((input ->> 'until')::timestamptz, 'infinity')
      and (only_open is null or (i.resolved_at is null) = only_open)
      and (input ->> 'scope' is null or i.scope = input ->> 'scope')
      and (input ->> 'kind' is null or i.kind = input ->> 'kind')
      and (input ->> 'severity' is null or i.severity = input ->> 'severity')
      and (input ->> 'provider' is null or i.provider = input ->> 'provider')
      and (input ->> 'model' is null or i.model = input ->> 'model')
      and (input ->> 'target_id' is null or i.target_id = (input ->> 'target_id')::uuid)
      and (input ->> 'shadow' is null or i.shadow = (input ->> 'shadow')::boolean)
    order by i.opened_at desc, i.id desc limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.opened_at desc, f.id desc) as position,
      count(*) over () as available
    from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(firsttoken.describe_incident(n.incident) order by n.position), '[]'),
      'next', max(firsttoken.cursor_of(n.opened_at, n.id))
        filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;

-- A delivery as lists show it, without what it said.
create or replace function firsttoken.describe_sending(delivery public.notification_deliveries) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select to_jsonb(delivery) - array['payload', 'held', 'claim_id', 'locked_until']
$$;

-- in: {id}. out: {incident, events, deliveries, children}: what happened to it and who was told, both in
-- order, and the incidents that it tells.
create or replace function public.read_incident(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  incident public.incidents;
begin
  perform firsttoken.check_keys(input, 'read_incident', array['id']);
  select i.* into incident from public.incidents i where i.id = (input ->> 'id')::uuid;
  if incident.id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no incident %s', coalesce(input ->> 'id', 'without an id'));
  end if;
  return jsonb_build_object(
    'incident', firsttoken.describe_incident(incident),
    'events', (
      select coalesce(jsonb_agg(to_jsonb(e) - array['id', 'incident_id'] order by e.id), '[]')
      from public.incident_events e where e.incident_id = incident.id),
    'deliveries', (
      select coalesce(jsonb_agg(firsttoken.describe_sending(d) order by d.created_at, d.seq, d.channel), '[]')
      from public.notification_deliveries d where d.incident_id = incident.id),
    'children', (
      select coalesce(jsonb_agg(firsttoken.describe_incident(i) order by i.opened_at, i.id), '[]')
      from public.incidents i where i.parent_id = incident.id));
end $$;

-- in: {channel, state, incident_id: each or null, after: next of the page before or null, limit}. out: {rows,
-- next}, newest first: deliveries without what they said.
create or replace function public.list_deliveries(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 50, 200);
  seen record;
  page jsonb;
begin
  perform firsttoken.check_keys(input, 'list_deliveries',
    array['channel', 'state', 'incident_id', 'after', 'limit']);
  select * into seen from firsttoken.parse_cursor(input ->> 'after');
  with found_rows as (
    select d as delivery, d.created_at, d.id from public.notification_deliveries d
    where (d.created_at, d.id) < (seen.moment, seen.id)
      and (input ->> 'channel' is null or d.channel = input ->> 'channel')
      and (input ->> 'state' is null or d.state = input ->> 'state')
      and (input ->> 'incident_id' is null or d.incident_id = (input ->> 'incident_id')::uuid)
    order by d.created_at desc, d.id desc limit page_size + 1
  ), numbered as (
    select f.*, row_number() over (order by f.created_at desc, f.id desc) as position,
      count(*) over () as available
    from found_rows f
  )
  select jsonb_build_object(
      'rows', coalesce(jsonb_agg(firsttoken.describe_sending(n.delivery) order by n.position), '[]'),
      'next', max(firsttoken.cursor_of(n.created_at, n.id))
        filter (where n.position = page_size and n.available > page_size))
    into page from numbered n where n.position <= page_size;
  return page;
end $$;
