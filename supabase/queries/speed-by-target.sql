-- Speed of every target
-- Means and percentiles of the last 24 hours; for longer, put '7d' or '30d' in place of '24h'. A sample is a
-- call that succeeded, was no recheck and could be timed; a p95 needs 59 of them.
select k.region, k.series, k.provider, k.model,
  max(s.n) filter (where s.metric = 'latency') as n_samples,
  round(max(s.mean) filter (where s.metric = 'ttft')::numeric, 1) as ttft_mean_ms,
  round(max(s.value) filter (where s.metric = 'ttft')::numeric, 1) as ttft_p50_ms,
  round(max(s.p95) filter (where s.metric = 'ttft')::numeric, 1) as ttft_p95_ms,
  round(max(s.mean) filter (where s.metric = 'tps')::numeric, 1) as tps_mean,
  round(max(s.value) filter (where s.metric = 'tps')::numeric, 1) as tps_p50,
  round(max(s.mean) filter (where s.metric = 'latency')::numeric, 1) as latency_mean_ms,
  round(max(s.value) filter (where s.metric = 'latency')::numeric, 1) as latency_p50_ms,
  round(max(s.p95) filter (where s.metric = 'latency')::numeric, 1) as latency_p95_ms
from target_summary s
  join tracks k on k.id = s.track_id
where s.period = '24h' and s.metric in ('ttft', 'tps', 'latency') and not k.synthetic
group by k.id
order by k.region, k.series, ttft_p50_ms, k.provider, k.model;
