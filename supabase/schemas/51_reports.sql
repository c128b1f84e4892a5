-- Functions for people: statistics of any time span, and two runs compared.

-- p50, p90, p95, p99, mean and sd of each metric from since to until, both widened to whole hours. per:
-- target, provider or region, the grain; regions and series are never merged. Percentiles from p90 up need
-- 29, 59 and 299 samples.
create or replace function public.window_stats(since timestamptz, until timestamptz default now(),
  per text default 'target', only_provider text default null, only_model text default null,
  only_region text default null)
returns table (provider text, model text, target_id uuid, region text, series text, synthetic boolean,
  metric text, n integer, mean double precision, sd double precision, p50 double precision,
  p90 double precision, p95 double precision, p99 double precision)
language sql stable security invoker set search_path = '' as $$
  with hours as (
    select date_trunc('hour', window_stats.since, 'UTC') as since,
      date_trunc('hour', window_stats.until - interval '1 microsecond', 'UTC') + interval '1 hour' as until
  ), days as (
    select h.*,
      date_trunc('day', h.since + interval '24 hours' - interval '1 microsecond', 'UTC') as first_day,
      date_trunc('day', h.until, 'UTC') as end_day
    from hours h
  ), spans as (
    -- Full days are read by day, the rest of the first and last day by hour.
    select d.since, case when d.first_day < d.end_day then d.first_day else d.until end as full_days_since,
      case when d.first_day < d.end_day then d.end_day else d.until end as full_days_until, d.until
    from days d
  ), wanted as (
    select k.id, k.region, k.series, k.synthetic,
      case when per <> 'region' then k.provider end as provider,
      case when per = 'target' then k.model end as model,
      case when per = 'target' then k.target_id end as target_id
    from public.tracks k
    where (only_provider is null or k.provider = only_provider)
      and (only_model is null or k.model = only_model)
      and (only_region is null or k.region = only_region)
  ), numbered as materialized (
    -- One number instead of six names, because the samples are sorted by it.
    select w.*, dense_rank() over (
      order by w.provider, w.model, w.target_id, w.region, w.series, w.synthetic)::integer as line
    from wanted w
  ), measured as (
    -- Side by side, though values of a row need not be of one call: unnest in the select list needs no loop
    -- per array.
    select w.line, unnest(b.ttft) as ttft, unnest(b.ttfa) as ttfa, unnest(b.tps) as tps,
      unnest(b.latency) as latency
    from numbered w cross join spans d
      cross join lateral (
        select h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
          where h.track_id = w.id and h.bucket >= d.since and h.bucket < d.full_days_since
        union all
        select s.ttft, s.ttfa, s.tps, s.latency from public.samples_daily s
          where s.track_id = w.id and s.bucket >= d.full_days_since and s.bucket < d.full_days_until
        union all
        select h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
          where h.track_id = w.id and h.bucket >= d.full_days_until and h.bucket < d.until
      ) b
  ), sorted as (
    select m.line,
      count(m.ttft) as n_ttft, avg(m.ttft) as mean_ttft, stddev_samp(m.ttft) as sd_ttft,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.ttft) as p_ttft,
      count(m.ttfa) as n_ttfa, avg(m.ttfa) as mean_ttfa, stddev_samp(m.ttfa) as sd_ttfa,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.ttfa) as p_ttfa,
      count(m.tps) as n_tps, avg(m.tps) as mean_tps, stddev_samp(m.tps) as sd_tps,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.tps) as p_tps,
      count(m.latency) as n_latency, avg(m.latency) as mean_latency, stddev_samp(m.latency) as sd_latency,
      percentile_cont(array[0.5, 0.9, 0.95, 0.99]) within group (order by m.latency) as p_latency
    from measured m group by m.line
  ), figures as (
    select s.line, f.*
    from sorted s cross join lateral (values
      (1, 'ttft', s.n_ttft, s.mean_ttft, s.sd_ttft, s.p_ttft),
      (2, 'ttfa', s.n_ttfa, s.mean_ttfa, s.sd_ttfa, s.p_ttfa),
      (3, 'tps', s.n_tps, s.mean_tps, s.sd_tps, s.p_tps),
      (4, 'latency', s.n_latency, s.mean_latency, s.sd_latency, s.p_latency)
    ) f (place, metric, n, mean, sd, p)
  )
  select l.provider, l.model, l.target_id, l.region, l.series, l.synthetic,
    f.metric, f.n::integer, f.mean, f.sd, f.p[1],
    -- The minimum samples of published_percentile.
    case when f.n >= 29 then f.p[2] end, case when f.n >= 59 then f.p[3] end,
      case when f.n >= 299 then f.p[4] end
  from figures f join (select distinct on (n.line) n.* from numbered n order by n.line) l on l.line = f.line
  where f.n > 0
  order by f.place, l.region, l.series, l.provider, l.model
$$;

-- Two runs side by side, target by target: medians of what each measured, and the change from the first to
-- the second in percent. Only calls of the same region and series are compared; a target of one run only has
-- a row of its own.
create or replace function public.compare_runs(before uuid, after uuid)
returns table (provider text, model text, region text, series text, n_before integer, n_after integer,
  ttft_before_ms double precision, ttft_after_ms double precision, ttft_change_percent double precision,
  tps_before double precision, tps_after double precision, tps_change_percent double precision,
  latency_before_ms double precision, latency_after_ms double precision,
  latency_change_percent double precision, failed_before integer, failed_after integer)
language sql stable security invoker set search_path = '' as $$
  with sides as (
    select b.run_id, b.target_id, b.provider, b.model, b.region, b.series,
      count(i.latency)::integer as n, count(*) filter (where i.error is not null)::integer as failed,
      percentile_cont(0.5) within group (order by i.ttft) as ttft,
      percentile_cont(0.5) within group (order by i.tps) as tps,
      percentile_cont(0.5) within group (order by i.latency) as latency
    from public.benchmark_results b join firsttoken.rollup_input i on i.id = b.id
    where b.run_id in (compare_runs.before, compare_runs.after)
    group by 1, 2, 3, 4, 5, 6
  ), first_run as (
    select s.* from sides s where s.run_id = compare_runs.before
  ), second_run as (
    select s.* from sides s where s.run_id = compare_runs.after
  )
  select coalesce(o.provider, n.provider), coalesce(o.model, n.model), coalesce(o.region, n.region),
    coalesce(o.series, n.series), coalesce(o.n, 0), coalesce(n.n, 0),
    o.ttft, n.ttft, 100 * (n.ttft / nullif(o.ttft, 0) - 1),
    o.tps, n.tps, 100 * (n.tps / nullif(o.tps, 0) - 1),
    o.latency, n.latency, 100 * (n.latency / nullif(o.latency, 0) - 1),
    coalesce(o.failed, 0), coalesce(n.failed, 0)
  from first_run o full join second_run n
    on n.target_id = o.target_id and n.region = o.region and n.series = o.series
  order by 1, 2, 3, 4
$$;
