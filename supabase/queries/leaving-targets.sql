-- What is benchmarked although its provider does not list it any more, or will shut it down within 14 days.
select p.name as provider, m.name as model, t.parameters, m.available, m.left_at, m.shutdown_on
from targets t
  join models m on m.id = t.model_id
  join providers p on p.id = t.provider_id
where t.active and (m.available = false or m.shutdown_on <= current_date + 14)
order by p.name, m.name;
