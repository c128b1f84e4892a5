-- Every model with the provider that serves it.
select p.name as provider, m.*
from models m
  join providers p on p.id = m.provider_id
order by p.name, m.name;
