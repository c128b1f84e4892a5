-- Leaderboards that are read in a moment: target_summary holds them with their intervals and ranks, made again by refresh_summaries
-- whenever a run has finished.

-- One row for a period, a metric and a track. value is what is ranked: the median (ttft, ttfa, latency in ms, tps), the percentage of checks
-- that no provider failed (uptime), dollars an answer (cost). low and high bound it with 95 % confidence. rank and rank_to are null where
-- there are too few samples to publish.
create table if not exists public.target_summary (
  period text not null check (period in ('24h', '7d', '30d')),
  metric text not null check (metric in ('ttft', 'ttfa', 'tps', 'latency', 'uptime', 'cost')),
  track_id integer not null references public.tracks (id) on delete cascade,
  n integer not null,
  n_hours integer not null,
  n_days integer not null,
  value double precision,
  low double precision,
  high double precision,
  mean double precision,
  sd double precision,
  p90 double precision,
  p95 double precision,
  p99 double precision,
  rank integer,
  rank_to integer,
  refreshed_at timestamptz not null,
  primary key (period, metric, track_id)
);
create index if not exists idx_target_summary_track_id on public.target_summary (track_id);

-- The 97.5 % quantile of Student's t with so many degrees of freedom, by the expansion of Cornish and Fisher (Abramowitz and Stegun,
-- 26.7.5): within 1 % from 3 on, and null below.
create or replace function public.student_t(df integer) returns double precision
language sql immutable parallel safe security invoker set search_path = '' as $$
  select z + (z ^ 3 + z) / (4 * d) + (5 * z ^ 5 + 16 * z ^ 3 + 3 * z) / (96 * d ^ 2)
    + (3 * z ^ 7 + 19 * z ^ 5 + 17 * z ^ 3 - 15 * z) / (384 * d ^ 3)
  from (select 1.959963984540054::double precision as z, case when df >= 3 then df end::double precision as d) given
$$;

-- What a period begins with: 24 whole hours and the one that has begun, or whole days (UTC) and today.
create or replace function public.period_start(period text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select case period
    when '24h' then date_trunc('hour', now(), 'UTC') - interval '24 hours'
    when '7d' then date_trunc('day', now(), 'UTC') - interval '168 hours'
    when '30d' then date_trunc('day', now(), 'UTC') - interval '720 hours' end
$$;

-- The sorted samples of each block of a period: of hours for 24h, else of days. What happens within a block hangs together, so
-- intervals take blocks, not samples, to be independent.
create or replace function public.sample_blocks(period text) returns table (track_id integer, metric text, samples real[])
language sql stable security invoker set search_path = '' as $$
  select b.track_id, m.metric, m.samples
  from (
    select h.track_id, h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
      where period = '24h' and h.bucket >= public.period_start(period)
    union all
    select s.track_id, s.ttft, s.ttfa, s.tps, s.latency from public.samples_daily s
      where period <> '24h' and s.bucket >= public.period_start(period)
  ) b cross join lateral (values ('ttft', b.ttft), ('ttfa', b.ttfa), ('tps', b.tps), ('latency', b.latency)) m (metric, samples)
  where cardinality(m.samples) > 0
$$;

-- Medians with their intervals (Woodruff 1952): how far the share of samples below the median may be off one half, by the spread of
-- that share between blocks (linearised, Student's t), read off the samples themselves.
create or replace function public.summarise_samples(period text)
returns table (track_id integer, metric text, n integer, value double precision, low double precision, high double precision,
  mean double precision, sd double precision, p90 double precision, p95 double precision, p99 double precision)
language sql stable security invoker set search_path = '' as $$
  with blocks as materialized (
    select * from public.sample_blocks(summarise_samples.period)
  ), whole as materialized (
    select b.track_id, b.metric, array_agg(v order by v) as sorted, avg(v) as mean, stddev_samp(v) as sd
    from blocks b cross join lateral unnest(b.samples) v group by b.track_id, b.metric
  ), medians as (
    select w.*, cardinality(w.sorted) as n, public.percentile_of(w.sorted, 0.5) as median from whole w
  ), spread as (
    select m.track_id, m.metric, count(*)::integer as n_blocks,
      sqrt(count(*) / nullif(count(*) - 1, 0)::double precision
        * sum((width_bucket(m.median::real, b.samples) - 0.5 * cardinality(b.samples)) ^ 2)) / m.n as error
    from medians m join blocks b on b.track_id = m.track_id and b.metric = m.metric
    group by m.track_id, m.metric, m.n
  ), bounds as (
    select s.track_id, s.metric, public.student_t(s.n_blocks - 1) * s.error as margin from spread s
  )
  select m.track_id, m.metric, m.n, m.median,
    case when b.margin is not null then public.percentile_of(m.sorted, greatest(0, 0.5 - b.margin)) end,
    case when b.margin is not null then public.percentile_of(m.sorted, least(1, 0.5 + b.margin)) end,
    m.mean, m.sd,
    public.published_percentile(m.sorted, 0.9), public.published_percentile(m.sorted, 0.95),
    public.published_percentile(m.sorted, 0.99)
  from medians m join bounds b on b.track_id = m.track_id and b.metric = m.metric
$$;

-- Uptime and dollars an answer: ratios of sums over blocks, with the error of such a ratio (linearised, between blocks). Uptime takes
-- Wilson's interval for as many independent checks as that error is worth: it stays honest where nothing failed.
create or replace function public.summarise_counts(period text)
returns table (track_id integer, metric text, n integer, value double precision, low double precision, high double precision)
language sql stable security invoker set search_path = '' as $$
  with counts as (
    select h.track_id, h.n_ok, h.n_provider, h.n_cleared, h.n_answers, h.n_cost_unknown, h.cost_usd from public.rollups_hourly h
      where period = '24h' and h.bucket >= public.period_start(period)
    union all
    select d.track_id, d.n_ok, d.n_provider, d.n_cleared, d.n_answers, d.n_cost_unknown, d.cost_usd from public.rollups_daily d
      where period <> '24h' and d.bucket >= public.period_start(period)
  ), blocks as (
    select c.track_id, m.metric, m.n, m.total::double precision as total
    from counts c cross join lateral (values
      ('uptime', c.n_ok + c.n_provider, c.n_provider - c.n_cleared), ('cost', c.n_answers - c.n_cost_unknown, c.cost_usd)
    ) m (metric, n, total)
    -- A block may have failures alone that cost something.
    where m.n > 0 or m.total > 0
  ), ratios as (
    select b.track_id, b.metric, sum(b.n)::integer as n, sum(b.total) / nullif(sum(b.n), 0) as ratio, count(*) as n_blocks
    from blocks b group by b.track_id, b.metric having sum(b.n) > 0
  ), errors as (
    select r.track_id, r.metric, r.n, r.ratio, public.student_t(r.n_blocks::integer - 1) as t,
      sqrt(r.n_blocks / nullif(r.n_blocks - 1, 0)::double precision * sum((b.total - r.ratio * b.n) ^ 2)) / r.n as error
    from ratios r join blocks b on b.track_id = r.track_id and b.metric = r.metric
    group by r.track_id, r.metric, r.n, r.ratio, r.n_blocks
  ), worth as (
    select e.*, least(e.n, coalesce(e.ratio * (1 - e.ratio) / nullif(e.error, 0) ^ 2, e.n)) as n_independent from errors e
  ), wilson as (
    select w.*, (w.ratio + w.t ^ 2 / (2 * w.n_independent)) / (1 + w.t ^ 2 / w.n_independent) as centre,
      w.t / (1 + w.t ^ 2 / w.n_independent)
        * sqrt(w.ratio * (1 - w.ratio) / w.n_independent + w.t ^ 2 / (4 * w.n_independent ^ 2)) as margin
    from worth w where w.metric = 'uptime'
  )
  -- Neither end may miss the value itself by a rounding of the last digit.
  select w.track_id, w.metric, w.n, 100 * (1 - w.ratio),
    case when w.margin is not null then 100 * (1 - least(1, greatest(w.ratio, w.centre + w.margin))) end,
    case when w.margin is not null then 100 * (1 - greatest(0, least(w.ratio, w.centre - w.margin))) end
    from wilson w
  union all
  select e.track_id, e.metric, e.n, e.ratio,
      case when e.t is not null then greatest(0, e.ratio - e.t * e.error) end, e.ratio + e.t * e.error
    from errors e where e.metric = 'cost'
$$;

-- How much of a period a track covers: hours and days (UTC) in which there is at least one sample, check or answer of a metric.
create or replace function public.coverage(period text) returns table (track_id integer, metric text, n_hours integer, n_days integer)
language sql stable security invoker set search_path = '' as $$
  select h.track_id, m.metric, count(*)::integer, count(distinct date_trunc('day', h.bucket, 'UTC'))::integer
  from public.rollups_hourly h cross join lateral (values
    ('ttft', cardinality(h.ttft)), ('ttfa', cardinality(h.ttfa)), ('tps', cardinality(h.tps)), ('latency', cardinality(h.latency)),
    ('uptime', h.n_ok + h.n_provider), ('cost', h.n_answers - h.n_cost_unknown)
  ) m (metric, n)
  where h.bucket >= public.period_start(period) and m.n > 0
  group by h.track_id, m.metric
$$;

-- The summary of a period. Published is what has 29 samples over half of the hours of a day, or 59 over more than half of the days of a week
-- or a third of those of a month. Only tracks of one region and one series are ranked together, and one stands behind another
-- only where the whole interval does: rank to rank_to is where it may stand.
create or replace function public.summarise(period text) returns setof public.target_summary
language sql stable security invoker set search_path = '' as $$
  with found_rows as (
    select s.track_id, s.metric, s.n, s.value, s.low, s.high, s.mean, s.sd, s.p90, s.p95, s.p99
      from public.summarise_samples(summarise.period) s
    union all
    select c.track_id, c.metric, c.n, c.value, c.low, c.high, null, null, null, null, null
      from public.summarise_counts(summarise.period) c
  ), covered as materialized (
    select f.*, coalesce(c.n_hours, 0) as n_hours, coalesce(c.n_days, 0) as n_days,
      -- As if more were worse, for all metrics.
      case when f.metric in ('tps', 'uptime') then -f.high else f.low end as best,
      case when f.metric in ('tps', 'uptime') then -f.low else f.high end as worst,
      f.low is not null and f.high is not null and case summarise.period
        when '24h' then f.n >= 29 and c.n_hours >= 12
        when '7d' then f.n >= 59 and c.n_days >= 4
        else f.n >= 59 and c.n_days >= 10 end as is_published,
      f.metric || ' ' || jsonb_build_array(t.region, t.series, t.synthetic) as list
    from found_rows f join public.tracks t on t.id = f.track_id
      left join public.coverage(summarise.period) c on c.track_id = f.track_id and c.metric = f.metric
  ), ranked as (
    select c.track_id, c.metric,
      count(*) filter (where o.worst < c.best) + 1 as rank, count(*) filter (where o.best <= c.worst) as rank_to
    from covered c join covered o on o.list = c.list
    where c.is_published and o.is_published
    group by c.track_id, c.metric
  )
  select summarise.period, c.metric, c.track_id, c.n, c.n_hours, c.n_days, c.value, c.low, c.high, c.mean, c.sd, c.p90, c.p95, c.p99,
    r.rank::integer, r.rank_to::integer, now()
  from covered c left join ranked r on r.track_id = c.track_id and r.metric = c.metric
$$;

-- in: {} or {periods: [...]}. out: {refreshed: [period]}. Makes the leaderboards of the last day and week again, that of the month once an hour;
-- none where somebody else is at it.
create or replace function public.refresh_summaries(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  due text;
  refreshed text[] := '{}';
begin
  if pg_try_advisory_xact_lock(702418, 1) then
    for due in
      select p.period from unnest(array['24h', '7d', '30d']) p (period)
      where case when input ? 'periods' then input -> 'periods' ? p.period
        else p.period <> '30d' or not exists (
          select from public.target_summary s where s.period = '30d' and s.refreshed_at > now() - interval '1 hour') end
    loop
      delete from public.target_summary s where s.period = due;
      insert into public.target_summary select * from public.summarise(due);
      refreshed := refreshed || due;
    end loop;
  end if;
  return jsonb_build_object('refreshed', refreshed);
end $$;

-- As for every table and function: only service_role may touch it.
alter table public.target_summary enable row level security;
do $$
declare
  object text;
  privileges text;
  role_name text;
begin
  for object, privileges in
    values ('table public.target_summary', 'select, insert, update, delete')
    union all
    select 'function public.' || signature, 'execute'
      from unnest(array[
        'student_t(integer)', 'period_start(text)', 'sample_blocks(text)', 'summarise_samples(text)', 'summarise_counts(text)',
        'coverage(text)', 'summarise(text)', 'refresh_summaries(jsonb)'
      ]) signature
  loop
    execute format('revoke all on %s from public', object);
    for role_name in select rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated') loop
      execute format('revoke all on %s from %I', object, role_name);
    end loop;
    if exists (select from pg_catalog.pg_roles where rolname = 'service_role') then
      execute format('grant %s on %s to service_role', privileges, object);
    end if;
  end loop;
end $$;
