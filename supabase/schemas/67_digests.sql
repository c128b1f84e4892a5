-- The digest of a week: what it tells, and who is sent it.

-- What calls cost: {usd, before_usd: in the week before, n_cost_unknown: answers, month, month_usd: from its
-- first day until the end of the week, projected_usd: the whole month at the pace of the week, null once it
-- is over, limit_usd: what may be spent, null if nothing limits it}. The month is that of the last day.
create or replace function firsttoken.spending_of_week(since timestamptz, until timestamptz,
  synthetic boolean, limit_usd double precision)
returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  with ends as (
    select date_trunc('month', until - interval '1 second') as month,
      date_trunc('month', until - interval '1 second') + interval '1 month' as month_until
  ), spent as materialized (
    select e.month, e.month_until,
      coalesce(sum(d.cost_usd) filter (where d.bucket >= since), 0)::double precision as usd,
      coalesce(sum(d.cost_usd) filter (where d.bucket < since and d.bucket >= since - interval '168 hours'),
        0)::double precision as before_usd,
      coalesce(sum(d.n_cost_unknown) filter (where d.bucket >= since), 0)::integer as n_cost_unknown,
      coalesce(sum(d.cost_usd) filter (where d.bucket >= e.month), 0)::double precision as month_usd
    from ends e
      left join (
        select r.bucket, r.cost_usd, r.n_cost_unknown
        from public.rollups_daily r join public.tracks k on k.id = r.track_id
        where k.synthetic = spending_of_week.synthetic) d
        on d.bucket >= least(e.month, since - interval '168 hours') and d.bucket < until
    group by e.month, e.month_until
  )
  select jsonb_build_object('usd', s.usd, 'before_usd', s.before_usd, 'n_cost_unknown', s.n_cost_unknown,
    'month', to_char(s.month, 'YYYY-MM'), 'month_usd', s.month_usd,
    'projected_usd', case when until < s.month_until then
      s.month_usd + s.usd * extract(epoch from s.month_until - until)
        / extract(epoch from until - since) end,
    'limit_usd', limit_usd)
  from spent s
$$;

-- What needs a person: {n_misconfigured, misconfigured, channels_off, n_undelivered, n_missed}.
-- misconfigured: targets that refuse our calls, the first five; channels_off: those that their receiver
-- switched off; both as they are now. n_undelivered: messages that were given up; n_missed: scheduled runs
-- that did not happen, or did not end.
create or replace function firsttoken.attention_of_week(since timestamptz, until timestamptz,
  synthetic boolean)
returns jsonb
language sql stable security invoker set search_path = '' as $$
  with refused as materialized (
    select i.provider, i.model, i.region, i.opened_at, i.id
    from public.incidents i join public.providers p on coalesce(p.slug, p.name) = i.provider
    where i.kind = 'misconfigured' and i.resolved_at is null and not i.shadow
      and p.synthetic = attention_of_week.synthetic
  )
  select jsonb_build_object(
    'n_misconfigured', (select count(*) from refused),
    'misconfigured', (
      select coalesce(jsonb_agg(to_jsonb(r) - array['opened_at', 'id'] order by r.opened_at, r.id), '[]')
      from (select * from refused order by opened_at, id limit 5) r),
    'channels_off', (
      select coalesce(jsonb_agg(c.name order by c.name), '[]') from public.alert_channels c
      where not c.enabled and c.disabled_reason not in
        (firsttoken.channel_is_off(), firsttoken.channel_is_gone())),
    'n_undelivered', (
      select count(*) from public.notification_deliveries d
      where d.state = 'dead' and d.created_at >= since and d.created_at < until),
    'n_missed', (
      select count(*) from public.runs r
      where r.slot >= since and r.slot < until and r.status in ('missed', 'abandoned')))
$$;

-- in: {week: 2026-W48, limit_usd: what may be spent in a month, n_unkept: calls that wait on a disk, each or
-- none}. out: {week, since, until, is_over, synthetic, incidents, uptime, speed, models, spent, attention}:
-- what changed in a week, or so far. Of the synthetic provider alone, if no other has an active target.
create or replace function public.read_week(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  since timestamptz;
  until timestamptz;
  synthetic constant boolean := coalesce((
    select bool_and(p.synthetic) from public.targets t join public.providers p on p.id = t.provider_id
    where t.active), false);
begin
  perform firsttoken.check_keys(input, 'read_week', array['week', 'limit_usd', 'n_unkept']);
  since := firsttoken.week_start(input ->> 'week');
  if since > now() then
    raise exception using errcode = '22023',
      message = format('the week %s has not begun', input ->> 'week');
  end if;
  until := least(since + interval '168 hours', now());
  return jsonb_build_object('week', input ->> 'week', 'since', since, 'until', since + interval '168 hours',
    'is_over', since + interval '168 hours' <= now(), 'synthetic', synthetic,
    'incidents', firsttoken.incidents_of_week(since, until, synthetic),
    'uptime', firsttoken.uptime_of_week(since, until, synthetic),
    'speed', firsttoken.speed_of_week(since, until, synthetic),
    'models', firsttoken.models_of_week(since, until, synthetic),
    'spent', firsttoken.spending_of_week(since, until, synthetic, (input ->> 'limit_usd')::double precision),
    'attention', firsttoken.attention_of_week(since, until, synthetic)
      || jsonb_build_object('n_unkept', (input ->> 'n_unkept')::integer));
end $$;

-- Puts the digest of the week before a moment into the outbox, once for each channel that was to have it when
-- the week ended: from Monday 06:00 (UTC) on, when what was recorded late is there, until Thursday. Later it
-- is given up, because nobody would act on it.
create or replace function firsttoken.queue_digests_at(input jsonb, at timestamptz) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  ended constant timestamptz := date_trunc('week', at);
  of_week constant text := to_char(ended - interval '1 day', 'IYYY"-W"IW');
  is_late constant boolean := at >= ended + interval '72 hours';
  digest jsonb;
  done jsonb;
begin
  perform firsttoken.check_keys(input, 'queue_digests', array['limit_usd', 'n_unkept']);
  if at >= ended + interval '6 hours' and exists (
      select from public.alert_channels c
      where c.weekly_since <= ended and not exists (
        select from public.notification_deliveries d where d.week = of_week and d.channel = c.name)) then
    digest := public.read_week(input || jsonb_build_object('week', of_week));
    with added as (
      insert into public.notification_deliveries (id, event, week, channel, payload, state, last_error)
        -- The id is made of both, so that receivers know a repetition whatever became of the row.
        select md5(of_week || ' ' || c.name)::uuid, 'weekly', of_week, c.name,
          jsonb_build_object('at', now(), 'incident', null, 'week', digest),
          case when not c.enabled then 'replaced' when is_late then 'dead' else 'pending' end,
          case when c.enabled and is_late
            then 'was not told of the week: nothing ran in the three days after it' end
        from public.alert_channels c where c.weekly_since <= ended order by c.name
        on conflict do nothing
        returning state
    )
    select jsonb_build_object('queued', count(*) filter (where a.state = 'pending'),
        'skipped', count(*) filter (where a.state = 'dead')) into done from added a;
  end if;
  return jsonb_build_object('week', of_week, 'queued', 0, 'skipped', 0) || coalesce(done, '{}');
end $$;

-- in: {limit_usd, n_unkept, as read_week has them}. out: {week, queued, skipped}: how many channels are to be
-- sent the digest of the last week, and how many will not, because it is too late. Whoever looks again, or at
-- the same time, finds nothing left to do.
create or replace function public.queue_digests(input jsonb) returns jsonb
language sql security invoker set search_path = '' as $$
  select firsttoken.queue_digests_at(input, now())
$$;

-- in: {name, id, and what read_week takes}. out: {queued}. Puts the digest of any week into the outbox for
-- one channel, once per id.
create or replace function public.send_digest(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  channel public.alert_channels;
begin
  perform firsttoken.check_keys(input, 'send_digest',
    array['name', 'id', 'week', 'limit_usd', 'n_unkept']);
  channel := firsttoken.get_channel(input -> 'name');
  if channel.kind = 'pagerduty' then
    raise exception using errcode = '22023',
      message = format('channel %s is one of PagerDuty, which calls people: no digest is sent there',
        channel.name);
  end if;
  insert into public.notification_deliveries (id, event, channel, payload)
    values ((input ->> 'id')::uuid, 'weekly', channel.name, jsonb_build_object('at', now(), 'incident', null,
      'week', public.read_week(input - array['name', 'id'])))
    on conflict (id) do nothing;
  return jsonb_build_object('queued', found);
end $$;
