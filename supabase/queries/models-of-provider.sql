-- Models of one provider
-- The models with their targets; put the name of the provider here. active: true for every run, false for
-- switched off, empty for by hand only.
select m.name as model, m.available, m.context_window, t.parameters, t.region, t.active
from models m
  left join targets t on t.model_id = m.id
where m.provider_id = (select id from providers where name = 'OpenAI')
order by m.name, t.parameters, t.region;
