-- Leaderboards: medians and ratios with confidence intervals, ranks, and the table that holds them.

-- The sorted samples of each block of a period: hours for 24h, else days. Calls within a block are
-- correlated, so the intervals treat blocks, not samples, as independent.
create or replace function firsttoken.sample_blocks(period text)
returns table (track_id integer, metric text, samples real[])
language sql stable security invoker set search_path = '' as $$
  select b.track_id, m.metric, m.samples
  from (
    select h.track_id, h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
      where period = '24h' and h.bucket >= public.period_start(period)
    union all
    select s.track_id, s.ttft, s.ttfa, s.tps, s.latency from public.samples_daily s
      where period <> '24h' and s.bucket >= public.period_start(period)
  ) b cross join lateral (values
    ('ttft', b.ttft), ('ttfa', b.ttfa), ('tps', b.tps), ('latency', b.latency)
  ) m (metric, samples)
  where cardinality(m.samples) > 0
$$;

-- How much of a period a track covers: hours and days (UTC) with at least one sample, check or answer.
create or replace function firsttoken.coverage(period text)
returns table (track_id integer, metric text, n_hours integer, n_days integer)
language sql stable security invoker set search_path = '' as $$
  select h.track_id, m.metric, count(*)::integer, count(distinct date_trunc('day', h.bucket, 'UTC'))::integer
  from public.rollups_hourly h cross join lateral (values
    ('ttft', cardinality(h.ttft)), ('ttfa', cardinality(h.ttfa)), ('tps', cardinality(h.tps)),
    ('latency', cardinality(h.latency)), ('uptime', h.n_ok + h.n_provider),
    ('cost', h.n_answers - h.n_cost_unknown)
  ) m (metric, n)
  where h.bucket >= public.period_start(period) and m.n > 0
  group by h.track_id, m.metric
$$;

-- Medians with Woodruff's interval (1952): the uncertainty of the share of samples below the median, from the
-- variance of that share between blocks (linearized, Student's t), read off the samples themselves.
create or replace function firsttoken.summarize_samples(period text)
returns table (track_id integer, metric text, n integer, value double precision, low double precision,
  high double precision, mean double precision, sd double precision, p90 double precision,
  p95 double precision, p99 double precision)
language sql stable security invoker set search_path = '' as $$
  with blocks as materialized (
    select * from firsttoken.sample_blocks(summarize_samples.period)
  ), whole as materialized (
    select b.track_id, b.metric, array_agg(v order by v) as sorted, avg(v) as mean, stddev_samp(v) as sd
    from blocks b cross join lateral unnest(b.samples) v group by b.track_id, b.metric
  ), medians as (
    select w.*, cardinality(w.sorted) as n, firsttoken.percentile_of(w.sorted, 0.5) as median from whole w
  ), spread as (
    select m.track_id, m.metric, count(*)::integer as n_blocks,
      sqrt(count(*) / nullif(count(*) - 1, 0)::double precision
        * sum((width_bucket(m.median::real, b.samples) - 0.5 * cardinality(b.samples)) ^ 2)) / m.n as error
    from medians m join blocks b on b.track_id = m.track_id and b.metric = m.metric
    group by m.track_id, m.metric, m.n
  ), bounds as (
    select s.track_id, s.metric, firsttoken.student_t(s.n_blocks - 1) * s.error as margin from spread s
  )
  select m.track_id, m.metric, m.n, m.median,
    case when b.margin is not null then firsttoken.percentile_of(m.sorted, greatest(0, 0.5 - b.margin)) end,
    case when b.margin is not null then firsttoken.percentile_of(m.sorted, least(1, 0.5 + b.margin)) end,
    m.mean, m.sd,
    firsttoken.published_percentile(m.sorted, 0.9), firsttoken.published_percentile(m.sorted, 0.95),
    firsttoken.published_percentile(m.sorted, 0.99)
  from medians m join bounds b on b.track_id = m.track_id and b.metric = m.metric
$$;

-- Uptime and dollars per answer: ratios of sums over blocks, with the linearized error of such a ratio
-- between blocks. Uptime takes Wilson's interval for the number of independent checks that this error amounts
-- to, which stays honest if nothing failed.
create or replace function firsttoken.summarize_counts(period text)
returns table (track_id integer, metric text, n integer, value double precision, low double precision,
  high double precision)
language sql stable security invoker set search_path = '' as $$
  with counts as (
    select h.track_id, h.n_ok, h.n_provider, h.n_cleared, h.n_answers, h.n_cost_unknown, h.cost_usd
    from public.rollups_hourly h
    where period = '24h' and h.bucket >= public.period_start(period)
    union all
    select d.track_id, d.n_ok, d.n_provider, d.n_cleared, d.n_answers, d.n_cost_unknown, d.cost_usd
    from public.rollups_daily d
    where period <> '24h' and d.bucket >= public.period_start(period)
  ), blocks as (
    select c.track_id, m.metric, m.n, m.total::double precision as total
    from counts c cross join lateral (values
      ('uptime', c.n_ok + c.n_provider, c.n_provider - c.n_cleared),
      ('cost', c.n_answers - c.n_cost_unknown, c.cost_usd)
    ) m (metric, n, total)
    -- A block may consist of failures that cost something.
    where m.n > 0 or m.total > 0
  ), ratios as (
    select b.track_id, b.metric, sum(b.n)::integer as n, sum(b.total) / nullif(sum(b.n), 0) as ratio,
      count(*) as n_blocks
    from blocks b group by b.track_id, b.metric having sum(b.n) > 0
  ), errors as (
    select r.track_id, r.metric, r.n, r.ratio, firsttoken.student_t(r.n_blocks::integer - 1) as t,
      sqrt(r.n_blocks / nullif(r.n_blocks - 1, 0)::double precision
        * sum((b.total - r.ratio * b.n) ^ 2)) / r.n as error
    from ratios r join blocks b on b.track_id = r.track_id and b.metric = r.metric
    group by r.track_id, r.metric, r.n, r.ratio, r.n_blocks
  ), worth as (
    select e.*, least(e.n, coalesce(e.ratio * (1 - e.ratio) / nullif(e.error, 0) ^ 2, e.n)) as n_independent
    from errors e
  ), wilson as (
    select w.*, (w.ratio + w.t ^ 2 / (2 * w.n_independent)) / (1 + w.t ^ 2 / w.n_independent) as centre,
      w.t / (1 + w.t ^ 2 / w.n_independent)
        * sqrt(w.ratio * (1 - w.ratio) / w.n_independent + w.t ^ 2 / (4 * w.n_independent ^ 2)) as margin
    from worth w where w.metric = 'uptime'
  )
  -- Rounding must not leave the value outside of its interval.
  select w.track_id, w.metric, w.n, 100 * (1 - w.ratio),
    case when w.margin is not null then 100 * (1 - least(1, greatest(w.ratio, w.centre + w.margin))) end,
    case when w.margin is not null then 100 * (1 - greatest(0, least(w.ratio, w.centre - w.margin))) end
    from wilson w
  union all
  select e.track_id, e.metric, e.n, e.ratio,
      case when e.t is not null then greatest(0, e.ratio - e.t * e.error) end, e.ratio + e.t * e.error
    from errors e where e.metric = 'cost'
$$;

-- The summary of a period. Published: 29 samples in half of the hours of a day, or 59 in more than half of
-- the days of a week or a third of those of a month. Tracks are ranked within their region and series only,
-- and one ranks behind another only if its whole interval does: rank to rank_to are its possible places.
create or replace function firsttoken.summarize_period(period text) returns setof public.target_summary
language sql stable security invoker set search_path = '' as $$
  with found_rows as (
    select s.track_id, s.metric, s.n, s.value, s.low, s.high, s.mean, s.sd, s.p90, s.p95, s.p99
      from firsttoken.summarize_samples(summarize_period.period) s
    union all
    select c.track_id, c.metric, c.n, c.value, c.low, c.high, null, null, null, null, null
      from firsttoken.summarize_counts(summarize_period.period) c
  ), covered as materialized (
    select f.*, coalesce(c.n_hours, 0) as n_hours, coalesce(c.n_days, 0) as n_days,
      -- Negated where higher is better, so that lower is better for all.
      case when f.metric in ('tps', 'uptime') then -f.high else f.low end as best,
      case when f.metric in ('tps', 'uptime') then -f.low else f.high end as worst,
      f.low is not null and f.high is not null and case summarize_period.period
        when '24h' then f.n >= 29 and c.n_hours >= 12
        when '7d' then f.n >= 59 and c.n_days >= 4
        else f.n >= 59 and c.n_days >= 10 end as is_published,
      f.metric || ' ' || jsonb_build_array(t.region, t.series, t.synthetic) as list
    from found_rows f join public.tracks t on t.id = f.track_id
      left join firsttoken.coverage(summarize_period.period) c on c.track_id = f.track_id
        and c.metric = f.metric
  ), ranked as (
    select c.track_id, c.metric,
      count(*) filter (where o.worst < c.best) + 1 as rank,
      count(*) filter (where o.best <= c.worst) as rank_to
    from covered c join covered o on o.list = c.list
    where c.is_published and o.is_published
    group by c.track_id, c.metric
  )
  select summarize_period.period, c.metric, c.track_id, c.n, c.n_hours, c.n_days, c.value, c.low, c.high,
    c.mean, c.sd, c.p90, c.p95, c.p99, r.rank::integer, r.rank_to::integer, now()
  from covered c left join ranked r on r.track_id = c.track_id and r.metric = c.metric
$$;

-- in: {} or {periods: [...]}. out: {refreshed: [period]}. Rebuilds the leaderboards of the last day and week,
-- and once an hour that of the month. Does nothing if another session is refreshing.
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
          select from public.target_summary s
          where s.period = '30d' and s.refreshed_at > now() - interval '1 hour') end
    loop
      delete from public.target_summary s where s.period = due;
      insert into public.target_summary select * from firsttoken.summarize_period(due);
      refreshed := refreshed || due;
    end loop;
  end if;
  return jsonb_build_object('refreshed', refreshed);
end $$;
