-- Shards of a fleet
-- What workers made, or still have to make, of the last day by region and state, and how long after it could
-- begin a shard was taken. Lost: it was taken over from a worker that was silent. late_p99_s
-- says little for fewer than 299 shards.
select s.region, s.status, count(*) as n_shards, sum(s.n_probes) as n_probes, sum(s.lost) as n_lost,
  round(percentile_cont(0.5) within group (order by late.s)::numeric, 1) as late_p50_s,
  round(percentile_cont(0.99) within group (order by late.s)::numeric, 1) as late_p99_s,
  min(s.window_at) as first_window, max(s.window_at) as last_window
from shards s
  cross join lateral (
    select case when s.taken_at >= s.window_at then extract(epoch from s.taken_at - s.window_at) end as s
  ) late
where s.window_at >= now() - interval '24 hours'
group by s.region, s.status
order by s.region, s.status;
