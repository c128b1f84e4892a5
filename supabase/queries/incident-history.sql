-- Incidents of the last 30 days
-- What was wrong, for how many minutes, how many passed until it was judged so, how it ended, and how many
-- messages told it. What is open lasts until now.
select first_bad_at, severity, kind, provider, model, region,
  (extract(epoch from lasted) / 60)::integer as minutes,
  (extract(epoch from detected_after) / 60)::integer as minutes_unknown, resolve_reason, n_told
from incident_history
where first_bad_at >= now() - interval '30 days' and not shadow
order by first_bad_at desc, kind, provider, model, region
limit 100;
