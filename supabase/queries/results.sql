-- Latest results
-- The last 100 calls in the order in which they were recorded. Put * in place of the columns to see all of
-- them.
select created_at, provider, model, region,
  case when success then 'ok' else coalesce(error_kind, 'failed') end as outcome,
  round(ttft_ms::numeric, 1) as ttft_ms,
  round(tps::numeric, 1) as tps,
  round(total_latency_ms::numeric, 1) as total_latency_ms,
  input_tokens, output_tokens,
  round(cost_usd::numeric, 8) as cost_usd,
  timing_quality, id, run_id
from benchmark_results
order by created_at desc, id
limit 100;
