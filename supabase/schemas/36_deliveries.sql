-- Deliveries: claiming what is due under a lease, settling what became of it, and reminders.

-- Whoever decides what is sent next takes turns, which keeps the order of an incident's messages.
create or replace function firsttoken.lock_outbox() returns void
language sql security invoker set search_path = '' as $$
  -- Distinguishes this advisory lock from others of the database.
  select pg_advisory_xact_lock(702418, 3)
$$;

-- What may be sent now, oldest first. Of an incident and a channel that is one delivery at most, and none
-- while another of them is being sent: the one that tells its end if there is one, because whatever else
-- waits is over; else the first. Of these channels alone, if given: others are sent to by who has their
-- secrets; but after a day by anyone, who then says why it could not be told.
create or replace function firsttoken.due_deliveries(most integer, channels text[]) returns setof uuid
language sql stable security invoker set search_path = '' as $$
  select o.id
  from (
    select d.id, d.created_at, d.seq, d.channel,
      case when d.state = 'sending' then d.locked_until else d.next_attempt_at end <= now() as is_free,
      bool_or(d.state = 'sending' and d.locked_until > now()) over of_incident as is_told,
      row_number() over (of_incident order by (d.event = 'resolved') desc, d.created_at, d.seq, d.id) as place
    from public.notification_deliveries d where d.state in ('pending', 'held', 'sending')
    -- A test is of no incident, and waits for nothing.
    window of_incident as (partition by coalesce(d.incident_id, d.id), d.channel)
  ) o
  where o.place = 1 and o.is_free and not o.is_told
    and (channels is null or o.channel = any (channels) or o.created_at < now() - interval '1 day'
      or not exists (select from public.alert_channels c where c.name = o.channel and c.enabled))
  order by o.created_at, o.seq, o.channel, o.id limit most
$$;

-- A claimed delivery. unannounced: nothing of its incident was sent to its channel yet. undelivered: which
-- event another channel could not be told, and why. week: what a digest tells.
create or replace function firsttoken.describe_delivery(delivery public.notification_deliveries) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select jsonb_build_object('id', delivery.id, 'channel', delivery.channel, 'event', delivery.event,
    'seq', delivery.seq, 'at', delivery.payload -> 'at', 'incident', delivery.payload -> 'incident',
    'attempts', delivery.attempts, 'held', delivery.held,
    'undelivered', delivery.payload -> 'undelivered', 'week', delivery.payload -> 'week',
    'unannounced', delivery.incident_id is not null and not exists (
      select from public.notification_deliveries d
      where d.incident_id = delivery.incident_id and d.channel = delivery.channel and d.state = 'sent'))
$$;

-- in: {claim_id, limit, lock_ms, channels: names or none for all}. out: {rows: [{id, channel, event, seq, at,
-- incident, attempts, held, undelivered, week, unannounced}], traffic: [{channel, messages, since, latest}],
-- now}.
-- Claims what is due for lock_ms; then it is due again, because whoever had it may be dead: a message may be
-- sent twice, and none is lost. The same claim_id gets what it holds still. traffic: the messages that the
-- channels of these rows took in ten minutes; what was settled together was one.
create or replace function public.claim_deliveries(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  claim constant uuid := (input ->> 'claim_id')::uuid;
  channels constant text[] := case when jsonb_typeof(input -> 'channels') = 'array'
    then array(select jsonb_array_elements_text(input -> 'channels')) end;
  claimed uuid[];
begin
  perform firsttoken.check_keys(input, 'claim_deliveries', array['claim_id', 'limit', 'lock_ms', 'channels']);
  perform firsttoken.lock_outbox();
  if not exists (
      select from public.notification_deliveries d where d.state = 'sending' and d.claim_id = claim) then
    -- Whatever is locked is being settled, or withdrawn.
    claimed := array(
      select d.id from public.notification_deliveries d
      where d.id in (
          select firsttoken.due_deliveries(firsttoken.page_size(input, 50, 1000), channels))
        and (d.state in ('pending', 'held') or d.state = 'sending' and d.locked_until <= now())
      for update skip locked);
    update public.notification_deliveries d
      set state = 'sending', claim_id = claim,
        locked_until = clock_timestamp() + (input ->> 'lock_ms')::double precision * interval '1 millisecond'
      where d.id = any (claimed);
    update public.notification_deliveries d set state = 'replaced'
      from public.notification_deliveries over
      where over.id = any (claimed) and over.event = 'resolved' and d.incident_id = over.incident_id
        and d.channel = over.channel and d.id <> over.id
        and (d.state in ('pending', 'held') or d.state = 'sending' and d.locked_until <= now());
  end if;
  return (
    with mine as materialized (
      select d.* from public.notification_deliveries d where d.state = 'sending' and d.claim_id = claim
    )
    select jsonb_build_object('now', now(),
      'rows', coalesce((
        select jsonb_agg(firsttoken.describe_delivery(d) order by d.created_at, d.seq, d.channel, d.id)
        from public.notification_deliveries d where d.id in (select m.id from mine m)), '[]'),
      'traffic', coalesce((
        select jsonb_agg(to_jsonb(t) order by t.channel)
        from (
          select d.channel, count(distinct d.sent_at) as messages, min(d.sent_at) as since,
            max(d.sent_at) as latest
          from public.notification_deliveries d
          where d.state = 'sent' and d.channel in (select m.channel from mine m)
            and d.sent_at > now() - interval '10 minutes'
          group by d.channel) t), '[]')));
end $$;

-- Tells a channel that others could not be told: once of each event of an incident, and of a test nothing.
-- What it could not be told itself goes nowhere.
create or replace function firsttoken.announce_undelivered(dead_ids uuid[], fallback text) returns void
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  insert into public.notification_deliveries (incident_id, event, seq, channel, payload)
    select dead.incident_id, 'undelivered', (
        select count(*) from public.notification_deliveries d
        where d.incident_id = dead.incident_id and d.event = 'undelivered'
      ) + row_number() over (partition by dead.incident_id order by dead.created_at, dead.seq, dead.id) - 1,
      c.name, jsonb_build_object('at', now(), 'incident', dead.payload -> 'incident', 'undelivered',
        jsonb_build_object('event', dead.event, 'seq', dead.seq, 'channel', dead.channel,
          'error', dead.last_error))
    from public.notification_deliveries dead
      join public.alert_channels c on c.name = announce_undelivered.fallback and c.enabled
    where dead.id = any (dead_ids) and dead.state = 'dead' and dead.channel <> c.name
      and dead.incident_id is not null and not exists (
        select from public.notification_deliveries d
        where d.incident_id = dead.incident_id and d.event = 'undelivered' and d.channel = c.name
          and d.payload -> 'undelivered' @> jsonb_build_object('event', dead.event, 'seq', dead.seq));
end $$;

-- in: {claim_id, ids, state: sent, pending, held or dead, in_ms or null, attempts, error or null, disable,
-- fallback: the channel that is told of what is given up, or none}. out: {settled}. What became of deliveries
-- of one channel that this claim holds: sent; to be tried again in in_ms, by itself or with others (held); or
-- given up. A channel that is disabled is told nothing anymore.
create or replace function public.settle_deliveries(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  wanted constant uuid[] := array(select jsonb_array_elements_text(input -> 'ids'));
  new_state constant text := input ->> 'state';
  n_attempts constant integer := coalesce((input ->> 'attempts')::integer, 0);
  settled integer;
begin
  perform firsttoken.check_keys(input, 'settle_deliveries',
    array['claim_id', 'ids', 'state', 'in_ms', 'attempts', 'error', 'disable', 'fallback']);
  if new_state is null or new_state not in ('sent', 'pending', 'held', 'dead') then
    raise exception using errcode = '22023', message = 'state must be sent, pending, held or dead';
  end if;
  perform firsttoken.lock_outbox();
  -- Before its deliveries, as whoever resolves an incident does: an end is told to a channel only if its
  -- beginning was, or still may be.
  perform 1 from public.incidents i
    where i.id in (select d.incident_id from public.notification_deliveries d where d.id = any (wanted))
    order by i.id for no key update;
  update public.notification_deliveries d
    set state = new_state, held = new_state = 'held', claim_id = null, locked_until = null,
      attempts = d.attempts + n_attempts,
      next_attempt_at = now() + coalesce((input ->> 'in_ms')::double precision, 0) * interval '1 millisecond',
      last_error = case when new_state <> 'sent' then coalesce(input ->> 'error', d.last_error) end,
      sent_at = case when new_state = 'sent' then now() end
    where d.id = any (wanted) and d.state = 'sending' and d.claim_id = (input ->> 'claim_id')::uuid;
  get diagnostics settled = row_count;
  if settled > 0 then
    if new_state = 'dead' then
      update public.notification_deliveries d set state = 'replaced'
        from public.notification_deliveries dead
        where dead.id = any (wanted) and dead.event = 'opened' and d.incident_id = dead.incident_id
          and d.channel = dead.channel and d.state in ('pending', 'held');
      perform firsttoken.announce_undelivered(wanted, input ->> 'fallback');
    end if;
    update public.alert_channels c
      set consecutive_failures = case when new_state = 'sent' then 0
          else c.consecutive_failures + (n_attempts > 0 and input ->> 'error' is not null)::integer end,
        n_sent = c.n_sent + case when new_state = 'sent' then settled else 0 end,
        n_dead = c.n_dead + case when new_state = 'dead' then settled else 0 end,
        enabled = c.enabled and not coalesce((input ->> 'disable')::boolean, false),
        disabled_reason = case when (input ->> 'disable')::boolean then input ->> 'error'
          else c.disabled_reason end
      where c.name in (select d.channel from public.notification_deliveries d where d.id = any (wanted));
    perform firsttoken.notify_incidents();
  end if;
  return jsonb_build_object('settled', settled);
end $$;

-- in: {ids or null for all, every_ms, most, maintained: scopes of maintenance windows or none}. out:
-- {reminded}. Reminds of incidents that are critical or major, open, and acknowledged by nobody: every_ms
-- after each was last told, and so often at most. Not of those that nobody was told of one by one, nor of
-- what is in maintenance.
create or replace function public.remind_incidents(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  only_ids constant uuid[] := case when jsonb_typeof(input -> 'ids') = 'array'
    then array(select jsonb_array_elements_text(input -> 'ids'))::uuid[] end;
  maintained constant text[] := array(
    select jsonb_array_elements_text(coalesce(input -> 'maintained', '[]')));
  due record;
  reminded integer := 0;
begin
  perform firsttoken.check_keys(input, 'remind_incidents', array['ids', 'every_ms', 'most', 'maintained']);
  perform firsttoken.lock_outbox();
  for due in
    select i as incident, told.n_reminded
    from public.incidents i
      cross join lateral (
        select max(e.at) as last_at, count(*) filter (where e.type = 'reminded')::integer as n_reminded
        from public.incident_events e
        where e.incident_id = i.id and e.type in ('opened', 'worsened', 'reminded')) told
    where i.resolved_at is null and i.severity in ('critical', 'major') and i.acknowledged_at is null
      and not i.shadow and not i.flapping and i.parent_id is null
      and (only_ids is null or i.id = any (only_ids))
      and not maintained && array['all', 'provider/' || i.provider, 'target/' || i.target_id]
      and told.last_at <= now() - (input ->> 'every_ms')::double precision * interval '1 millisecond'
      and told.n_reminded < (input ->> 'most')::integer
    order by i.id for no key update of i skip locked
  loop
    perform firsttoken.add_incident_event((due.incident).id, 'reminded', '{}');
    perform firsttoken.announce(due.incident, 'reminded', due.n_reminded);
    reminded := reminded + 1;
  end loop;
  return jsonb_build_object('reminded', reminded);
end $$;
