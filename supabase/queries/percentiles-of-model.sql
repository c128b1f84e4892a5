-- Percentiles of one model in any window
-- Put the name of the model and two moments here; both are widened to whole hours. only_provider and
-- only_region narrow it further. p90, p95 and p99 need 29, 59 and 299 samples. tps is in tokens per second,
-- all else in milliseconds.
select metric, provider, region, series, n as n_samples,
  round(mean::numeric, 1) as mean,
  round(sd::numeric, 1) as sd,
  round(p50::numeric, 1) as p50,
  round(p90::numeric, 1) as p90,
  round(p95::numeric, 1) as p95,
  round(p99::numeric, 1) as p99
from window_stats(since => now() - interval '14 days', until => now() - interval '7 days',
  only_model => 'gpt-4o-mini')
where not synthetic
order by metric, provider, region, series;
