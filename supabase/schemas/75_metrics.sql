-- What monitoring reads: every target that is called, as it is now and in total, from indexes and rollups.

-- What the targets of one kind added up to since they were first called, by target and region. By day, so
-- that pruned results stay counted. Failures are named by error kind alone: a kind is for ever, while an own
-- outage moves a failure to another fault domain, and a total must not shrink.
create or replace view firsttoken.target_totals with (security_invoker = true) as
  select k.target_id, coalesce(k.region, '') as region, k.synthetic, min(d.bucket) as since,
    sum(d.n_calls) as n_calls, sum(d.n_ok) as n_ok, sum(d.n_answers) as n_answers,
    sum(d.n_cost_unknown) as n_cost_unknown, sum(d.input_tokens) as input_tokens,
    sum(d.output_tokens) as output_tokens, sum(d.reasoning_tokens) as reasoning_tokens,
    sum(d.cost_usd)::double precision as cost_usd
  from public.tracks k join public.rollups_daily d on d.track_id = k.id
  group by k.target_id, coalesce(k.region, ''), k.synthetic;

-- Failures of the same since then, by error kind.
create or replace view firsttoken.target_failures with (security_invoker = true) as
  select k.target_id, coalesce(k.region, '') as region, k.synthetic,
    split_part(e.key, '.', 2) as error_kind, sum(e.value::integer) as n
  from public.tracks k join public.rollups_daily d on d.track_id = k.id
    cross join lateral jsonb_each_text(d.errors) e
  where d.errors is not null
  group by k.target_id, coalesce(k.region, ''), k.synthetic, split_part(e.key, '.', 2);

-- When a target last succeeded in a region: in the last hour with a success; that hour, if its results are
-- pruned.
create or replace function firsttoken.last_success_at(target_id uuid, region text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select coalesce((
      select max(b.created_at) from public.benchmark_results b
      where b.target_id = last_success_at.target_id and coalesce(b.region, '') = last_success_at.region
        and b.success and b.level is null and b.created_at >= last_hour.bucket
        and b.created_at < last_hour.bucket + interval '1 hour'), last_hour.bucket)
  from (
    select max(latest.bucket) as bucket from public.tracks k
      cross join lateral (
        select h.bucket from public.rollups_hourly h
        where h.track_id = k.id and h.n_ok > 0 order by h.bucket desc limit 1) latest
    where k.target_id = last_success_at.target_id and coalesce(k.region, '') = last_success_at.region
  ) last_hour
$$;

-- Incidents of one kind of targets as monitoring sees them: {open: [incident], opened and resolved: {kind:
-- how many ever}}. What is in shadow is left out; what an outage of the whole provider tells is not.
create or replace function firsttoken.monitored_incidents(synthetic boolean) returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  with known as materialized (
    select i.* from public.incidents i
    where not i.shadow and monitored_incidents.synthetic = coalesce((
      select p.synthetic from public.providers p where coalesce(p.slug, p.name) = i.provider limit 1), false)
  )
  select jsonb_build_object(
    'open', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'kind', k.kind, 'severity', k.severity, 'provider', k.provider, 'model', k.model, 'region', k.region,
        'target_id', k.target_id, 'opened_at', k.opened_at) order by k.opened_at, k.id), '[]')
      from known k where k.resolved_at is null),
    'opened', (
      select coalesce(jsonb_object_agg(c.kind, c.n), '{}')
      from (select k.kind, count(*) as n from known k group by 1) c),
    'resolved', (
      select coalesce(jsonb_object_agg(c.kind, c.n), '{}')
      from (select k.kind, count(*) as n from known k where k.resolved_at is not null group by 1) c))
$$;

-- Channels as monitoring sees them: what waits for each and since when, and what it ever took or never will;
-- without those that a person switched off, or that the environment has no longer.
create or replace function firsttoken.monitored_channels() returns jsonb
language sql stable security invoker set search_path = '' set timezone = 'UTC' as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', c.name, 'enabled', c.enabled, 'n_waiting', coalesce(w.n, 0), 'waiting_since', w.since,
    'n_sent', c.n_sent, 'n_dead', c.n_dead) order by c.name), '[]')
  from public.alert_channels c
    left join (
      select d.channel, count(*) as n, min(d.created_at) as since from public.notification_deliveries d
      where d.state in ('pending', 'held', 'sending') group by d.channel) w on w.channel = c.name
  where c.enabled
    or coalesce(c.disabled_reason, '') not in (firsttoken.channel_is_off(), firsttoken.channel_is_gone())
$$;

-- in: {schedule, synthetic: only real targets or only synthetic ones}. out: {now, schedule: {slot, late_at,
-- last_finished_at} of its last slot that began or null, n_running, spent_today_usd, incidents, channels,
-- judged_until: the latest result that was judged or null, n_targets, targets}.
-- targets: active ones in every region where they were called within ten intervals of theirs, or a day if the
-- schedule never ran; at most 1000 of n_targets. interval_s: how far apart checks are at most, or null. last:
-- the last call that counts as succeeded or failed, or null; its timings are null if they are no samples.
create or replace function public.read_metrics(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  wanted constant boolean := coalesce((input ->> 'synthetic')::boolean, false);
  last_slot public.runs;
  pace interval;
  found_targets jsonb;
  n_found integer;
begin
  select r.* into last_slot from public.runs r
    where r.schedule = input ->> 'schedule' and r.slot is not null
      and r.status in ('running', 'finished', 'cancelled')
    order by r.slot desc limit 1;
  pace := coalesce(last_slot.late_at - last_slot.slot, interval '24 hours' / 10);
  with called as materialized (
    select t.id as target_id, t.model_id, coalesce(p.slug, p.name) as provider, m.name as model, r.region,
      every.minutes, h.horizon, count(*) over () as n_found
    from public.targets t
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
      cross join lateral (select greatest(t.every_minutes, t.thinned_minutes) as minutes) every
      cross join lateral (
        select now() - 10 * firsttoken.check_interval(pace, every.minutes) as horizon) h
      cross join lateral (
        select distinct coalesce(b.region, '') as region from public.benchmark_results b
        where b.target_id = t.id and b.level is null and b.created_at >= h.horizon) r
    where t.active and p.synthetic = wanted
    order by 3, 4, 5, 1 limit 1000
  ), prices as materialized (
    -- Once a model, however many regions it is called from.
    select priced.model_id, firsttoken.describe_price(public.latest_price(priced.model_id)) as price
    from (select distinct c.model_id from called c) priced
  ), in_flight as (
    select pr.target_id, pr.region, count(*) as n from public.probes pr
    where pr.status = 'claimed' and pr.lease_until > now() group by 1, 2
  ), failures as (
    select f.target_id, f.region, jsonb_object_agg(f.error_kind, f.n) as by_kind
    from firsttoken.target_failures f
    where f.synthetic = wanted and f.target_id in (select c.target_id from called c) group by 1, 2
  ), totals as (
    select x.* from firsttoken.target_totals x
    where x.synthetic = wanted and x.target_id in (select c.target_id from called c)
  ), health as materialized (
    select h.target_id, coalesce(h.region, '') as region, h.state from public.target_health h
    where h.target_id in (select c.target_id from called c)
  )
  select max(c.n_found), coalesce(jsonb_agg(jsonb_build_object(
      'target_id', c.target_id, 'provider', c.provider, 'model', c.model, 'region', c.region,
      'state', coalesce(h.state, 'stale'),
      'interval_s', case when last_slot.id is not null then
        extract(epoch from firsttoken.check_interval(pace, c.minutes)) end,
      'last', to_jsonb(latest),
      'last_success_at', firsttoken.last_success_at(c.target_id, c.region),
      'in_flight', coalesce(f.n, 0),
      'price', priced.price,
      'totals', jsonb_build_object(
        'since', x.since, 'calls', coalesce(x.n_calls, 0), 'ok', coalesce(x.n_ok, 0),
        'answers', coalesce(x.n_answers, 0), 'cost_unknown', coalesce(x.n_cost_unknown, 0),
        'failures', coalesce(e.by_kind, '{}'), 'input_tokens', coalesce(x.input_tokens, 0),
        'output_tokens', coalesce(x.output_tokens, 0), 'reasoning_tokens', coalesce(x.reasoning_tokens, 0),
        'cost_usd', coalesce(x.cost_usd, 0))) order by c.provider, c.model, c.region, c.target_id), '[]')
    into n_found, found_targets
    from called c
      join prices priced on priced.model_id = c.model_id
      left join health h on h.target_id = c.target_id and h.region = c.region
      left join in_flight f on f.target_id = c.target_id and f.region = c.region
      left join totals x on x.target_id = c.target_id and x.region = c.region
      left join failures e on e.target_id = c.target_id and e.region = c.region
      left join lateral (
        select b.created_at as at, b.series, b.success, i.ttft as ttft_ms, i.ttfa as ttfa_ms,
          i.latency as latency_ms, i.tps, i.cost_usd, b.input_tokens, b.output_tokens, b.reasoning_tokens,
          b.timing_quality
        from (select n.id, n.created_at, n.ttft, n.ttfa, n.latency, n.tps, n.cost_usd
            from firsttoken.rollup_input n
            where n.target_id = c.target_id and coalesce(n.region, '') = c.region
              and n.created_at >= c.horizon and (n.is_ok or n.error is not null)
            order by n.created_at desc limit 1) i
          join public.benchmark_results b on b.id = i.id
      ) latest on true;
  return jsonb_build_object(
    'now', now(),
    'schedule', case when last_slot.id is not null then jsonb_build_object(
      'slot', last_slot.slot, 'late_at', last_slot.late_at,
      'last_finished_at', firsttoken.last_finished_at(last_slot.schedule)) end,
    'n_running', (select count(*) from public.runs r where r.status = 'running'),
    'spent_today_usd', coalesce((
      select s.usd from public.spending s where s.day = (now() at time zone 'UTC')::date), 0),
    'incidents', firsttoken.monitored_incidents(wanted), 'channels', firsttoken.monitored_channels(),
    'judged_until', (
      select max(s.evaluated_until) from public.alert_states s
      where s.scope like 'target/%' and isfinite(s.evaluated_until)),
    'n_targets', coalesce(n_found, 0), 'targets', found_targets);
end $$;
