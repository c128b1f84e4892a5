-- Health of every target
-- Which target is up in which region, since when, and the last error of the last week. Only failures of the
-- provider count, and only if the recheck failed too: one is `failing`, two and more in a row are `down`.
-- `stale` has not been checked for 2.5 times the interval of the schedule.
select state, provider, model, parameters, region, since, last_check_at, last_error_at, last_error_kind,
  last_error_message
from target_health
order by array_position(array['down', 'failing', 'stale', 'up', 'unknown', 'paused'], state), provider, model,
  parameters, region;
