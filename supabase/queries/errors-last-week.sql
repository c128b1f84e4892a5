-- Errors of the last 7 days
-- What failed and how often in the last 7 days and today (UTC), by fault domain, without rechecks and the
-- synthetic provider.
select fault_domain, error_kind, provider, region,
  sum(n) as n,
  count(distinct model) as n_models,
  to_char(min(day) at time zone 'UTC', 'YYYY-MM-DD') as first_day,
  to_char(max(day) at time zone 'UTC', 'YYYY-MM-DD') as last_day
from errors_daily
where day >= period_start('7d') and not synthetic
group by fault_domain, error_kind, provider, region
order by n desc, fault_domain, error_kind, provider, region;
