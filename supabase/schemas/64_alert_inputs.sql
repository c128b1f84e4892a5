-- What the rules of alerts judge of targets: their last results, what is usual, and what is open.

-- The numbers of rules that are set, by kind.
create or replace function firsttoken.alert_rules() returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_object_agg(r.kind, r.thresholds), '{}') from public.alert_rules r
$$;

create or replace function firsttoken.target_scope(target_id uuid, region text) returns text
language sql immutable parallel safe security invoker set search_path = '' as $$
  select 'target/' || target_id || '/' || coalesce(region, '')
$$;

-- What is known of scopes themselves: how far each is evaluated, its open incidents, and by kind what was
-- before: how often it opened in 24 hours, and the last end of these 30 days.
create or replace function firsttoken.watch(scopes text[])
returns table (scope text, version integer, evaluated_until timestamptz, open jsonb, past jsonb)
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return query
  select s.scope, coalesce(e.version, 0), e.evaluated_until,
    (
      select coalesce(jsonb_agg(to_jsonb(i) order by i.kind), '[]') from public.incidents i
      where i.scope = s.scope and i.resolved_at is null),
    (
      select coalesce(jsonb_object_agg(p.kind, jsonb_build_object('opened', p.opened, 'last', p.last)), '{}')
      from (
        select i.kind, count(*) filter (where i.opened_at > now() - interval '24 hours') as opened,
          (array_agg(jsonb_build_object('resolved_at', i.resolved_at, 'reason', i.resolve_reason,
            'severity', i.severity) order by i.resolved_at desc) filter (where i.resolved_at is not null))[1]
            as last
        from public.incidents i
        where i.scope = s.scope and (i.resolved_at is null or i.resolved_at > now() - interval '30 days')
        group by i.kind) p)
  from (select distinct unnest(scopes) as scope) s
    left join public.alert_states e on e.scope = s.scope;
end $$;

-- The samples that rules look at, latest first: first attempts of scheduled runs that succeeded and were
-- timed well.
create or replace function firsttoken.last_samples(target_id uuid, region text, most integer)
returns table (at timestamptz, series text, ttft_ms double precision, latency_ms double precision,
  tps double precision, output_tokens integer)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
  select b.created_at, b.series, b.ttft_ms, b.total_latency_ms, b.tps, b.output_tokens
  from public.benchmark_results b
  where b.target_id = last_samples.target_id and b.region is not distinct from last_samples.region
    and b.level is null and b.success and b.confirms is null and b.timing_quality = 'ok'
    and b.series is not null and not (b.own_load or b.warmup or b.maintenance)
    and b.created_at > now() - interval '14 days' and b.created_at < 'infinity'
    and (select r.mode = 'scheduled' from public.runs r where r.id = b.run_id)
  order by b.created_at desc limit most;
end $$;

-- What is usual for tracks: percentiles of their samples from 15 days ago until a day ago, by the hour and
-- without the hours in which `slow` was open. A person who resolves that by hand accepts it as usual: what
-- was before it began counts no more, and what was meanwhile does.
create or replace function firsttoken.compute_baselines(tracks integer[], scopes text[])
returns setof public.baselines
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
  with hours as materialized (
    select d.track_id, h.bucket, h.ttft, h.latency, h.tps
    from unnest(tracks, scopes) d (track_id, scope)
      left join lateral (
        select i.first_bad_at from public.incidents i
        where i.scope = d.scope and i.kind = 'slow' and i.resolve_reason = 'by_hand'
        order by i.resolved_at desc limit 1) accepted on true
      join public.rollups_hourly h on h.track_id = d.track_id
        and h.bucket >= date_trunc('hour', greatest(now() - interval '15 days', accepted.first_bad_at), 'UTC')
        and h.bucket < date_trunc('hour', now() - interval '1 day', 'UTC')
    where not exists (
      select from public.incidents i
      where i.scope = d.scope and i.kind = 'slow' and i.resolve_reason is distinct from 'by_hand'
        and i.first_bad_at < h.bucket + interval '1 hour' and coalesce(i.resolved_at, now()) >= h.bucket)
  ), counted as (
    select h.track_id, m.metric, sum(m.n)::integer as n,
      count(distinct date_trunc('day', h.bucket, 'UTC')) filter (where m.n > 0)::integer as days
    from hours h cross join lateral (values
      ('ttft', cardinality(h.ttft)), ('latency', cardinality(h.latency)), ('tpot', cardinality(h.tps))
    ) m (metric, n)
    group by h.track_id, m.metric
  ), measured as (
    select s.track_id,
      percentile_cont(array[0.5, 0.95]) within group (order by s.ttft) as ttft,
      percentile_cont(array[0.5, 0.95]) within group (order by s.latency) as latency,
      percentile_cont(array[0.5, 0.95]) within group (order by 1000 / nullif(s.tps, 0)) as tpot
    from (
      select h.track_id, unnest(h.ttft)::double precision as ttft,
        unnest(h.latency)::double precision as latency, unnest(h.tps)::double precision as tps
      from hours h) s
    group by s.track_id
  )
  select d.track_id, w.metric, now(), coalesce(c.n, 0), coalesce(c.days, 0), p.both[1], p.both[2]
  from (select distinct unnest(tracks) as track_id) d
    cross join unnest(array['ttft', 'latency', 'tpot']) w (metric)
    left join counted c on c.track_id = d.track_id and c.metric = w.metric
    left join measured m on m.track_id = d.track_id
    cross join lateral (
      select case w.metric when 'ttft' then m.ttft when 'latency' then m.latency else m.tpot end as both) p;
end $$;

-- Computes baselines of tracks anew: those that there are none of, or that are older than what a person
-- accepted, then those that are older than an hour. 50 at most, for each takes some milliseconds; what is
-- left comes next time, and two weeks have not changed much until then.
create or replace function firsttoken.renew_baselines(tracks integer[], scopes text[]) returns void
language plpgsql security invoker set search_path = '' as $$
declare
  old_tracks integer[];
  old_scopes text[];
begin
  select array_agg(d.track_id), array_agg(d.scope) into old_tracks, old_scopes
    from (
      select w.track_id, w.scope
      from unnest(tracks, scopes) w (track_id, scope)
        left join public.baselines b on b.track_id = w.track_id and b.metric = 'ttft'
          and not exists (
            select from public.incidents i
            where i.scope = w.scope and i.resolve_reason = 'by_hand' and i.resolved_at >= b.computed_at)
      where w.track_id is not null and coalesce(b.computed_at < now() - interval '1 hour', true)
      order by b.computed_at nulls first limit 50) d;
  if old_tracks is not null then
    insert into public.baselines
      select c.* from firsttoken.compute_baselines(old_tracks, old_scopes) c order by c.track_id, c.metric
      on conflict (track_id, metric) do update set computed_at = excluded.computed_at, n = excluded.n,
        days = excluded.days, p50 = excluded.p50, p95 = excluded.p95;
  end if;
end $$;

-- The targets and regions to be evaluated, those that wait longest first: of one target if it is named, else
-- of all that are benchmarked and have results that were not evaluated. latest_at: of the latest of these
-- 14 days.
create or replace function firsttoken.find_alert_scopes(only_target uuid, only_region text, most integer)
returns table (target_id uuid, region text, scope text, latest_at timestamptz)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
  select t.id, k.region, s.scope, latest.created_at
  from unnest(case when only_target is not null then array[only_target]
      else array(select a.id from public.targets a where a.active) end) t (id)
    cross join lateral (select distinct k.region from public.tracks k where k.target_id = t.id) k
    cross join lateral (select firsttoken.target_scope(t.id, k.region) as scope) s
    left join public.alert_states e on e.scope = s.scope
    left join lateral (
      select b.created_at from public.benchmark_results b
      where b.target_id = t.id and b.region is not distinct from k.region and b.level is null
        and b.created_at < 'infinity' and b.created_at > case
          when only_target is null then greatest(e.evaluated_until, now() - interval '14 days')
          else now() - interval '14 days' end
      order by b.created_at desc limit 1) latest on true
  where case when only_target is null then latest.created_at is not null
      else only_region is null or k.region = only_region end
  order by e.evaluated_until nulls first, t.id, k.region
  limit most;
end $$;

-- in: {target_id, region, limit: each or null}. out: {now, rules, rows, more}: what is known of a target in a
-- region, of a target everywhere, or of all that have results which were not evaluated; src/alerts/window.ts
-- has the fields. version and evaluated_until are for apply_transitions. more: the limit left some out; once
-- the others are evaluated, they are next. Baselines are renewed on the way. Planned once: planning takes as
-- long as reading.
create or replace function public.read_alert_inputs(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_generic_plan' as $$
declare
  page_size constant integer := firsttoken.page_size(input, 200, 1000);
  targets uuid[];
  regions text[];
  scopes text[];
  moments timestamptz[];
  tracks integer[];
  n_found integer;
  rows jsonb;
begin
  perform firsttoken.check_keys(input, 'read_alert_inputs', array['target_id', 'region', 'limit']);
  select array_agg(f.target_id), array_agg(f.region), array_agg(f.scope), array_agg(f.latest_at),
      array_agg(track.id)
    into targets, regions, scopes, moments, tracks
    from firsttoken.find_alert_scopes((input ->> 'target_id')::uuid, input ->> 'region', page_size + 1) f
      left join lateral firsttoken.last_samples(f.target_id, f.region, 1) latest on true
      left join lateral (
        select k.id from public.tracks k
        where k.target_id = f.target_id and k.region is not distinct from f.region
          and k.series = latest.series
        order by k.id desc limit 1) track on true;
  n_found := coalesce(cardinality(targets), 0);
  perform firsttoken.renew_baselines(tracks[:page_size], scopes[:page_size]);
  with found_scopes as (
    select f.* from unnest(targets[:page_size], regions[:page_size], scopes[:page_size], moments[:page_size],
      tracks[:page_size]) with ordinality f (target_id, region, scope, latest_at, track_id, position)
  ), health as materialized (
    select h.target_id, h.region, h.state, h.since from public.target_health h
    where h.target_id = any (targets[:page_size])
  ), watched as materialized (
    select w.* from firsttoken.watch(scopes[:page_size]) w
  )
  select coalesce(jsonb_agg(jsonb_build_object(
      'scope', f.scope, 'version', w.version,
      'evaluated_until', coalesce(f.latest_at, w.evaluated_until, now()),
      'subject', jsonb_build_object(
        'provider', p.slug, 'model', m.name, 'target_id', f.target_id, 'region', f.region),
      'open', w.open, 'past', w.past, 'state', coalesce(h.state, 'stale'), 'since', h.since,
      'last_check_at', firsttoken.last_check_at(f.target_id, f.region),
      'first_check_at', firsttoken.first_check_at(f.target_id, f.region),
      'interval_ms', pace.ms,
      'checks', seen.checks, 'attempts', seen.attempts, 'samples', seen.samples,
      'baseline', usual.by_metric, 'limits', coalesce(t.limits, '{}'),
      'objectives', case when t.slo is null then '[]'
        else firsttoken.objective_inputs(f.target_id, f.region, t.slo) end) order by f.position), '[]')
    into rows
    from found_scopes f
      join public.targets t on t.id = f.target_id
      join public.models m on m.id = t.model_id
      join public.providers p on p.id = t.provider_id
      join watched w on w.scope = f.scope
      left join health h on h.target_id = f.target_id and h.region is not distinct from f.region
      left join lateral (
        select extract(epoch from firsttoken.check_interval(s.late_at - s.slot,
            greatest(t.every_minutes, t.thinned_minutes))) * 1000 as ms
        from public.runs s
        where s.slot is not null and s.late_at is not null order by s.started_at desc limit 1) pace on true
      cross join lateral firsttoken.last_seen(f.target_id, f.region) seen
      cross join lateral (
        select coalesce(jsonb_object_agg(b.metric, jsonb_build_object(
            'n', b.n, 'days', b.days, 'p50', b.p50, 'p95', b.p95)), '{}') as by_metric
        from public.baselines b where b.track_id = f.track_id and b.n > 0) usual;
  return jsonb_build_object('now', now(), 'rules', firsttoken.alert_rules(), 'rows', rows,
    'more', n_found > page_size);
end $$;

-- What judging objectives of a target in a region takes: their last 24 hours and 7 days.
create or replace function firsttoken.objective_inputs(target_id uuid, region text, slo jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return (
    select jsonb_agg(jsonb_build_object('objective', c.objective, 'share', c.share, 'within_ms', c.within_ms,
      'day', jsonb_build_object('n', c.n_24h, 'bad', c.bad_24h, 'since', c.since_24h),
      'week', jsonb_build_object('n', c.n_7d, 'bad', c.bad_7d, 'since', c.since_7d)))
    from firsttoken.count_objectives(target_id, region, slo, 7) c);
end $$;

-- The last check of a target in a region, also one that was made in maintenance.
create or replace function firsttoken.last_check_at(target_id uuid, region text) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select b.created_at from public.benchmark_results b
    where b.target_id = last_check_at.target_id and b.region is not distinct from last_check_at.region
      and b.level is null and b.confirms is null and not (b.own_load or b.warmup)
      and (b.success or b.fault_domain = 'provider') and b.created_at < 'infinity'
      and b.created_at > now() - interval '14 days'
    order by b.created_at desc limit 1);
end $$;

-- The hour of the first check of a target in a region, however long ago.
create or replace function firsttoken.first_check_at(target_id uuid, region text) returns timestamptz
language plpgsql stable security invoker set search_path = '' as $$
begin
  return (
    select min(first_hour.bucket) from public.tracks k
      cross join lateral (
        select h.bucket from public.rollups_hourly h
        where h.track_id = k.id and h.n_ok + h.n_provider > 0 order by h.bucket limit 1) first_hour
    where k.target_id = first_check_at.target_id and k.region is not distinct from first_check_at.region);
end $$;

-- The last results of a target in a region, of these 14 days: 12 checks, 24 first attempts, 24 samples.
create or replace function firsttoken.last_seen(target_id uuid, region text)
returns table (checks jsonb, attempts jsonb, samples jsonb)
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return query
  select (
      select coalesce(jsonb_agg(to_jsonb(s)), '[]')
      from (
        select c.created_at as at, c.ok, c.error_kind from public.checks c
        where c.target_id = last_seen.target_id and c.region is not distinct from last_seen.region
          and c.created_at > now() - interval '14 days' and c.created_at < 'infinity'
        order by c.created_at desc limit 12) s),
    (
      select coalesce(jsonb_agg(to_jsonb(s)), '[]')
      from (
        select b.created_at as at, b.success, b.fault_domain, b.error_kind from public.benchmark_results b
        where b.target_id = last_seen.target_id and b.region is not distinct from last_seen.region
          and b.level is null and b.confirms is null and not (b.own_load or b.warmup or b.maintenance)
          and b.created_at > now() - interval '14 days' and b.created_at < 'infinity'
        order by b.created_at desc limit 24) s),
    (
      select coalesce(jsonb_agg(to_jsonb(s)), '[]')
      from firsttoken.last_samples(last_seen.target_id, last_seen.region, 24) s);
end $$;
