-- Channels: those of the environment, and those that a person entered.

-- Tells a channel that is new, or on again, what is open. What it was told of before, it is not told again.
create or replace function firsttoken.announce_open(channel text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  perform firsttoken.announce(i, 'opened', 0, announce_open.channel)
    from public.incidents i where i.resolved_at is null order by i.opened_at, i.id;
end $$;

-- Why a channel of the environment is off: it may have other variables in another process, or be gone.
create or replace function firsttoken.channel_is_gone() returns text
language sql immutable parallel safe security invoker set search_path = '' as $$
  select 'its variables are gone from the environment'
$$;

-- Why a channel is off that a person switched off: nothing is wrong with it.
create or replace function firsttoken.channel_is_off() returns text
language sql immutable parallel safe security invoker set search_path = '' as $$
  select 'switched off by a person'
$$;

-- Since when a channel is sent digests: what was switched on before stays since then.
create or replace function firsttoken.kept_since(before timestamptz, wanted timestamptz) returns timestamptz
language sql immutable security invoker set search_path = '' as $$
  select case when wanted is not null then coalesce(before, wanted) end
$$;

-- A channel as the API shows it, with what became of what it was sent: since when the oldest delivery waits,
-- and how many were given up in 24 hours, which was when they were settled last.
create or replace function firsttoken.describe_channel(channel public.alert_channels) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select (to_jsonb(channel) - 'weekly_since') || jsonb_build_object(
    'weekly', channel.weekly_since is not null,
    'owned_by', (
      select 'file' from public.config_items i
      where i.kind = 'channel' and i.key = channel.name and channel.source = 'entered'),
    'last_sent_at', (
      select d.sent_at from public.notification_deliveries d
      where d.channel = channel.name and d.state = 'sent' order by d.sent_at desc limit 1),
    'n_waiting', waiting.n, 'waiting_since', waiting.since, 'n_dead_lately', (
      select count(*) from public.notification_deliveries d
      where d.channel = channel.name and d.state = 'dead' and d.created_at > now() - interval '14 days'
        and d.next_attempt_at > now() - interval '24 hours'))
  from (
    select count(*) as n, min(d.created_at) as since from public.notification_deliveries d
    where d.channel = channel.name and d.state in ('pending', 'held', 'sending')) waiting
$$;

-- in: {}. out: {rows}: every channel, those that are off too, by name.
create or replace function public.read_channels(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(input, 'read_channels', '{}');
  return jsonb_build_object('rows', (
    select coalesce(jsonb_agg(firsttoken.describe_channel(c) order by c.name), '[]')
    from public.alert_channels c));
end $$;

-- in: {channels: [{name, kind, min_severity, kinds, settings, secrets, weekly}]}. out: {added, gone: [name]}.
-- Saves all channels of the environment. One that is gone from it is switched off until it is there again;
-- one that was switched off for another reason stays so. A name that the environment has is its own.
create or replace function public.save_channels(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  left_reason constant text := firsttoken.channel_is_gone();
  added text[];
  left_names text[];
  back text[];
begin
  perform firsttoken.check_keys(input, 'save_channels', array['channels']);
  perform firsttoken.lock_outbox();
  with given as (
    select c.name, c.kind, c.min_severity, c.kinds, c.settings, c.secrets,
      case when (each ->> 'weekly')::boolean then now() end as weekly_since
    from jsonb_array_elements(input -> 'channels') each,
      jsonb_populate_record(null::public.alert_channels, each) c
  ), saved as (
    insert into public.alert_channels as c
        (name, kind, source, min_severity, kinds, settings, secrets, weekly_since)
      select g.name, g.kind, 'environment', g.min_severity, coalesce(g.kinds, '{}'),
        coalesce(g.settings, '{}'), coalesce(g.secrets, '{}'), g.weekly_since
      from given g order by g.name
      on conflict (name) do update set kind = excluded.kind, source = excluded.source,
        min_severity = excluded.min_severity, kinds = excluded.kinds, settings = excluded.settings,
        secrets = excluded.secrets,
        weekly_since = firsttoken.kept_since(c.weekly_since, excluded.weekly_since)
      returning c.name, c.disabled_reason
  )
  -- What there was before, the statement still sees.
  select array_agg(s.name) filter (where not exists (
        select from public.alert_channels c where c.name = s.name)),
      array_agg(s.name) filter (where s.disabled_reason = left_reason)
    into added, back from saved s;
  update public.alert_channels c set enabled = true, disabled_reason = null where c.name = any (back);
  with switched as (
    update public.alert_channels c set enabled = false, disabled_reason = left_reason
      where c.source = 'environment' and c.enabled and not exists (
        select from jsonb_array_elements(input -> 'channels') each where each ->> 'name' = c.name)
      returning c.name
  )
  select array_agg(s.name) into left_names from switched s;
  perform firsttoken.announce_open(name) from unnest(added || back) name order by name;
  return jsonb_build_object('added', to_jsonb(coalesce(added, '{}')),
    'gone', to_jsonb(coalesce(left_names, '{}')));
end $$;

-- Refuses a channel that is none, and one that the environment has.
create or replace function firsttoken.check_channel(given jsonb) returns void
language plpgsql stable security invoker set search_path = '' as $$
begin
  perform firsttoken.check_keys(given, 'a channel',
    array['name', 'kind', 'enabled', 'min_severity', 'kinds', 'settings', 'secrets', 'weekly']);
  perform firsttoken.check_name(given -> 'name', 'the name of a channel');
  perform firsttoken.check_name(given -> 'kind', 'the kind of a channel');
  if jsonb_typeof(coalesce(given -> 'enabled', 'true')) <> 'boolean'
    or jsonb_typeof(coalesce(given -> 'weekly', 'true')) <> 'boolean' then
    raise exception using errcode = '22023', message = 'enabled and weekly must be true or false';
  end if;
  if exists (
      select from public.alert_channels c
      where c.name = given ->> 'name' and c.source = 'environment') then
    raise exception using errcode = '23505',
      message = format('channel %s is that of the environment: choose another name', given ->> 'name');
  end if;
end $$;

-- in: {name, kind, enabled, min_severity, kinds, settings, secrets, weekly}. out: {created, channel}. Saves a
-- channel that a person entered; replaces the one of that name, and forgets its failures.
create or replace function public.save_channel(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  given constant public.alert_channels := jsonb_populate_record(null::public.alert_channels, input);
  saved public.alert_channels;
  is_new boolean;
begin
  perform firsttoken.lock_outbox();
  perform firsttoken.check_channel(input);
  perform firsttoken.check_unowned('channel', given.name, '{}');
  is_new := not exists (select from public.alert_channels c where c.name = given.name);
  insert into public.alert_channels as c
      (name, kind, source, enabled, min_severity, kinds, settings, secrets, weekly_since)
    values (given.name, given.kind, 'entered', coalesce(given.enabled, true),
      coalesce(given.min_severity, 'info'), coalesce(given.kinds, '{}'), coalesce(given.settings, '{}'),
      coalesce(given.secrets, '{}'), case when (input ->> 'weekly')::boolean then now() end)
    on conflict (name) do update set kind = excluded.kind, enabled = excluded.enabled,
      min_severity = excluded.min_severity, kinds = excluded.kinds, settings = excluded.settings,
      secrets = excluded.secrets, disabled_reason = null, consecutive_failures = 0,
      weekly_since = firsttoken.kept_since(c.weekly_since, excluded.weekly_since)
    returning * into saved;
  perform firsttoken.announce_open(saved.name);
  return jsonb_build_object('created', is_new, 'channel', firsttoken.describe_channel(saved));
end $$;

-- The channel of a name, locked, or an error that names it.
create or replace function firsttoken.get_channel(name jsonb) returns public.alert_channels
language plpgsql security invoker set search_path = '' as $$
declare
  channel public.alert_channels;
begin
  select c.* into channel from public.alert_channels c where c.name = get_channel.name #>> '{}' for update;
  if channel.name is null then
    raise exception using errcode = 'P0002',
      message = format('there is no channel %s', coalesce(get_channel.name #>> '{}', 'without a name'));
  end if;
  return channel;
end $$;

-- in: {name, enabled, weekly: either or both}. out: {channel}. Switches a channel on, which forgets its
-- failures, or off; and whether it is sent the digest of each week. One that the file owns: to what it says.
create or replace function public.switch_channel(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  turned_on constant boolean := (input ->> 'enabled')::boolean;
  wants_weekly constant boolean := (input ->> 'weekly')::boolean;
  channel public.alert_channels;
begin
  perform firsttoken.check_keys(input, 'switch_channel', array['name', 'enabled', 'weekly']);
  if num_nulls(turned_on, wants_weekly) = 2 then
    raise exception using errcode = '22023', message = 'enabled must be true or false';
  end if;
  channel := firsttoken.get_channel(input -> 'name');
  if input ? 'weekly' or not exists (
      select from public.config_items i
      where i.kind = 'channel' and i.key = channel.name and i.value -> 'enabled' = input -> 'enabled') then
    perform firsttoken.check_unowned('channel', channel.name, '{}');
  end if;
  update public.alert_channels c
    set enabled = coalesce(turned_on, c.enabled),
      disabled_reason = case turned_on when true then null
        when false then coalesce(c.disabled_reason, firsttoken.channel_is_off()) else c.disabled_reason end,
      consecutive_failures = case when turned_on then 0 else c.consecutive_failures end,
      weekly_since = case wants_weekly when true then coalesce(c.weekly_since, now())
        when false then null else c.weekly_since end
    where c.name = channel.name returning * into channel;
  if turned_on is not null then
    perform firsttoken.announce_open(channel.name);
  end if;
  return jsonb_build_object('channel', firsttoken.describe_channel(channel));
end $$;

-- in: {name}. out: {deleted}. Deletes a channel that a person entered. What waits for it is given up; what it
-- was sent stays in the history.
create or replace function public.delete_channel(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  deleted boolean;
begin
  perform firsttoken.check_keys(input, 'delete_channel', array['name']);
  perform firsttoken.check_unowned('channel', input ->> 'name', '{}');
  if exists (
      select from public.alert_channels c where c.name = input ->> 'name' and c.source = 'environment') then
    raise exception using errcode = '22023',
      message = format('channel %s is that of the environment: switch it off, or remove its variables',
        input ->> 'name');
  end if;
  delete from public.alert_channels c where c.name = input ->> 'name';
  deleted := found;
  update public.notification_deliveries d set state = 'dead', last_error = 'its channel was deleted'
    where d.channel = input ->> 'name' and d.state in ('pending', 'held');
  return jsonb_build_object('deleted', deleted);
end $$;

-- in: {name, id}. out: {queued}. Puts a test into the outbox, once per id.
create or replace function public.test_channel(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  channel public.alert_channels;
begin
  perform firsttoken.check_keys(input, 'test_channel', array['name', 'id']);
  channel := firsttoken.get_channel(input -> 'name');
  insert into public.notification_deliveries (id, event, channel, payload)
    values ((input ->> 'id')::uuid, 'test', channel.name, jsonb_build_object('at', now(), 'incident', null))
    on conflict (id) do nothing;
  return jsonb_build_object('queued', found);
end $$;
