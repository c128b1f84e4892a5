-- Latest runs
-- The last 100, with how long they took and why probes were skipped. For the last day alone put `where
-- r.started_at >= now() - interval '24 hours'` before the order, for finished runs `where r.finished_at is
-- not null`.
select r.started_at,
  round(extract(epoch from r.finished_at - r.started_at)::numeric, 1) as duration_s,
  r.run_name, r.triggered_by, r.mode, r.schedule, r.slot, r.region, r.status, r.status_reason,
  r.n_probes, r.n_succeeded, r.n_failed, r.n_skipped, skips.reasons as skipped_because, r.id
from runs r
  cross join lateral (
    select string_agg(distinct p.skip_reason, ', ' order by p.skip_reason) as reasons
    from probes p where p.run_id = r.id and p.status = 'skipped'
  ) skips
order by r.started_at desc, r.id
limit 100;
