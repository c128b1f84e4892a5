-- Open incidents
-- What is wrong now, the worst first, and for how long. What is in `shadow` is told to nobody. Remove
-- `where` to see each target of a provider that is down as a whole.
select severity, kind, provider, model, region, first_bad_at,
  (extract(epoch from lasts) / 60)::integer as minutes, acknowledged_by, shadow, evidence
from open_incidents
where parent_id is null
order by array_position(array['critical', 'major', 'minor', 'info'], severity), first_bad_at;
