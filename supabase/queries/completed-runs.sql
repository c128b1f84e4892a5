-- Runs that have ended, the latest first.
select id, run_name, triggered_by, status, started_at, finished_at, n_succeeded, n_failed, n_skipped
from runs
where finished_at is not null
order by started_at desc;
