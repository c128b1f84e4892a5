-- Latest errors
-- The last 50 failed calls, whoever was at fault, with what the provider said. A recheck repeats a probe that
-- has just failed.
select created_at, provider, model, region, fault_domain, error_kind, status_code, error_code, error_message,
  confirms is not null as is_second_look, id
from benchmark_results
where not success
order by created_at desc, id
limit 50;
