-- A target over a time as a whole: how a metric is distributed, and what calls spent their time on.

-- The samples of some tracks, merged: by track, how many, and the value at each percent from 0 to 100,
-- interpolated as percentile_cont does. Both ends are whole hours: full days are read by day, the rest by
-- hour.
create or replace function firsttoken.distribution_of(tracks integer[], metric text, since timestamptz,
  until timestamptz)
returns table (track_id integer, n integer, percentiles double precision[])
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  first_day constant timestamptz :=
    least(date_trunc('day', since + interval '24 hours' - interval '1 microsecond'), until);
  end_day constant timestamptz := greatest(date_trunc('day', until), first_day);
begin
  return query
  with parts as (
    select h.track_id, h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
      where h.track_id = any (tracks) and h.bucket >= since and h.bucket < first_day
    union all
    select s.track_id, s.ttft, s.ttfa, s.tps, s.latency from public.samples_daily s
      where s.track_id = any (tracks) and s.bucket >= first_day and s.bucket < end_day
    union all
    select h.track_id, h.ttft, h.ttfa, h.tps, h.latency from public.rollups_hourly h
      where h.track_id = any (tracks) and h.bucket >= end_day and h.bucket < until
  )
  select p.track_id, count(*)::integer,
    percentile_cont(array(select i / 100.0 from generate_series(0, 100) i)) within group (order by v)
  from parts p
    cross join lateral unnest(case metric when 'ttft' then p.ttft when 'ttfa' then p.ttfa
      when 'tps' then p.tps else p.latency end) v
  group by p.track_id;
end $$;

-- in: {target_id, or model and provider or null, region, series, synthetic: each or null, metric: ttft, ttfa,
-- tps or latency, since, until: as in list_series}. out: {metric, since, until, lines}: by target, region and
-- series n samples, the values at 0, 1, ... 100 percent, and of these p50, p95 and p99, the last two null
-- below 59 and 299 samples. The time is widened to whole hours. A track without a sample has no line.
create or replace function public.list_distribution(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC' as $$
declare
  metric constant text := coalesce(input ->> 'metric', 'ttft');
  span record;
  lines json;
begin
  perform firsttoken.check_keys(input, 'list_distribution', array['target_id', 'provider', 'model', 'region',
    'series', 'synthetic', 'metric', 'since', 'until']);
  if metric not in ('ttft', 'ttfa', 'tps', 'latency') then
    raise exception using errcode = '22023', message = 'metric must be ttft, ttfa, tps or latency';
  end if;
  select date_trunc('hour', t.since) as since,
      date_trunc('hour', t.until + interval '1 hour' - interval '1 microsecond') as until
    into span from firsttoken.chart_time(input) t;
  with tracks as materialized (
    select * from firsttoken.chart_tracks(input)
  )
  select coalesce(json_agg(json_build_object('target_id', t.target_id, 'provider', t.provider,
      'model', t.model, 'region', t.region, 'series', t.series, 'synthetic', t.synthetic, 'n', d.n,
      'percentiles', array(select firsttoken.rounded(v) from unnest(d.percentiles) v),
      'p50', firsttoken.rounded(d.percentiles[51]),
      -- The minimum samples of published_percentile.
      'p95', case when d.n >= 59 then firsttoken.rounded(d.percentiles[96]) end,
      'p99', case when d.n >= 299 then firsttoken.rounded(d.percentiles[100]) end)
      order by t.provider, t.model, t.region, t.series), '[]')
    into lines
    from tracks t
      join firsttoken.distribution_of(array(select k.track_id from tracks k), metric, span.since,
        span.until) d on d.track_id = t.track_id;
  return json_build_object('metric', metric, 'since', span.since, 'until', span.until, 'lines', lines);
end $$;

-- in: {target_id, or model and provider or null, region, series, synthetic: each or null, since, until: as in
-- list_series}. out: {since, until, rows}: by target, region and series how many answers there were, since
-- when, and of each phase its median in ms and how many had it: DNS, TCP and TLS of the socket, the wait for
-- the first token, reasoning, and the answer. Of samples among the latest 10,000 calls of a target.
create or replace function public.list_phases(input jsonb) returns json
language plpgsql stable security invoker set search_path = '' set timezone = 'UTC'
  set plan_cache_mode = 'force_custom_plan' as $$
declare
  span record;
  lines json;
begin
  perform firsttoken.check_keys(input, 'list_phases', array['target_id', 'provider', 'model', 'region',
    'series', 'synthetic', 'since', 'until']);
  select t.since, t.until into span from firsttoken.chart_time(input) t;
  with tracks as materialized (
    select * from firsttoken.chart_tracks(input)
  ), calls as (
    select t.track_id, b.*
    from (select distinct k.target_id from tracks k) target
      cross join lateral (
        select c.region, c.series, c.synthetic, c.created_at, c.dns_ms as dns, c.tcp_ms as tcp,
          c.tls_ms as tls, coalesce(c.ttft_ms, c.total_latency_ms) as wait,
          nullif(coalesce(c.ttfa_ms, c.total_latency_ms) - c.ttft_ms, 0) as reasoning,
          c.total_latency_ms - c.ttfa_ms as answer, c.success and c.confirms is null
            and not (c.own_load or c.warmup or c.maintenance)
            and c.timing_quality is distinct from 'untrusted' as is_sample
        from public.benchmark_results c
        where c.target_id = target.target_id and c.created_at >= span.since and c.created_at < span.until
        order by c.created_at desc limit 10000
      ) b
      join tracks t on t.target_id = target.target_id and t.region is not distinct from b.region
        and t.series is not distinct from b.series and t.synthetic = b.synthetic
    where b.is_sample
  ), medians as (
    select c.track_id, count(*) as n, min(c.created_at) as since,
      count(c.dns) as n_dns, percentile_cont(0.5) within group (order by c.dns) as dns,
      count(c.tcp) as n_tcp, percentile_cont(0.5) within group (order by c.tcp) as tcp,
      count(c.tls) as n_tls, percentile_cont(0.5) within group (order by c.tls) as tls,
      count(c.wait) as n_wait, percentile_cont(0.5) within group (order by c.wait) as wait,
      count(c.reasoning) as n_reasoning,
      percentile_cont(0.5) within group (order by c.reasoning) as reasoning,
      count(c.answer) as n_answer, percentile_cont(0.5) within group (order by c.answer) as answer
    from calls c group by c.track_id
  )
  select coalesce(json_agg(json_build_object('target_id', t.target_id, 'provider', t.provider,
      'model', t.model, 'region', t.region, 'series', t.series, 'synthetic', t.synthetic, 'n', m.n,
      'since', m.since, 'phases', json_build_object(
        'dns', json_build_object('n', m.n_dns, 'p50_ms', firsttoken.rounded(m.dns)),
        'tcp', json_build_object('n', m.n_tcp, 'p50_ms', firsttoken.rounded(m.tcp)),
        'tls', json_build_object('n', m.n_tls, 'p50_ms', firsttoken.rounded(m.tls)),
        'wait', json_build_object('n', m.n_wait, 'p50_ms', firsttoken.rounded(m.wait)),
        'reasoning', json_build_object('n', m.n_reasoning, 'p50_ms', firsttoken.rounded(m.reasoning)),
        'answer', json_build_object('n', m.n_answer, 'p50_ms', firsttoken.rounded(m.answer))))
      order by t.provider, t.model, t.region, t.series), '[]')
    into lines from tracks t join medians m on m.track_id = t.track_id;
  return json_build_object('since', span.since, 'until', span.until, 'rows', lines);
end $$;
