-- Views of the history, over rollups. Hours and days are UTC; regions and series are never merged.

-- Counts, means and medians of each track by hour.
create or replace view public.hourly_trends with (security_invoker = true) as
  select h.bucket as hour, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic, h.n_calls,
    h.n_ok, h.n_ok + h.n_provider as n_checks, h.n_provider - h.n_cleared as n_failed,
    cardinality(h.latency) as n_samples,
    (h.ttft_sum / nullif(cardinality(h.ttft), 0))::double precision as ttft_mean_ms,
    (h.ttfa_sum / nullif(cardinality(h.ttfa), 0))::double precision as ttfa_mean_ms,
    (h.tps_sum / nullif(cardinality(h.tps), 0))::double precision as tps_mean,
    (h.latency_sum / nullif(cardinality(h.latency), 0))::double precision as latency_mean_ms,
    -- The median is the mean of the two middle values, which are the same one if the count is odd.
    (h.ttft[(cardinality(h.ttft) + 1) / 2]::double precision
      + h.ttft[cardinality(h.ttft) / 2 + 1]) / 2 as ttft_p50_ms,
    (h.ttfa[(cardinality(h.ttfa) + 1) / 2]::double precision
      + h.ttfa[cardinality(h.ttfa) / 2 + 1]) / 2 as ttfa_p50_ms,
    (h.tps[(cardinality(h.tps) + 1) / 2]::double precision
      + h.tps[cardinality(h.tps) / 2 + 1]) / 2 as tps_p50,
    (h.latency[(cardinality(h.latency) + 1) / 2]::double precision
      + h.latency[cardinality(h.latency) / 2 + 1]) / 2 as latency_p50_ms,
    h.cost_usd::double precision as cost_usd
  from public.rollups_hourly h join public.tracks k on k.id = h.track_id;

-- The same by day, with the percentiles that a day has enough samples for.
create or replace view public.daily_trends with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic, d.n_calls,
    d.n_ok, d.n_ok + d.n_provider as n_checks, d.n_provider - d.n_cleared as n_failed,
    d.n_latency as n_samples,
    (d.ttft_sum / nullif(d.n_ttft, 0))::double precision as ttft_mean_ms,
    (d.ttfa_sum / nullif(d.n_ttfa, 0))::double precision as ttfa_mean_ms,
    (d.tps_sum / nullif(d.n_tps, 0))::double precision as tps_mean,
    (d.latency_sum / nullif(d.n_latency, 0))::double precision as latency_mean_ms,
    firsttoken.percentile_of(s.ttft, 0.5) as ttft_p50_ms,
    firsttoken.published_percentile(s.ttft, 0.95) as ttft_p95_ms,
    firsttoken.percentile_of(s.ttfa, 0.5) as ttfa_p50_ms,
    firsttoken.published_percentile(s.ttfa, 0.95) as ttfa_p95_ms,
    firsttoken.percentile_of(s.tps, 0.5) as tps_p50,
    firsttoken.percentile_of(s.latency, 0.5) as latency_p50_ms,
    firsttoken.published_percentile(s.latency, 0.95) as latency_p95_ms,
    d.cost_usd::double precision as cost_usd
  from public.rollups_daily d join public.tracks k on k.id = d.track_id
    left join public.samples_daily s on s.track_id = d.track_id and s.bucket = d.bucket;

-- Checks by day, and the share that no provider failed, rounded down so that 100 means no failure.
create or replace view public.uptime_daily with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic,
    d.n_ok + d.n_provider as n_checks, d.n_provider - d.n_cleared as n_failed,
    floor(10000.0 * (d.n_ok + d.n_cleared) / (d.n_ok + d.n_provider)) / 100 as uptime_percent
  from public.rollups_daily d join public.tracks k on k.id = d.track_id
  where d.n_ok + d.n_provider > 0;

-- Costs by day, including rechecks and failures; n_cost_unknown answers have no known cost.
create or replace view public.costs_daily with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic, d.n_calls,
    d.n_answers, d.input_tokens, d.output_tokens, d.reasoning_tokens, d.cost_usd, d.n_cost_unknown
  from public.rollups_daily d join public.tracks k on k.id = d.track_id;

-- Failures by day and fault domain, without rechecks.
create or replace view public.errors_daily with (security_invoker = true) as
  select d.bucket as day, k.provider, k.model, k.target_id, k.region, k.series, k.synthetic,
    split_part(e.key, '.', 1) as fault_domain, split_part(e.key, '.', 2) as error_kind, e.value::integer as n
  from public.rollups_daily d join public.tracks k on k.id = d.track_id
    cross join lateral jsonb_each_text(d.errors) e
  where d.errors is not null;

-- The published part of the leaderboards, with names. Ranks overlap if intervals do.
create or replace view public.leaderboard with (security_invoker = true) as
  select s.period, s.metric, s.rank, s.rank_to, k.provider, k.model, k.target_id, k.region, k.series,
    k.synthetic, s.value, s.low, s.high, s.n, s.n_hours, s.n_days, s.mean, s.sd, s.p90, s.p95, s.p99,
    now() - s.refreshed_at as age
  from public.target_summary s join public.tracks k on k.id = s.track_id
  where s.rank is not null;
