-- What people see of a fleet: its workers, what waits, how late it is, and how many calls are in flight.

-- The shards of an hour, in all regions.
create index if not exists idx_shards_window_at on public.shards (window_at);
-- Why probes of a run were skipped: few are.
create index if not exists idx_probes_skipped on public.probes (run_id, region) where status = 'skipped';

-- Workers of the last day by region, without those that said goodbye. calibration: of its host, at its
-- concurrency or the next above, else the highest.
create or replace function firsttoken.fleet_workers_of(wanted text)
returns table (region text, workers jsonb)
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return query
    select w.region, jsonb_agg(jsonb_build_object(
        'owner', w.owner, 'host', w.host, 'version', w.version, 'started_at', w.started_at,
        'beat_at', w.beat_at, 'beat_age_s', greatest(extract(epoch from now() - w.beat_at), 0),
        'state', case when w.beat_at < now() - interval '1 minute' then 'silent'
          when w.leaving then 'leaving' else 'live' end,
        'concurrency', w.concurrency, 'in_hand', w.in_hand, 'lag_ms', w.lag_ms, 'made', w.made,
        'calibration', (
          select jsonb_build_object('created_at', c.created_at, 'concurrency', c.concurrency,
            'ttft_p95_ms', c.ttft_p95_ms, 'chunk_p99_ms', c.chunk_p99_ms)
          from public.calibrations c where c.host = w.host
          order by c.concurrency < w.concurrency, abs(c.concurrency - w.concurrency), c.created_at desc
          limit 1))
      order by w.host, w.started_at, w.owner)
    from public.fleet_workers w
    where w.beat_at > now() - interval '1 day' and (wanted is null or w.region = wanted)
      and not (w.leaving and w.beat_at < now() - interval '1 minute')
    group by w.region;
end $$;

-- Shards of running runs that are not done, by region, provider and state: due (they may begin, and nobody
-- makes them), later or taken.
create or replace function firsttoken.fleet_queue_of(wanted text)
returns table (region text, provider_id uuid, state text, shards bigint, probes bigint, first_at timestamptz)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
    select q.region, q.provider_id, q.state, count(*), sum(q.n_probes), min(q.window_at)
    from (
      select s.region, s.provider_id, s.n_probes, s.window_at,
        case when s.status = 'taken' and s.lease_until >= now() then 'taken'
          when s.window_at <= now() then 'due' else 'later' end as state
      from public.runs r join public.shards s on s.run_id = r.id
      where r.status = 'running' and r.cancel_requested_at is null and s.status <> 'done'
        and (wanted is null or s.region = wanted)) q
    group by q.region, q.provider_id, q.state;
end $$;

-- Such rows of one region as {due: {shards, probes, oldest_s}, later: {shards, probes, next_at},
-- taken: {shards, probes}}.
create or replace function firsttoken.describe_queue(rows jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return (
    select jsonb_build_object(
      'due', jsonb_build_object('shards', coalesce(sum(q.shards) filter (where q.state = 'due'), 0),
        'probes', coalesce(sum(q.probes) filter (where q.state = 'due'), 0),
        'oldest_s', extract(epoch from now() - min(q.first_at) filter (where q.state = 'due'))),
      'later', jsonb_build_object('shards', coalesce(sum(q.shards) filter (where q.state = 'later'), 0),
        'probes', coalesce(sum(q.probes) filter (where q.state = 'later'), 0),
        'next_at', min(q.first_at) filter (where q.state = 'later')),
      'taken', jsonb_build_object('shards', coalesce(sum(q.shards) filter (where q.state = 'taken'), 0),
        'probes', coalesce(sum(q.probes) filter (where q.state = 'taken'), 0)))
    from jsonb_to_recordset(rows) q (state text, shards bigint, probes bigint, first_at timestamptz));
end $$;

-- How shards fared whose window began in the last hour, by region: {done, takes, lost, begun, late_p50_s,
-- late_p99_s, skip_reasons: of all probes of their runs}. begun: of which the lateness is known; a shard that
-- was given back for later has a new window.
create or replace function firsttoken.fleet_lately_of(wanted text)
returns table (region text, lately jsonb)
language plpgsql stable security invoker set search_path = '' as $$
begin
  return query
    with recent as materialized (
      select s.run_id, s.region, s.status, s.takes, s.lost,
        case when s.taken_at >= s.window_at then extract(epoch from s.taken_at - s.window_at) end
          ::double precision as late_s
      from public.shards s
      where s.window_at > now() - interval '1 hour' and s.window_at <= now()
        and (wanted is null or s.region = wanted)
    ), skipped as (
      select k.region, jsonb_object_agg(k.reason, k.n) as reasons
      from (
        -- Moments are no reason: rate limited until 2026-11-30T12:30:00Z.
        select p.region, regexp_replace(p.skip_reason, ' until .*$', '') as reason, count(*) as n
        from (select distinct c.run_id, c.region from recent c) r
          join public.probes p on p.run_id = r.run_id and p.region = r.region and p.status = 'skipped'
        where p.skip_reason is not null
        group by 1, 2) k
      group by k.region
    )
    select r.region, jsonb_build_object(
      'done', count(*) filter (where r.status = 'done'), 'takes', sum(r.takes), 'lost', sum(r.lost),
      'begun', count(r.late_s), 'late_p50_s', percentile_cont(0.5) within group (order by r.late_s),
      'late_p99_s', percentile_cont(0.99) within group (order by r.late_s),
      'skip_reasons', coalesce((select s.reasons from skipped s where s.region = r.region), '{}'))
    from recent r group by r.region;
end $$;

-- The lanes of each provider that has shards waiting, or had some in the last hour, by region.
create or replace function firsttoken.fleet_lanes_of(wanted text, queue jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
begin
  return (
    with due as materialized (
      select q.region, q.provider_id, sum(q.shards) filter (where q.state = 'due') as shards,
        extract(epoch from now() - min(q.first_at) filter (where q.state = 'due')) as oldest_s
      from jsonb_to_recordset(queue) q (region text, provider_id uuid, state text, shards bigint,
        first_at timestamptz)
      group by q.region, q.provider_id
    ), held as materialized (
      select l.region, l.provider_id, count(*) as n from public.lanes l
      where l.lease_until >= now() and (wanted is null or l.region = wanted)
      group by l.region, l.provider_id
    ), places as (
      select d.region, d.provider_id from due d
      union select h.region, h.provider_id from held h
      union select s.region, s.provider_id from public.shards s
        where s.window_at > now() - interval '1 hour' and (wanted is null or s.region = wanted)
    ), named as (
      select p.id, p.slug, p.name, p.lanes, p.penalty_until, jsonb_agg(jsonb_build_object(
        'region', c.region, 'in_use', coalesce(h.n, 0), 'shards_due', coalesce(d.shards, 0),
        'oldest_due_s', d.oldest_s) order by c.region) as regions
      from places c join public.providers p on p.id = c.provider_id
        left join held h on h.region = c.region and h.provider_id = c.provider_id
        left join due d on d.region = c.region and d.provider_id = c.provider_id
      group by p.id
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'provider', coalesce(n.slug, n.name), 'name', n.name, 'lanes', coalesce(n.lanes, 4),
      'is_usual', n.lanes is null, 'regions', n.regions,
      'paused_until', case when n.penalty_until > now() then n.penalty_until end)
      order by n.name, n.id), '[]')
    from named n);
end $$;

-- in: {region or null}. out: {now, regions: [{region, workers, queue, lately}], lanes: [{provider, name,
-- lanes, is_usual, paused_until, regions: [{region, in_use, shards_due, oldest_due_s}]}]}: of all regions or
-- one; src/core/fleet.ts says what each is. Without a fleet both lists are empty.
create or replace function public.read_fleet(input jsonb) returns jsonb
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  wanted constant text := input ->> 'region';
  queue jsonb;
begin
  perform firsttoken.check_keys(input, 'read_fleet', array['region']);
  select coalesce(jsonb_agg(to_jsonb(q)), '[]') into queue from firsttoken.fleet_queue_of(wanted) q;
  return jsonb_build_object('now', now(), 'lanes', firsttoken.fleet_lanes_of(wanted, queue), 'regions', (
    with waiting as (
      select q.region, firsttoken.describe_queue(jsonb_agg(to_jsonb(q))) as queue
      from jsonb_to_recordset(queue) q (region text, state text, shards bigint, probes bigint,
        first_at timestamptz)
      group by q.region
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'region', coalesce(w.region, q.region, l.region),
      'workers', coalesce(w.workers, '[]'),
      'queue', coalesce(q.queue, firsttoken.describe_queue('[]')),
      'lately', coalesce(l.lately, jsonb_build_object('done', 0, 'takes', 0, 'lost', 0, 'begun', 0,
        'late_p50_s', null, 'late_p99_s', null, 'skip_reasons', '{}'::jsonb)))
      order by coalesce(w.region, q.region, l.region)), '[]')
    from firsttoken.fleet_workers_of(wanted) w
      full join waiting q on q.region = w.region
      full join firsttoken.fleet_lately_of(wanted) l on l.region = coalesce(w.region, q.region)));
end $$;
