-- What 30 days will cost at the current schedule: what a scheduled run cost in the last 7 days, by model, times as many runs
-- as the median time between two slots gives.
with slots as (
  select distinct r.schedule, r.slot from runs r
  where r.slot >= now() - interval '7 days' and not r.synthetic
), pace as (
  select gaps.schedule,
    count(*) + 1 as runs,
    percentile_cont(0.5) within group (order by gaps.seconds) as seconds_between
  from (
    select s.schedule, extract(epoch from s.slot - lag(s.slot) over (partition by s.schedule order by s.slot)) as seconds
    from slots s
  ) gaps
  where gaps.seconds is not null
  group by gaps.schedule
)
select p.name as provider,
  m.name as model,
  pace.seconds_between / 60 as minutes_between_runs,
  sum(b.cost_usd) / pace.runs as usd_per_run,
  sum(b.cost_usd) / pace.runs * 30 * 86400 / pace.seconds_between as usd_in_30_days,
  count(*) filter (where b.success and b.cost_usd is null) as cost_unknown
from pace
  join runs r on r.schedule = pace.schedule and r.slot >= now() - interval '7 days'
  join benchmark_results b on b.run_id = r.id
  join providers p on p.id = b.provider_id
  join models m on m.id = b.model_id
group by p.name, m.name, pace.schedule, pace.seconds_between, pace.runs
order by usd_in_30_days desc nulls last;
