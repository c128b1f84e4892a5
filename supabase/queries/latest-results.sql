-- Latest result of every target
-- The latest result of every active target, in whichever region. `outcome` is `ok` or what went wrong.
select provider, model, parameters, region, created_at,
  case when success then 'ok' else coalesce(error_kind, 'failed') end as outcome,
  round(ttft_ms::numeric, 1) as ttft_ms,
  round(tps::numeric, 1) as tps,
  round(total_latency_ms::numeric, 1) as total_latency_ms,
  round(cost_usd::numeric, 8) as cost_usd
from latest_results
order by provider, model, parameters, region;
