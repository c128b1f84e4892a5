-- Leaderboards: medians and ratios with confidence intervals, ranks, and the table that holds them.

-- The sorted samples of some tracks in each block of a period: hours for 24h, else days. Calls within a block
-- are correlated, so the intervals treat blocks, not samples, as independent.
create or replace function firsttoken.sample_blocks(period text, tracks integer[])
returns table (track_id integer, metric text, samples real[])
language sql stable security invoker set search_path = '' as $$
  select b.track_id, m.metric, m.samples
  from (
    select h.track_id, h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
      where period = '24h' and h.track_id = any (tracks) and h.bucket >= public.period_start(period)
    union all
    select s.track_id, s.ttft, s.ttfa, s.tps, s.latency from public.samples_daily s
      where period <> '24h' and s.track_id = any (tracks) and s.bucket >= public.period_start(period)
  ) b cross join lateral (values
    ('ttft', b.ttft), ('ttfa', b.ttfa), ('tps', b.tps), ('latency', b.latency)
  ) m (metric, samples)
  where cardinality(m.samples) > 0
$$;

-- How much of a period some tracks cover: hours and days (UTC) with at least one sample, check or answer.
create or replace function firsttoken.coverage(period text, tracks integer[])
returns table (track_id integer, metric text, n_hours integer, n_days integer)
language sql stable security invoker set search_path = '' as $$
  select h.track_id, m.metric, count(*)::integer, count(distinct date_trunc('day', h.bucket, 'UTC'))::integer
  from public.rollups_hourly h cross join lateral (values
    ('ttft', cardinality(h.ttft)), ('ttfa', cardinality(h.ttfa)), ('tps', cardinality(h.tps)),
    ('latency', cardinality(h.latency)), ('uptime', h.n_ok + h.n_provider),
    ('cost', h.n_answers - h.n_cost_unknown)
  ) m (metric, n)
  where h.track_id = any (tracks) and h.bucket >= public.period_start(period) and m.n > 0
  group by h.track_id, m.metric
$$;

-- Medians with Woodruff's interval (1952): the uncertainty of the share of samples below the median, from the
-- variance of that share between blocks (linearized, Student's t), read off the samples themselves.
create or replace function firsttoken.summarize_samples(period text, tracks integer[])
returns table (track_id integer, metric text, n integer, value double precision, low double precision,
  high double precision, mean double precision, sd double precision, p90 double precision,
  p95 double precision, p99 double precision)
language sql stable security invoker set search_path = '' as $$
  with blocks as materialized (
    select * from firsttoken.sample_blocks(summarize_samples.period, tracks)
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
create or replace function firsttoken.summarize_counts(period text, tracks integer[])
returns table (track_id integer, metric text, n integer, value double precision, low double precision,
  high double precision)
language sql stable security invoker set search_path = '' as $$
  with counts as (
    select h.track_id, h.n_ok, h.n_provider, h.n_cleared, h.n_answers, h.n_cost_unknown, h.cost_usd
    from public.rollups_hourly h
    where period = '24h' and h.track_id = any (tracks) and h.bucket >= public.period_start(period)
    union all
    select d.track_id, d.n_ok, d.n_provider, d.n_cleared, d.n_answers, d.n_cost_unknown, d.cost_usd
    from public.rollups_daily d
    where period <> '24h' and d.track_id = any (tracks) and d.bucket >= public.period_start(period)
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

-- Summarizes some tracks over a period, without ranks.
create or replace function firsttoken.draft_summaries(period text, tracks integer[]) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  delete from firsttoken.summary_drafts d
    where d.period = draft_summaries.period and d.track_id = any (tracks);
  insert into firsttoken.summary_drafts
    with covered as materialized (
      select * from firsttoken.coverage(draft_summaries.period, tracks)
    ), found_rows as (
      select s.track_id, s.metric, s.n, s.value, s.low, s.high, s.mean, s.sd, s.p90, s.p95, s.p99
        from firsttoken.summarize_samples(draft_summaries.period, tracks) s
      union all
      select c.track_id, c.metric, c.n, c.value, c.low, c.high, null, null, null, null, null
        from firsttoken.summarize_counts(draft_summaries.period, tracks) c
    )
    select draft_summaries.period, f.metric, f.track_id, f.n, coalesce(c.n_hours, 0), coalesce(c.n_days, 0),
      f.value, f.low, f.high, f.mean, f.sd, f.p90, f.p95, f.p99, now()
    from found_rows f left join covered c on c.track_id = f.track_id and c.metric = f.metric;
end $$;

-- Replaces the leaderboard of a period and metric by its drafts, with ranks. Published: 29 samples in half of
-- the hours of a day, or 59 in more than half of the days of a week or a third of those of a month. Tracks
-- are ranked within their region and series only, and one ranks behind another only if its whole interval
-- does: rank to rank_to are its possible places.
create or replace function firsttoken.publish_leaderboard(period text, metric text) returns void
language plpgsql security invoker set search_path = '' as $$
begin
  delete from public.target_summary s
    where s.period = publish_leaderboard.period and s.metric = publish_leaderboard.metric;
  insert into public.target_summary
    with published as (
      select d.track_id, t.region, t.series, t.synthetic,
        -- Negated where higher is better, so that lower is better for all.
        case when d.metric in ('tps', 'uptime') then -d.high else d.low end as best,
        case when d.metric in ('tps', 'uptime') then -d.low else d.high end as worst
      from firsttoken.summary_drafts d join public.tracks t on t.id = d.track_id
      where d.period = publish_leaderboard.period and d.metric = publish_leaderboard.metric
        and d.low is not null and d.high is not null
        and case d.period
          when '24h' then d.n >= 29 and d.n_hours >= 12
          when '7d' then d.n >= 59 and d.n_days >= 4
          else d.n >= 59 and d.n_days >= 10 end
    ), ends as (
      select p.track_id, p.region, p.series, p.synthetic, p.best as place, true as is_best from published p
      union all
      select p.track_id, p.region, p.series, p.synthetic, p.worst, false from published p
    ), counted as (
      -- One sort for both: before the best end of an interval are the intervals that end below it; before its
      -- worst end, or at the same place, are those that begin.
      select e.track_id, e.is_best,
        count(*) filter (where e.is_best) over places as n_begun,
        count(*) filter (where not e.is_best) over places as n_ended
      from ends e
      window places as (partition by e.region, e.series, e.synthetic order by e.place, e.is_best desc
        rows unbounded preceding)
    ), ranked as (
      select c.track_id, max(c.n_ended) filter (where c.is_best) + 1 as rank,
        max(c.n_begun) filter (where not c.is_best) as rank_to
      from counted c group by c.track_id
    )
    select d.period, d.metric, d.track_id, d.n, d.n_hours, d.n_days, d.value, d.low, d.high, d.mean, d.sd,
      d.p90, d.p95, d.p99, r.rank, r.rank_to, now()
    from firsttoken.summary_drafts d left join ranked r on r.track_id = d.track_id
    where d.period = publish_leaderboard.period and d.metric = publish_leaderboard.metric;
end $$;

-- When the turn of a leaderboard began: those of the day and the week are made once an hour, that of the
-- month once a day (UTC).
create or replace function firsttoken.turn_of(period text) returns timestamptz
language sql stable security invoker set search_path = '' as $$
  select date_trunc(case when period = '30d' then 'day' else 'hour' end, now(), 'UTC')
$$;

-- The leaderboards that were not made in their turn. The metric is the one that is published last.
create or replace function firsttoken.due_periods() returns jsonb
language sql stable security invoker set search_path = '' as $$
  select coalesce(jsonb_agg(p.period order by p.position), '[]')
  from unnest(array['24h', '7d', '30d']) with ordinality p (period, position)
  where not exists (
    select from public.target_summary s
    where s.period = p.period and s.metric = 'uptime' and s.refreshed_at >= firsttoken.turn_of(p.period))
$$;

-- Makes the next step of a leaderboard, and returns what is left of it, null if it is made. step: {track},
-- the last that was summarized, then {metric}, the next to be published.
create or replace function firsttoken.make_leaderboard(period text, step jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  metrics constant text[] := array['cost', 'latency', 'tps', 'ttfa', 'ttft', 'uptime'];
  metric constant text := step ->> 'metric';
  tracks integer[];
begin
  if metric is not null then
    perform firsttoken.publish_leaderboard(period, metric);
    return case when metric <> metrics[cardinality(metrics)]
      then jsonb_build_object('metric', metrics[array_position(metrics, metric) + 1]) end;
  end if;
  tracks := array(
    select t.id from public.tracks t where t.id > (step ->> 'track')::integer order by t.id
    -- As many as have some ten thousand samples.
    limit case period when '24h' then 500 when '7d' then 100 else 25 end);
  if tracks = '{}' then
    return jsonb_build_object('metric', metrics[1]);
  end if;
  perform firsttoken.draft_summaries(period, tracks);
  return jsonb_build_object('track', tracks[cardinality(tracks)]);
end $$;

-- in: {periods to make anew, or none: those that are due, after: next of the call before, or none}. out:
-- {refreshed: [period], next or null}. Takes one step, a fraction of a second, so that no query is long and
-- nobody waits; repeat it with after until next is null. What is due continues where it was left in the same
-- turn. Reads rollups, and locks nothing that recording needs.
create or replace function public.refresh_summaries(input jsonb) returns jsonb
language plpgsql security invoker set search_path = '' as $$
declare
  after constant jsonb := coalesce(nullif(input -> 'after', 'null'), case
    when jsonb_typeof(input -> 'periods') = 'array'
      then jsonb_build_object('periods', input -> 'periods', 'anew', true)
    else jsonb_build_object('periods', firsttoken.due_periods(), 'anew', false) end);
  due constant text := after #>> '{periods,0}';
  step jsonb := after -> 'step';
begin
  if due is null then
    return '{"refreshed": [], "next": null}';
  end if;
  perform pg_advisory_xact_lock(702418, 1);
  if step is null then
    step := jsonb_build_object('track', coalesce((
      select max(d.track_id) from firsttoken.summary_drafts d
      where d.period = due and d.drafted_at >= firsttoken.turn_of(due)
        and not (after ->> 'anew')::boolean), 0));
  end if;
  step := firsttoken.make_leaderboard(due, step);
  if step is not null then
    return jsonb_build_object('refreshed', '[]'::jsonb, 'next', after || jsonb_build_object('step', step));
  end if;
  return jsonb_build_object('refreshed', jsonb_build_array(due),
    'next', case when jsonb_array_length(after -> 'periods') > 1
      then (after - 'step') || jsonb_build_object('periods', (after -> 'periods') - 0) end);
end $$;
