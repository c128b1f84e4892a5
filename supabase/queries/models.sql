-- Models
-- Every model that a provider lists or that was called. available is unknown until the provider has been
-- asked.
select p.name as provider, m.name as model, m.type, m.available, m.context_window, m.output_limit,
  m.deprecated_on, m.shutdown_on, m.last_seen_at
from models m
  join providers p on p.id = m.provider_id
order by p.name, m.name;
