-- Maintenance windows, and what a person does with an incident.

-- in: {ended: true or none}. out: {rows}, by their beginning: windows, those that are over only if asked for.
create or replace function public.list_maintenance(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  perform firsttoken.check_keys(input, 'list_maintenance', array['ended']);
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(
        to_jsonb(w) || jsonb_build_object('owned_by', firsttoken.owner_of('maintenance', w.id))
        order by w.starts_at nulls first, w.created_at, w.id), '[]')
    from public.maintenance_windows w
    where coalesce((input ->> 'ended')::boolean, false) or coalesce(w.ends_at > now(), true)));
end $$;

-- in: {id, name, scope, starts_at, ends_at, cron, duration_minutes, time_zone, reason}. out: {created}. Saves
-- a window; replaces the one of that id. Whether a cron expression or a time zone is one, the caller says.
create or replace function public.save_maintenance(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given constant public.maintenance_windows := jsonb_populate_record(null::public.maintenance_windows, input);
  is_new constant boolean := not exists (
    select from public.maintenance_windows w where w.id = (input ->> 'id')::uuid);
begin
  perform firsttoken.check_keys(input, 'save_maintenance', array['id', 'name', 'scope', 'starts_at',
    'ends_at', 'cron', 'duration_minutes', 'time_zone', 'reason']);
  perform firsttoken.check_name(input -> 'name', 'the name of a maintenance window');
  if given.scope is null or given.scope !~ '^(all|provider/.+|target/[0-9a-f-]{36})$' then
    raise exception using errcode = '22023',
      message = 'the scope of a maintenance window is all, provider/<its short name> or target/<its id>';
  end if;
  if given.cron is null and (given.starts_at is null or given.ends_at is null) then
    raise exception using errcode = '22023',
      message = 'a maintenance window needs starts_at and ends_at, or cron, duration_minutes and time_zone';
  end if;
  if (given.cron is null) <> (given.duration_minutes is null)
    or (given.cron is null) <> (given.time_zone is null) then
    raise exception using errcode = '22023',
      message = 'cron, duration_minutes and time_zone of a maintenance window come together';
  end if;
  if given.ends_at <= given.starts_at then
    raise exception using errcode = '22023', message = 'a maintenance window ends after it starts';
  end if;
  perform firsttoken.check_unowned('maintenance', null, array[given.id]);
  insert into public.maintenance_windows as w (id, name, scope, starts_at, ends_at, cron, duration_minutes,
      time_zone, reason)
    values (given.id, given.name, given.scope, given.starts_at, given.ends_at, given.cron,
      given.duration_minutes, given.time_zone, given.reason)
    on conflict (id) do update set name = excluded.name, scope = excluded.scope,
      starts_at = excluded.starts_at, ends_at = excluded.ends_at, cron = excluded.cron,
      duration_minutes = excluded.duration_minutes, time_zone = excluded.time_zone,
      reason = excluded.reason;
  return jsonb_build_object('created', is_new);
end $$;

-- in: {id}. out: {deleted}: whether there was one.
create or replace function public.delete_maintenance(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'delete_maintenance', array['id']);
  perform firsttoken.check_unowned('maintenance', null, array[(input ->> 'id')::uuid]);
  delete from public.maintenance_windows w where w.id = (input ->> 'id')::uuid;
  return jsonb_build_object('deleted', found);
end $$;

-- The incident, locked, or an error that names it.
create or replace function firsttoken.lock_incident(incident_id uuid) returns public.incidents
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
begin
  select i.* into incident from public.incidents i where i.id = lock_incident.incident_id for no key update;
  if incident.id is null then
    raise exception using errcode = 'P0002',
      message = format('there is no incident %s', coalesce(lock_incident.incident_id::text, 'without an id'));
  end if;
  return incident;
end $$;

-- Refuses an act on an incident without a name, or with a note that is too long.
create or replace function firsttoken.check_act(input jsonb, what text) returns void
language plpgsql immutable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, what, array['id', 'actor', 'note']);
  perform firsttoken.check_name(input -> 'actor', 'actor');
  if what = 'note_incident' or input ->> 'note' is not null then
    perform firsttoken.check_name(input -> 'note', 'note');
  end if;
  if char_length(input ->> 'note') > 4000 then
    raise exception using errcode = '22001', message = 'a note has up to 4,000 characters';
  end if;
end $$;

-- in: {id, actor, note or none}. out: the incident. Somebody takes care of it: nobody is reminded. Programs
-- that keep incidents of their own are told. A second time, and of an incident that is over, changes nothing.
create or replace function public.acknowledge_incident(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
begin
  perform firsttoken.check_act(input, 'acknowledge_incident');
  incident := firsttoken.lock_incident((input ->> 'id')::uuid);
  if incident.acknowledged_at is null and incident.resolved_at is null then
    update public.incidents i set acknowledged_at = now(), acknowledged_by = input ->> 'actor'
      where i.id = incident.id returning * into incident;
    perform firsttoken.add_incident_event(incident.id, 'acknowledged', firsttoken.note_of(input),
      input ->> 'actor');
    perform firsttoken.announce_to_told(incident, 'acknowledged', array['pagerduty', 'webhook']);
  end if;
  return firsttoken.describe_incident(firsttoken.lock_incident(incident.id));
end $$;

-- What a person wrote, as the detail of an event.
create or replace function firsttoken.note_of(input jsonb) returns jsonb
language sql immutable security invoker set search_path = '' as $$
  select case when input ->> 'note' is null then '{}' else jsonb_build_object('note', input -> 'note') end
$$;

-- in: {id, actor, note}. out: the incident. Adds what somebody found out, also to one that is over.
create or replace function public.note_incident(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
begin
  perform firsttoken.check_act(input, 'note_incident');
  incident := firsttoken.lock_incident((input ->> 'id')::uuid);
  -- The same again within a minute is a repeated call.
  if not exists (
      select from public.incident_events e
      where e.incident_id = incident.id and e.type = 'noted' and e.actor = input ->> 'actor'
        and e.detail = firsttoken.note_of(input) and e.at > now() - interval '1 minute') then
    perform firsttoken.add_incident_event(incident.id, 'noted', firsttoken.note_of(input), input ->> 'actor');
  end if;
  return firsttoken.describe_incident(incident);
end $$;

-- in: {id, actor, note or none}. out: the incident. Resolves it by hand. What was slow is accepted as usual
-- by that: compute_baselines begins anew. It opens again if it is judged so again.
create or replace function public.resolve_incident(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
begin
  perform firsttoken.check_act(input, 'resolve_incident');
  incident := firsttoken.lock_incident((input ->> 'id')::uuid);
  perform firsttoken.resolve(incident.id, 'by_hand', firsttoken.note_of(input), input ->> 'actor');
  return firsttoken.describe_incident(firsttoken.lock_incident(incident.id));
end $$;
