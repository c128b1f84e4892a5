-- Health of every target
-- Who is up and who is not, in every region, since when, and the last error of the last week. Only failures of the provider count, and only
-- where the second look failed too: one is `failing`, two and more in a row are `down`. `stale` has not been checked for two and a half times
-- as long as the schedule allows.
select state, provider, model, parameters, region, since, last_check_at, last_error_at, last_error_kind, last_error_message
from target_health
order by array_position(array['down', 'failing', 'stale', 'up', 'unknown', 'paused'], state), provider, model, parameters, region;
