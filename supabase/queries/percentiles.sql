-- Every percentile of every target
-- The last 7 days, by metric; put '24h' or '30d' in place of '7d'. p90, p95 and p99 need 29, 59 and 299
-- samples. tps is in tokens per second, all else in milliseconds.
select s.metric, k.region, k.series, k.provider, k.model, s.n as n_samples,
  round(s.mean::numeric, 1) as mean,
  round(s.sd::numeric, 1) as sd,
  round(s.value::numeric, 1) as p50,
  round(s.p90::numeric, 1) as p90,
  round(s.p95::numeric, 1) as p95,
  round(s.p99::numeric, 1) as p99
from target_summary s
  join tracks k on k.id = s.track_id
where s.period = '7d' and s.metric in ('ttft', 'ttfa', 'tps', 'latency') and not k.synthetic
order by s.metric, k.region, k.series, p50, k.provider, k.model;
