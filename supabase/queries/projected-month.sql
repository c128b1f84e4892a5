-- Cost of the next 30 days
-- At the current schedule: the cost of a run, over the latest 24 of each schedule in the last 30 days, times
-- the number of slots. Calls by hand are not included.
with schedules as (
  select distinct r.schedule from runs r
  where r.started_at >= now() - interval '30 days' and r.slot is not null and not r.synthetic
), latest as (
  select s.schedule, r.id, extract(epoch from r.late_at - r.slot) as seconds
  from schedules s
    cross join lateral (
      select * from runs every_run
      where every_run.schedule = s.schedule and every_run.slot >= now() - interval '30 days'
        and every_run.status = 'finished'
      order by every_run.slot desc limit 24
    ) r
), pace as (
  select l.schedule, count(*) as n_runs,
    percentile_cont(0.5) within group (order by l.seconds) as seconds_between
  from latest l group by l.schedule
)
select pace.schedule, b.provider, b.model,
  round((pace.seconds_between / 60)::numeric, 1) as minutes_between_runs,
  round((sum(b.cost_usd) / pace.n_runs)::numeric, 8) as usd_per_run,
  round((sum(b.cost_usd) / pace.n_runs * 30 * 86400 / pace.seconds_between)::numeric, 4) as usd_in_30_days,
  count(*) filter (where b.success and b.cost_usd is null) as n_cost_unknown
from pace
  join latest l on l.schedule = pace.schedule
  join benchmark_results b on b.run_id = l.id
group by pace.schedule, pace.seconds_between, pace.n_runs, b.provider, b.model
order by usd_in_30_days desc nulls last, pace.schedule, b.provider, b.model;
