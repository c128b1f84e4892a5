-- The models of one provider: put its name here.
select m.name, m.available, m.context_window
from models m
where m.provider_id = (select id from providers where name = 'OpenAI')
order by m.name;
