-- Answers of a run
-- The answers of the latest run, in the order in which they were recorded. For another run, put its id in
-- place of the subquery; for every column, put * in place of the columns.
select created_at, provider, model, region, iteration, status_code, finish_reason, response_model,
  input_tokens, output_tokens, reasoning_tokens, response_text
from benchmark_results
where run_id = (select id from runs order by started_at desc limit 1)
order by created_at, id;
