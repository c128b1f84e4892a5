-- Speed of every provider
-- Means and percentiles of the last 24 hours and the hour in which they begin, over all models of a provider:
-- two providers compare only as far as their models do.
select region, series, provider,
  max(n) filter (where metric = 'latency') as n_samples,
  round(max(mean) filter (where metric = 'ttft')::numeric, 1) as ttft_mean_ms,
  round(max(p50) filter (where metric = 'ttft')::numeric, 1) as ttft_p50_ms,
  round(max(p95) filter (where metric = 'ttft')::numeric, 1) as ttft_p95_ms,
  round(max(mean) filter (where metric = 'tps')::numeric, 1) as tps_mean,
  round(max(p50) filter (where metric = 'tps')::numeric, 1) as tps_p50,
  round(max(mean) filter (where metric = 'latency')::numeric, 1) as latency_mean_ms,
  round(max(p50) filter (where metric = 'latency')::numeric, 1) as latency_p50_ms,
  round(max(p95) filter (where metric = 'latency')::numeric, 1) as latency_p95_ms
from window_stats(now() - interval '24 hours', per => 'provider')
where not synthetic
group by region, series, provider
order by region, series, ttft_p50_ms, provider;
