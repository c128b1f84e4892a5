-- Cost of the next 30 days
-- At the current schedule: the cost of a run, over the latest 24 of each schedule in the last 30 days, times
-- the number of slots; of a target with an interval, its own or that of a budget, the cost of its latest 24
-- calls, times the number of its intervals. Calls by hand are not included.
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
), calls as (
  select l.schedule, b.provider, b.model, b.cost_usd, b.success, 1.0 / pace.n_runs as per_slot
  from latest l
    join pace on pace.schedule = l.schedule
    join benchmark_results b on b.run_id = l.id
    left join targets t on t.id = b.target_id and t.active
  where greatest(t.every_minutes, t.thinned_minutes) is null
  union all
  select own.schedule, own.provider, own.model, own.cost_usd, own.success,
    pace.seconds_between / own.n_runs
      / greatest(pace.seconds_between, 60 * t.every_minutes, 60 * t.thinned_minutes)
  from targets t
    cross join lateral (
      select last.*, max(last.nth_run) over () as n_runs
      from (
        select r.schedule, b.provider, b.model, b.cost_usd, b.success,
          dense_rank() over (order by r.slot desc) as nth_run
        from benchmark_results b join runs r on r.id = b.run_id
        where b.target_id = t.id and b.created_at >= now() - interval '30 days' and b.level is null
          and r.slot is not null and r.status = 'finished' and not r.synthetic
        order by r.slot desc limit 24
      ) last
    ) own
    join pace on pace.schedule = own.schedule
  where t.active and greatest(t.every_minutes, t.thinned_minutes) is not null
)
select c.schedule, c.provider, c.model,
  round((pace.seconds_between / 60)::numeric, 1) as minutes_between_runs,
  round(sum(c.cost_usd * c.per_slot)::numeric, 8) as usd_per_run,
  round((sum(c.cost_usd * c.per_slot) * 30 * 86400 / pace.seconds_between)::numeric, 4) as usd_in_30_days,
  count(*) filter (where c.success and c.cost_usd is null) as n_cost_unknown
from calls c join pace on pace.schedule = c.schedule
group by c.schedule, c.provider, c.model, pace.seconds_between
order by usd_in_30_days desc nulls last, c.schedule, c.provider, c.model;
