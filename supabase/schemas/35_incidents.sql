-- Incidents: opening, changing and resolving them, with their events and what is told of them.

-- The place of a severity, from the mildest.
create or replace function firsttoken.severity_rank(severity text) returns integer
language sql immutable parallel safe security invoker set search_path = '' as $$
  select array_position(array['info', 'minor', 'major', 'critical'], severity)
$$;

-- Adds what happened to an incident. actor: who, if a person did it.
create or replace function firsttoken.add_incident_event(incident_id uuid, type text, detail jsonb,
  actor text default null)
returns void
language sql security invoker set search_path = '' as $$
  insert into public.incident_events (incident_id, type, actor, detail)
    values (add_incident_event.incident_id, add_incident_event.type, add_incident_event.actor,
      add_incident_event.detail);
  select firsttoken.notify_incidents()
$$;

-- Puts an event of an incident into the outbox, once for every channel that is on and takes its kind and
-- severity, or for one channel alone. Nobody is told of what is in shadow, or told by another incident.
create or replace function firsttoken.announce(incident public.incidents, event text, seq integer default 0,
  only_channel text default null)
returns void
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  insert into public.notification_deliveries as d (incident_id, event, seq, channel, payload)
    select incident.id, announce.event, announce.seq, c.name,
      jsonb_build_object('at', now(), 'incident', to_jsonb(incident))
    from public.alert_channels c
    where c.enabled and not incident.shadow and incident.parent_id is null
      and firsttoken.severity_rank(c.min_severity) <= firsttoken.severity_rank(incident.severity)
      and (c.kinds = '{}' or incident.kind = any (c.kinds))
      and (only_channel is null or c.name = only_channel)
    order by c.name
    -- It was withdrawn, and is to be told after all.
    on conflict on constraint notification_deliveries_key do update
      set state = 'pending', payload = excluded.payload, next_attempt_at = now() where d.state = 'replaced';
end $$;

-- Tells what became of an incident, only where it was told or waits to be told that it began: a delivery that
-- is dead, or was replaced, told nothing. Of these channels, those of some kinds alone if given.
create or replace function firsttoken.announce_to_told(incident public.incidents, event text,
  only_kinds text[] default null)
returns void
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  insert into public.notification_deliveries (incident_id, event, channel, payload)
    select incident.id, announce_to_told.event, told.channel,
      jsonb_build_object('at', now(), 'incident', to_jsonb(incident))
    from (
      select distinct d.channel from public.notification_deliveries d
      where d.incident_id = incident.id and d.state not in ('dead', 'replaced')) told
    where only_kinds is null or exists (
      select from public.alert_channels c where c.name = told.channel and c.kind = any (only_kinds))
    order by told.channel
    on conflict on constraint notification_deliveries_key do nothing;
end $$;

-- Tells that an incident has ended. Which of two that wait is sent, claim_deliveries decides. Of what another
-- incident tells, and of a change of price, which has no end that is news, only PagerDuty hears: it would
-- keep its own alert open.
create or replace function firsttoken.announce_end(incident public.incidents) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  is_told_elsewhere constant boolean :=
    incident.resolve_reason = 'superseded' or incident.parent_id is not null;
  is_no_news constant boolean := incident.kind = 'price_change' and incident.resolve_reason = 'expired';
begin
  if is_told_elsewhere then
    perform firsttoken.withdraw(incident.id);
  end if;
  perform firsttoken.announce_to_told(incident, 'resolved',
    case when is_told_elsewhere or is_no_news then array['pagerduty'] end);
end $$;

-- Takes out of the outbox what waits to be told of an incident.
create or replace function firsttoken.withdraw(incident_id uuid) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  update public.notification_deliveries d set state = 'replaced'
    where d.incident_id = withdraw.incident_id and d.state in ('pending', 'held');
end $$;

-- The open incident of the whole provider, which tells those of its targets. Locked against its end: an
-- incident that begins meanwhile belongs to it until then.
create or replace function firsttoken.lock_parent(scope text) returns uuid
language plpgsql security invoker set search_path = '' as $$
declare
  parent uuid;
begin
  select i.id into parent from public.incidents i
    where i.scope = lock_parent.scope and i.kind = 'provider_wide' and i.resolved_at is null
    for share;
  return parent;
end $$;

-- Opens an incident, or finds it open. Not of a target that was deleted or switched off since it was judged:
-- the lock makes that wait until the incident is there to be resolved. A target that is down while its whole
-- provider is adds to the incident of the provider, silently.
create or replace function firsttoken.open_incident(wanted jsonb) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents := jsonb_populate_record(null::public.incidents, wanted);
begin
  if incident.target_id is not null then
    perform 1 from public.targets t where t.id = incident.target_id and t.active for share;
    if not found then
      return;
    end if;
  end if;
  if incident.kind = 'down' then
    incident.parent_id := firsttoken.lock_parent('provider/' || incident.provider);
  end if;
  insert into public.incidents (id, scope, kind, severity, provider, model, target_id, region, first_bad_at,
    shadow, parent_id, flapping, evidence)
    values (gen_random_uuid(), incident.scope, incident.kind, incident.severity, incident.provider,
      incident.model, incident.target_id, incident.region, incident.first_bad_at,
      coalesce(incident.shadow, false), incident.parent_id, coalesce(incident.flapping, false),
      coalesce(incident.evidence, '{}'))
    on conflict (scope, kind) where resolved_at is null do nothing
    returning * into incident;
  if found then
    perform firsttoken.add_incident_event(incident.id, 'opened',
      jsonb_build_object('severity', incident.severity, 'evidence', incident.evidence));
    perform firsttoken.announce(incident, 'opened');
  end if;
end $$;

-- Makes an open incident worse. What is new in its evidence is added to what it opened with, which has the
-- baseline that it is judged by until it ends.
create or replace function firsttoken.worsen_incident(incident_id uuid, severity text, evidence jsonb)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
  n_before integer;
begin
  update public.incidents i
    set severity = worsen_incident.severity,
      evidence = i.evidence || worsen_incident.evidence
    where i.id = worsen_incident.incident_id and i.resolved_at is null
      and firsttoken.severity_rank(i.severity) < firsttoken.severity_rank(worsen_incident.severity)
    returning * into incident;
  if found then
    select count(*) into n_before from public.incident_events e
      where e.incident_id = incident.id and e.type = 'worsened';
    perform firsttoken.add_incident_event(incident.id, 'worsened',
      jsonb_build_object('severity', incident.severity, 'evidence', worsen_incident.evidence));
    perform firsttoken.announce(incident, 'worsened', n_before);
  end if;
end $$;

-- Gives an open incident to that of its provider, which tells it from now on.
create or replace function firsttoken.adopt_incident(incident_id uuid, parent_scope text) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  parent constant uuid := firsttoken.lock_parent(parent_scope);
begin
  update public.incidents i set parent_id = parent
    where i.id = adopt_incident.incident_id and i.resolved_at is null and i.parent_id is distinct from parent
      and parent is not null;
  if found then
    perform firsttoken.add_incident_event(incident_id, 'noted', jsonb_build_object('parent_id', parent));
    perform firsttoken.withdraw(incident_id);
  end if;
end $$;

-- Resolves an open incident. detail: {evidence, note}, each or none. Those that it told and that are open
-- still are told by themselves from now on.
create or replace function firsttoken.resolve(incident_id uuid, reason text, detail jsonb default '{}',
  actor text default null)
returns void
language plpgsql security invoker set search_path = '' as $$
declare
  incident public.incidents;
  child public.incidents;
begin
  update public.incidents i
    set resolved_at = now(), resolve_reason = resolve.reason,
      evidence = i.evidence || coalesce(resolve.detail -> 'evidence', '{}')
    where i.id = resolve.incident_id and i.resolved_at is null
    returning * into incident;
  if not found then
    return;
  end if;
  perform firsttoken.add_incident_event(incident.id, 'resolved',
    jsonb_build_object('reason', reason) || detail, actor);
  perform firsttoken.announce_end(incident);
  for child in
    update public.incidents i set parent_id = null
      where i.parent_id = incident.id and i.resolved_at is null returning *
  loop
    perform firsttoken.announce(child, 'opened');
  end loop;
end $$;

-- Resolves what is open of targets, models and providers of which nothing is benchmarked anymore, however
-- that came about. Open incidents are few: looking at all of them takes less than following each way.
create or replace function firsttoken.resolve_gone() returns trigger
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.resolve(gone.id, 'gone')
    from (
      select i.id from public.incidents i
      where i.resolved_at is null and i.scope <> 'system' and not exists (
        select from public.targets t join public.providers p on p.id = t.provider_id
        where t.active and (t.id = i.target_id or i.scope = 'model/' || t.model_id
          or i.scope = 'provider/' || p.slug))
      order by i.id) gone;
  return null;
end $$;
create or replace trigger resolve_gone_on_update after update of active on public.targets
  for each statement execute function firsttoken.resolve_gone();
create or replace trigger resolve_gone_on_delete after delete on public.targets
  for each statement execute function firsttoken.resolve_gone();
create or replace trigger resolve_gone_on_truncate after truncate on public.targets
  for each statement execute function firsttoken.resolve_gone();

-- in: {scope, expected_version, evaluated_until, transitions: [{do: open, and columns of incidents}, {do:
-- worsen, id, severity, evidence}, {do: adopt, id, parent_scope}, {do: resolve, id, reason, evidence}]}.
-- out: {applied, version}. Applies what evaluating a scope decided, all or nothing, unless the scope was
-- evaluated meanwhile: then the caller reads again. So a repetition changes nothing either. What does not fit
-- anymore (an incident that a person resolved, a target that is gone) is passed over.
create or replace function public.apply_transitions(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  wanted_scope constant text := input ->> 'scope';
  state public.alert_states;
  transition jsonb;
begin
  perform firsttoken.check_keys(input, 'apply_transitions',
    array['scope', 'expected_version', 'evaluated_until', 'transitions']);
  insert into public.alert_states (scope, version, evaluated_until)
    values (wanted_scope, 0, '-infinity') on conflict do nothing;
  select s.* into strict state from public.alert_states s where s.scope = wanted_scope for update;
  if state.version <> (input ->> 'expected_version')::integer then
    return jsonb_build_object('applied', false, 'version', state.version);
  end if;
  for transition in select jsonb_array_elements(input -> 'transitions') loop
    case transition ->> 'do'
      when 'open' then perform firsttoken.open_incident(transition);
      when 'worsen' then
        perform firsttoken.worsen_incident((transition ->> 'id')::uuid, transition ->> 'severity',
          transition -> 'evidence');
      when 'adopt' then
        perform firsttoken.adopt_incident((transition ->> 'id')::uuid, transition ->> 'parent_scope');
      when 'resolve' then
        perform firsttoken.resolve((transition ->> 'id')::uuid, transition ->> 'reason',
          jsonb_build_object('evidence', transition -> 'evidence'));
    end case;
  end loop;
  update public.alert_states s
    set version = s.version + 1,
      evaluated_until = greatest(s.evaluated_until, (input ->> 'evaluated_until')::timestamptz)
    where s.scope = wanted_scope returning * into state;
  return jsonb_build_object('applied', true, 'version', state.version);
end $$;

-- in: {scopes: [{scope, expected_version, evaluated_until}]}. out: {marked}. Notes that scopes were evaluated
-- and nothing came of it; not of those that were evaluated meanwhile.
create or replace function public.mark_evaluated(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  n_marked integer;
begin
  perform firsttoken.check_keys(input, 'mark_evaluated', array['scopes']);
  insert into public.alert_states as s (scope, version, evaluated_until)
    select given.scope, 1, given.evaluated_until
    from jsonb_to_recordset(input -> 'scopes')
      as given (scope text, expected_version integer, evaluated_until timestamptz)
    order by given.scope
    on conflict (scope) do update
      set version = s.version + 1, evaluated_until = greatest(s.evaluated_until, excluded.evaluated_until)
      where s.version = (
        select (given ->> 'expected_version')::integer
        from jsonb_array_elements(input -> 'scopes') given where given ->> 'scope' = s.scope);
  get diagnostics n_marked = row_count;
  return jsonb_build_object('marked', n_marked);
end $$;
