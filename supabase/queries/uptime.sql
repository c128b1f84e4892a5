-- Uptime of every target
-- The last 30 days and today (UTC). Only failures of the provider lower it, and only if the recheck failed
-- too; a bad key, an empty account or an outage of ours is not a check. Rounded down, so that 100 means no
-- failure.
select u.provider, u.model, t.parameters, u.region, u.series,
  sum(u.n_checks) as n_checks,
  sum(u.n_failed) as n_failed,
  round(floor(10000.0 * (sum(u.n_checks) - sum(u.n_failed)) / sum(u.n_checks)) / 100, 2) as uptime_percent
from uptime_daily u
  left join targets t on t.id = u.target_id
where u.day >= period_start('30d')
group by u.provider, u.model, u.target_id, t.parameters, u.region, u.series
order by uptime_percent, u.provider, u.model, t.parameters, u.region, u.series;
