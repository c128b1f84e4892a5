-- Latest errors
-- The last 50 calls that failed, no matter whose fault it was, with what the provider said. A second look checks again what has just failed.
select created_at, provider, model, region, fault_domain, error_kind, status_code, error_code, error_message,
  confirms is not null as is_second_look, id
from benchmark_results
where not success
order by created_at desc, id
limit 50;
