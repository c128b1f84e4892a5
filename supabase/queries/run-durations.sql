-- How long runs took.
select id, run_name, started_at, finished_at, finished_at - started_at as duration
from runs
where finished_at is not null
order by started_at desc;
