-- Hour by hour
-- Means of the last 7 days and today (UTC) over all targets, and the number of failed checks. Regions and
-- series are separate; the synthetic provider is left out.
select h.bucket as hour, k.region, k.series,
  sum(h.n_calls) as n_calls,
  sum(h.n_ok + h.n_provider) as n_checks,
  sum(h.n_provider - h.n_cleared) as n_failed,
  round(sum(h.ttft_sum) / nullif(sum(cardinality(h.ttft)), 0), 1) as ttft_mean_ms,
  round(sum(h.tps_sum) / nullif(sum(cardinality(h.tps)), 0), 1) as tps_mean,
  round(sum(h.latency_sum) / nullif(sum(cardinality(h.latency)), 0), 1) as latency_mean_ms
from rollups_hourly h
  join tracks k on k.id = h.track_id
where h.bucket >= period_start('7d') and not k.synthetic
group by h.bucket, k.region, k.series
order by hour desc, k.region, k.series;
