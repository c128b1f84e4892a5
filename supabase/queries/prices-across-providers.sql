-- What models of a kind cost at each provider: put a part of their name here.
select p.name as provider, m.name as model, pr.input_price_per_m, pr.output_price_per_m, pr."timestamp" as since
from prices pr
  join models m on m.id = pr.model_id
  join providers p on p.id = pr.provider_id
where m.name like '%gpt-4o-mini%'
order by pr."timestamp" desc, p.name;
