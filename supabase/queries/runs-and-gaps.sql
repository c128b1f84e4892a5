-- The latest 100 runs: what was made, what was skipped and why, and slots that have no run because the database was away.
select r.started_at, r.schedule, r.slot, r.region, r.status, r.status_reason,
  r.n_probes, r.n_succeeded, r.n_failed, r.n_skipped, skips.reasons as skipped_because
from runs r
  cross join lateral (
    select string_agg(distinct p.skip_reason, ', ' order by p.skip_reason) as reasons
    from probes p where p.run_id = r.id and p.status = 'skipped'
  ) skips
order by r.started_at desc
limit 100;
