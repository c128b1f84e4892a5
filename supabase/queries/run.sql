-- One run, probe by probe
-- What the latest run planned, and the result of each probe. For another run, put its id in place of the
-- subquery.
select ordinal, provider, model, region, iteration, is_second_look, status, skip_reason,
  case when success then 'ok' else error_kind end as outcome, fault_domain, error_message,
  round(ttft_ms::numeric, 1) as ttft_ms,
  round(tps::numeric, 1) as tps,
  round(total_latency_ms::numeric, 1) as total_latency_ms,
  input_tokens, output_tokens,
  round(cost_usd::numeric, 8) as cost_usd
from run_probes
where run_id = (select id from runs order by started_at desc limit 1)
order by ordinal;
