-- Error rate of every provider
-- The last 24 hours and the current one, and the last 7 days and today (UTC), without rechecks. error_percent
-- is of all calls, whoever was at fault; provider_error_percent is of the calls that say something about the
-- provider, without failures whose recheck succeeded.
with hours as (
  select k.provider, k.region, h.bucket >= (select period_start('24h')) as is_of_day,
    h.n_ok + h.n_provider + h.n_account + h.n_config + h.n_excluded + h.n_self as n_calls,
    h.n_provider + h.n_account + h.n_config + h.n_excluded + h.n_self as n_errors,
    h.n_ok + h.n_provider as n_checks,
    h.n_provider - h.n_cleared as n_failed
  from rollups_hourly h
    join tracks k on k.id = h.track_id
  where h.bucket >= period_start('7d')
)
select provider, region,
  sum(n_calls) filter (where is_of_day) as n_calls_24h,
  sum(n_errors) filter (where is_of_day) as n_errors_24h,
  round(100.0 * sum(n_errors) filter (where is_of_day)
    / nullif(sum(n_calls) filter (where is_of_day), 0), 2) as error_percent_24h,
  round(100.0 * sum(n_failed) filter (where is_of_day)
    / nullif(sum(n_checks) filter (where is_of_day), 0), 2) as provider_error_percent_24h,
  sum(n_calls) as n_calls_7d, sum(n_errors) as n_errors_7d,
  round(100.0 * sum(n_errors) / nullif(sum(n_calls), 0), 2) as error_percent_7d,
  round(100.0 * sum(n_failed) / nullif(sum(n_checks), 0), 2) as provider_error_percent_7d
from hours
group by provider, region
order by error_percent_7d desc nulls last, provider, region;
