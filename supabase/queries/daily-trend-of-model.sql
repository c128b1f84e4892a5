-- Day by day, one model
-- The last 30 days and today (UTC); put the name of the model here. A p95 needs 59 samples in the day.
select to_char(day at time zone 'UTC', 'YYYY-MM-DD') as day, provider, region, series, n_samples,
  round(ttft_p50_ms::numeric, 1) as ttft_p50_ms,
  round(ttft_p95_ms::numeric, 1) as ttft_p95_ms,
  round(tps_p50::numeric, 1) as tps_p50,
  round(latency_p50_ms::numeric, 1) as latency_p50_ms,
  round(latency_p95_ms::numeric, 1) as latency_p95_ms,
  n_checks, n_failed,
  round(cost_usd::numeric, 8) as cost_usd
from daily_trends
where model = 'gpt-4o-mini' and daily_trends.day >= period_start('30d')
order by daily_trends.day desc, provider, region, series;
