-- Two runs side by side
-- The last two finished runs of the schedule `benchmark`: medians of each target, and the change from the
-- earlier to the later. For other runs, put their ids in place of the subqueries.
select provider, model, region, series, n_before, n_after,
  round(ttft_before_ms::numeric, 1) as ttft_before_ms,
  round(ttft_after_ms::numeric, 1) as ttft_after_ms,
  round(ttft_change_percent::numeric, 1) as ttft_change_percent,
  round(tps_before::numeric, 1) as tps_before,
  round(tps_after::numeric, 1) as tps_after,
  round(tps_change_percent::numeric, 1) as tps_change_percent,
  round(latency_change_percent::numeric, 1) as latency_change_percent,
  failed_before as n_failed_before, failed_after as n_failed_after
from compare_runs(
  before => (select id from runs where schedule = 'benchmark' and status = 'finished'
    order by slot desc offset 1 limit 1),
  after => (select id from runs where schedule = 'benchmark' and status = 'finished'
    order by slot desc limit 1))
order by provider, model, region, series;
