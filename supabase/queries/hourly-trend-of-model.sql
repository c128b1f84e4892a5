-- Hour by hour, one model
-- The last 7 days and today (UTC); put the name of the model here. A median is of the samples of the hour.
select hour, provider, region, series, n_samples,
  round(ttft_mean_ms::numeric, 1) as ttft_mean_ms,
  round(ttft_p50_ms::numeric, 1) as ttft_p50_ms,
  round(tps_p50::numeric, 1) as tps_p50,
  round(latency_p50_ms::numeric, 1) as latency_p50_ms,
  n_checks, n_failed,
  round(cost_usd::numeric, 8) as cost_usd
from hourly_trends
where model = 'gpt-4o-mini' and hour >= period_start('7d')
order by hour desc, provider, region, series;
