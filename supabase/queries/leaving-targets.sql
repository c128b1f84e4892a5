-- Targets that are leaving
-- Targets whose provider no longer lists the model, not even as a dated snapshot, or will shut it down within
-- 14 days.
select p.name as provider, m.name as model, t.parameters, m.available, m.left_at, m.shutdown_on
from targets t
  join models m on m.id = t.model_id
  join providers p on p.id = t.provider_id
where t.active and (
  m.shutdown_on <= (now() at time zone 'UTC')::date + 14
  or (m.available = false and not exists (
    select from models snapshot
    where snapshot.provider_id = m.provider_id and snapshot.available and snapshot.name <> m.name
      and regexp_replace(snapshot.name, '-(\d{8}|\d{4}-\d{2}-\d{2})$', '') = m.name)))
order by p.name, m.name, t.parameters;
