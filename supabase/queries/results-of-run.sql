-- The results of the latest run, in the order they were recorded. For another run put its id in place of the subquery.
select *
from benchmark_results
where run_id = (select id from runs order by started_at desc limit 1)
order by created_at;
