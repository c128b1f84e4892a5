-- Speed from every region
-- Means and percentiles of the last 24 hours and the hour in which they begin, over all calls from a region:
-- is it the network?
select region, series,
  max(n) filter (where metric = 'latency') as n_samples,
  round(max(mean) filter (where metric = 'ttft')::numeric, 1) as ttft_mean_ms,
  round(max(p50) filter (where metric = 'ttft')::numeric, 1) as ttft_p50_ms,
  round(max(p95) filter (where metric = 'ttft')::numeric, 1) as ttft_p95_ms,
  round(max(mean) filter (where metric = 'tps')::numeric, 1) as tps_mean,
  round(max(p50) filter (where metric = 'tps')::numeric, 1) as tps_p50,
  round(max(mean) filter (where metric = 'latency')::numeric, 1) as latency_mean_ms,
  round(max(p50) filter (where metric = 'latency')::numeric, 1) as latency_p50_ms,
  round(max(p95) filter (where metric = 'latency')::numeric, 1) as latency_p95_ms
from window_stats(now() - interval '24 hours', per => 'region')
where not synthetic
group by region, series
order by region, series;
