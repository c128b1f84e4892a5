-- Uptime of every target, day by day
-- The last 30 days and today (UTC), counted as in uptime.sql. Days without a check are left out.
select to_char(u.day at time zone 'UTC', 'YYYY-MM-DD') as day, u.provider, u.model, u.region, u.series,
  u.n_checks, u.n_failed, round(u.uptime_percent, 2) as uptime_percent
from uptime_daily u
where u.day >= period_start('30d')
order by u.day desc, uptime_percent, u.provider, u.model, u.region, u.series, u.target_id;
